// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/polkit.hpp"

#include <sdbus-c++/Types.h>

#include <chrono>
#include <map>

#include "bus/errors.hpp"

namespace acdr {
namespace {

constexpr const char* bus_driver = "org.freedesktop.DBus";
constexpr const char* authority_interface = "org.freedesktop.PolicyKit1.Authority";
constexpr std::chrono::seconds bus_timeout{10};
/// A person may be typing a password.
constexpr std::chrono::minutes polkit_timeout{2};

using Subject = sdbus::Struct<std::string, std::map<std::string, sdbus::Variant>>;
using Answer = sdbus::Struct<bool, bool, std::map<std::string, std::string>>;  ///< authorised, challenge, details

constexpr std::uint32_t no_flags = 0;
constexpr std::uint32_t allow_user_interaction = 1;

Error refused(std::string what) {
  return {ErrorKind::refused, std::move(what), "run it as root, or let a polkit rule allow it"};
}

Status judge(const Answer& answer, const std::string& action) {
  if (answer.get<0>()) return {};
  if (answer.get<1>())
    return failure(Error(ErrorKind::refused, fmt::format("{} needs authentication", action),
                         "run it as root, or where a polkit agent can ask for a password"));
  return failure(refused(fmt::format("polkit does not allow {}", action)));
}

Error no_answer(const sdbus::Error& error, const std::string& action) {
  const Error cause = from_bus_error(error);
  if (cause.kind() == ErrorKind::unreachable)
    return {ErrorKind::refused, fmt::format("{} is for root only, because polkit does not answer on this host", action),
            "run it as root, or install and start polkit"};
  return refused(fmt::format("polkit could not decide on {}: {}", action, cause.what()));
}

}  // namespace

Polkit::Polkit(sdbus::IConnection& connection, uid_t always_allowed)
    : always_allowed_(always_allowed),
      bus_(sdbus::createProxy(connection, bus_driver, "/org/freedesktop/DBus")),
      authority_(
          sdbus::createProxy(connection, "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority")) {}

Result<std::unique_ptr<Polkit>> Polkit::create(sdbus::IConnection& connection, uid_t always_allowed) {
  try {
    return std::unique_ptr<Polkit>(new Polkit(connection, always_allowed));
  } catch (const sdbus::Error& error) {
    return failure(bus_error(error, "preparing to ask polkit"));
  }
}

/// The uid comes from the bus, which took it from the socket: /proc of a pid that may be somebody else by now says
/// nothing.
void Polkit::authorise(const Caller& caller, const std::string& action, const Parameters& details, Verdict verdict) {
  const auto decide = [=, this](const sdbus::Error* error, std::uint32_t uid) {
    if (error != nullptr) return verdict(failure(refused("the bus does not know the caller: " + error->getMessage())));
    if (uid == always_allowed_) return verdict({});
    ask(caller, action, details, verdict);
  };
  try {
    bus_->callMethodAsync("GetConnectionUnixUser")
        .onInterface(bus_driver)
        .withTimeout(bus_timeout)
        .withArguments(caller.bus_name)
        .uponReplyInvoke(decide);
  } catch (const sdbus::Error& error) {
    verdict(failure(refused("the bus cannot be asked who the caller is: " + error.getMessage())));
  }
}

void Polkit::ask(const Caller& caller, const std::string& action, const Parameters& details, const Verdict& verdict) {
  if (questions_ >= most_questions)
    return verdict(failure(refused(fmt::format("{} requests are waiting for polkit already", questions_))));
  const auto decide = [=, this](const sdbus::Error* error, const Answer& answer) {
    --questions_;
    verdict(error == nullptr ? judge(answer, action) : failure(no_answer(*error, action)));
  };
  const Subject subject{"system-bus-name", {{"name", sdbus::Variant(caller.bus_name)}}};
  const std::string cancellation_id;
  try {
    authority_->callMethodAsync("CheckAuthorization")
        .onInterface(authority_interface)
        .withTimeout(polkit_timeout)
        .withArguments(subject, action, details, caller.interactive ? allow_user_interaction : no_flags,
                       cancellation_id)
        .uponReplyInvoke(decide);
    ++questions_;
  } catch (const sdbus::Error& error) {
    verdict(failure(no_answer(error, action)));
  }
}

}  // namespace acdr
