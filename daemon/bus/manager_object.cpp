// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/manager_object.hpp"

#include <type_traits>

#include "bus/arguments.hpp"
#include "bus/errors.hpp"
#include "bus/message_flags.hpp"

namespace acdr {
namespace {

constexpr const char* apply_action = "org.acdr1.apply";
constexpr const char* tag_action = "org.acdr1.tag";
constexpr const char* reload_action = "org.acdr1.reload";

/// What sends an answer back. A caller that has gone away, or a bus that has, leaves nobody to tell.
template <class... Out>
PendingCalls::Send sender(sdbus::Result<Out...> result) {
  const auto call = std::make_shared<sdbus::Result<Out...>>(std::move(result));
  return [call](const Result<std::string>& answer) {
    try {
      if (!answer)
        call->returnError(to_bus_error(answer.error()));
      else if constexpr (sizeof...(Out) == 0)
        call->returnResults();
      else
        call->returnResults(to_utf8(*answer));
    } catch (const sdbus::Error&) {
    }
  };
}

}  // namespace

ManagerObject::ManagerObject(sdbus::IConnection& connection, ManagerHandler& handler, Authoriser& authoriser,
                             std::string version)
    : handler_(handler),
      authoriser_(authoriser),
      version_(std::move(version)),
      object_(sdbus::createObject(connection, manager_path)) {
  export_changing_methods();
  export_tag_methods();
  export_reading_methods();
  export_class_methods();
  export_properties();
  export_signals();
  object_->finishRegistration();
}

Result<std::unique_ptr<ManagerObject>> ManagerObject::create(sdbus::IConnection& connection, ManagerHandler& handler,
                                                             Authoriser& authoriser, std::string version) {
  try {
    return std::unique_ptr<ManagerObject>(new ManagerObject(connection, handler, authoriser, std::move(version)));
  } catch (const sdbus::Error& error) {
    return failure(bus_error(error, fmt::format("exporting {}", manager_path)));
  }
}

Caller ManagerObject::caller() const {
  const sdbus::Message& message = *object_->getCurrentlyProcessedMessage();
  return {message.getSender(), allows_interaction(message)};
}

template <class... Out>
void ManagerObject::answer(sdbus::Result<Out...> result, const Status& sound, const Act& act) {
  const auto send = sender(std::move(result));
  if (!sound) return send(failure(sound.error()));
  const auto reply = calls_->add(send);
  if (!reply) return send(failure(reply.error()));
  act(*reply);
}

template <class... Out>
void ManagerObject::answer_authorised(sdbus::Result<Out...> result, const Status& sound, const char* action,
                                      Parameters details, Act act) {
  answer(std::move(result), sound, [&](const Reply& reply) {
    authoriser_.authorise(caller(), action, details, [reply, act = std::move(act)](const Status& verdict) {
      if (!verdict) return reply(failure(verdict.error()));
      act(reply);
    });
  });
}

void ManagerObject::export_changing_methods() {
  object_->registerMethod("Apply")
      .onInterface(manager_interface)
      .withInputParamNames("class", "subject", "parameters", "permanent")
      .withOutputParamNames("claim")
      .implementedAs([this](Text&& result, const std::string& class_name, const std::string& subject,
                            const Parameters& parameters, bool permanent) {
        answer_authorised(std::move(result), check_arguments(class_name, subject, parameters), apply_action,
                          {{"class", class_name}, {"subject", subject}}, [=, &handler = handler_](const Reply& reply) {
                            handler.apply(class_name, subject, parameters, permanent, reply);
                          });
      });
  object_->registerMethod("Release")
      .onInterface(manager_interface)
      .withInputParamNames("subject", "class")
      .implementedAs([this](Nothing&& result, const std::string& subject, const std::string& class_name) {
        answer_authorised(std::move(result), check_names(class_name, subject), apply_action,
                          {{"class", class_name}, {"subject", subject}}, [=, &handler = handler_](const Reply& reply) {
                            handler.release(subject, class_name, reply);
                          });
      });
  object_->registerMethod("Reload").onInterface(manager_interface).implementedAs([this](Nothing&& result) {
    answer_authorised(std::move(result), {}, reload_action, {},
                      [&handler = handler_](const Reply& reply) { handler.reload(reply); });
  });
}

void ManagerObject::export_tag_methods() {
  object_->registerMethod("Tag")
      .onInterface(manager_interface)
      .withInputParamNames("domain", "class", "parameters")
      .implementedAs([this](Nothing&& result, const std::string& domain, const std::string& class_name,
                            const Parameters& parameters) {
        answer_authorised(std::move(result), check_arguments(class_name, domain, parameters), tag_action,
                          {{"class", class_name}, {"subject", domain}}, [=, &handler = handler_](const Reply& reply) {
                            handler.tag(domain, class_name, parameters, reply);
                          });
      });
  object_->registerMethod("TagAndAdapt")
      .onInterface(manager_interface)
      .withInputParamNames("domain", "class", "parameters")
      .withOutputParamNames("adapted")
      .implementedAs([this](Text&& result, const std::string& domain, const std::string& class_name,
                            const Parameters& parameters) {
        answer_authorised(std::move(result), check_arguments(class_name, domain, parameters), tag_action,
                          {{"class", class_name}, {"subject", domain}}, [=, &handler = handler_](const Reply& reply) {
                            handler.tag_and_adapt(domain, class_name, parameters, reply);
                          });
      });
  object_->registerMethod("Untag")
      .onInterface(manager_interface)
      .withInputParamNames("domain")
      .implementedAs([this](Nothing&& result, const std::string& domain) {
        answer_authorised(std::move(result), check_text("the domain", domain), tag_action, {{"subject", domain}},
                          [=, &handler = handler_](const Reply& reply) { handler.untag(domain, reply); });
      });
}

void ManagerObject::export_reading_methods() {
  object_->registerMethod("Plan")
      .onInterface(manager_interface)
      .withInputParamNames("class", "subject", "parameters")
      .withOutputParamNames("plan")
      .implementedAs([this](Text&& result, const std::string& class_name, const std::string& subject,
                            const Parameters& parameters) {
        answer(std::move(result), check_arguments(class_name, subject, parameters),
               [&](const Reply& reply) { handler_.plan(class_name, subject, parameters, reply); });
      });
  object_->registerMethod("Status")
      .onInterface(manager_interface)
      .withInputParamNames("subject")
      .withOutputParamNames("status")
      .implementedAs([this](Text&& result, const std::string& subject) {
        answer(std::move(result), check_text("the subject", subject),
               [&](const Reply& reply) { handler_.status(subject, reply); });
      });
  object_->registerMethod("Verify")
      .onInterface(manager_interface)
      .withInputParamNames("subject")
      .withOutputParamNames("report")
      .implementedAs([this](Text&& result, const std::string& subject) {
        answer(std::move(result), check_text("the subject", subject),
               [&](const Reply& reply) { handler_.verify(subject, reply); });
      });
  object_->registerMethod("Topology")
      .onInterface(manager_interface)
      .withOutputParamNames("topology")
      .implementedAs([this](Text&& result) {
        answer(std::move(result), {}, [&](const Reply& reply) { handler_.topology(reply); });
      });
  object_->registerMethod("Log")
      .onInterface(manager_interface)
      .withInputParamNames("most")
      .withOutputParamNames("log")
      .implementedAs([this](Text&& result, std::uint32_t most) {
        answer(std::move(result), {}, [&](const Reply& reply) { handler_.log(most, reply); });
      });
}

void ManagerObject::export_class_methods() {
  object_->registerMethod("ListClasses")
      .onInterface(manager_interface)
      .withOutputParamNames("classes")
      .implementedAs([this](Text&& result) {
        answer(std::move(result), {}, [&](const Reply& reply) { handler_.list_classes(reply); });
      });
  object_->registerMethod("ShowClass")
      .onInterface(manager_interface)
      .withInputParamNames("class", "parameters")
      .withOutputParamNames("resolved")
      .implementedAs([this](Text&& result, const std::string& class_name, const Parameters& parameters) {
        answer(std::move(result), check_arguments(class_name, {}, parameters),
               [&](const Reply& reply) { handler_.show_class(class_name, parameters, reply); });
      });
}

void ManagerObject::export_properties() {
  object_->registerProperty("Version")
      .onInterface(manager_interface)
      .withGetter([this] { return version_; })
      .withUpdateBehavior(sdbus::Flags::CONST_PROPERTY_VALUE);
  object_->registerProperty("ClaimCount").onInterface(manager_interface).withGetter([this] {
    return std::uint32_t{handler_.claim_count()};
  });
  object_->registerProperty("LibvirtConnected").onInterface(manager_interface).withGetter([this] {
    return handler_.libvirt_connected();
  });
}

void ManagerObject::export_signals() {
  object_->registerSignal("ClaimChanged")
      .onInterface(manager_interface)
      .withParameters<std::string, std::string>("subject", "state");
  object_->registerSignal("Notice").onInterface(manager_interface).withParameters<std::string>("text");
}

// A signal on a bus that is gone reaches nobody; BusLoop tells of it.

void ManagerObject::claim_changed(const std::string& subject, const std::string& state) {
  try {
    object_->emitSignal("ClaimChanged").onInterface(manager_interface).withArguments(to_utf8(subject), to_utf8(state));
  } catch (const sdbus::Error&) {
  }
}

void ManagerObject::notice(const std::string& text) {
  try {
    object_->emitSignal("Notice").onInterface(manager_interface).withArguments(to_utf8(text));
  } catch (const sdbus::Error&) {
  }
}

void ManagerObject::properties_changed() {
  try {
    object_->emitPropertiesChangedSignal(manager_interface, {"ClaimCount", "LibvirtConnected"});
  } catch (const sdbus::Error&) {
  }
}

Status take_bus_name(sdbus::IConnection& connection) {
  try {
    connection.requestName(bus_name);
    return {};
  } catch (const sdbus::Error& error) {
    return failure(
        bus_error(error, fmt::format("taking the bus name {}", bus_name))
            .with_remedy("see whether another acdrd runs, and whether the D-Bus policy of acdr is installed"));
  }
}

Result<std::unique_ptr<sdbus::IConnection>> open_system_bus() {
  try {
    return sdbus::createSystemBusConnection();
  } catch (const sdbus::Error& error) {
    return failure(ErrorKind::unreachable, "connecting to the system bus: {}", error.getMessage());
  }
}

}  // namespace acdr
