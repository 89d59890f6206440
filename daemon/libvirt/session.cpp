// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/session.hpp"

#include <array>

#include "libvirt/domain_calls.hpp"

namespace acdr {

/// What a callback gets as its opaque pointer.
struct Subscription {
  unsigned session;
  std::weak_ptr<SessionListener> listener;
};

namespace {

// A hung libvirtd counts as gone after 5 s x (3 + 1) of silence; calls that wait for it fail then.
constexpr int keepalive_seconds = 5;
constexpr unsigned keepalive_count = 3;

void forget(void* opaque) { delete static_cast<Subscription*>(opaque); }

/// Runs `tell` with the listener, if there still is one.
template <class Tell>
void with_listener(void* opaque, Tell tell) {
  const auto& subscription = *static_cast<Subscription*>(opaque);
  if (const auto listener = subscription.listener.lock()) tell(*listener, subscription.session);
}

void changed(void* opaque, virDomainPtr domain, DomainChange change) {
  with_listener(opaque, [&](SessionListener& listener, unsigned session) {
    listener.on_change(session, libvirt::uuid_of(domain), change);
  });
}

int on_lifecycle(virConnectPtr, virDomainPtr domain, int event, int detail, void* opaque) {
  with_listener(opaque, [&](SessionListener& listener, unsigned session) {
    listener.on_lifecycle(session, {.uuid = libvirt::uuid_of(domain),
                                    .name = libvirt::name_of(domain),
                                    .kind = domain_event_kind(event),
                                    .detail = std::string(domain_event_detail(event, detail))});
  });
  if (event == VIR_DOMAIN_EVENT_DEFINED) changed(opaque, domain, DomainChange::defined);
  if (event == VIR_DOMAIN_EVENT_STARTED) changed(opaque, domain, DomainChange::started);
  return 0;
}

void on_metadata(virConnectPtr, virDomainPtr domain, int, const char*, void* opaque) {
  changed(opaque, domain, DomainChange::metadata);
}
void on_device_added(virConnectPtr, virDomainPtr domain, const char*, void* opaque) {
  changed(opaque, domain, DomainChange::device_added);
}
void on_device_removed(virConnectPtr, virDomainPtr domain, const char*, void* opaque) {
  changed(opaque, domain, DomainChange::device_removed);
}
void on_tunable(virConnectPtr, virDomainPtr domain, virTypedParameterPtr, int, void* opaque) {
  changed(opaque, domain, DomainChange::tunable);
}

void on_balloon(virConnectPtr, virDomainPtr domain, unsigned long long, void* opaque) {
  changed(opaque, domain, DomainChange::balloon);
}

std::string_view close_reason(int reason) {
  switch (reason) {
    case VIR_CONNECT_CLOSE_REASON_EOF:
      return "libvirtd closed the connection";
    case VIR_CONNECT_CLOSE_REASON_KEEPALIVE:
      return "libvirtd does not answer any more";
    default:
      return "the connection to libvirtd broke";
  }
}

void on_close(virConnectPtr, int reason, void* opaque) {
  with_listener(
      opaque, [&](SessionListener& listener, unsigned session) { listener.on_closed(session, close_reason(reason)); });
}

struct Event {
  int id;
  virConnectDomainEventGenericCallback callback;
};
const std::array events{
    Event{VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle)},
    Event{VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, VIR_DOMAIN_EVENT_CALLBACK(on_metadata)},
    Event{VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, VIR_DOMAIN_EVENT_CALLBACK(on_device_added)},
    Event{VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, VIR_DOMAIN_EVENT_CALLBACK(on_device_removed)},
    Event{VIR_DOMAIN_EVENT_ID_TUNABLE, VIR_DOMAIN_EVENT_CALLBACK(on_tunable)},
    Event{VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE, VIR_DOMAIN_EVENT_CALLBACK(on_balloon)},
};

}  // namespace

Result<std::unique_ptr<Session>> Session::open(const std::string& uri, unsigned number,
                                               std::weak_ptr<SessionListener> listener) {
  ConnectHandle connection(virConnectOpen(uri.c_str()));
  if (!connection) {
    const auto error = libvirt_error("connecting to libvirt at " + uri);
    return failure(error.kind() == ErrorKind::failed ? Error(ErrorKind::unreachable, error.what()) : error);
  }
  std::unique_ptr<Session> session(new Session(std::move(connection)));
  ACDR_CHECK(session->subscribe(number, listener));
  return session;
}

Status Session::subscribe(unsigned number, const std::weak_ptr<SessionListener>& listener) {
  auto* connection = connection_.get();
  // Fails for drivers inside this process, which have no connection to lose.
  virConnectSetKeepAlive(connection, keepalive_seconds, keepalive_count);
  // Not libvirt's to free: some drivers say yes to this call and forget about it. Unregistering waits for a running
  // one.
  closing_ = std::make_unique<Subscription>(number, listener);
  virConnectRegisterCloseCallback(connection, on_close, closing_.get(), nullptr);
  for (const auto& event : events) {
    auto subscription = std::make_unique<Subscription>(number, listener);
    const int id =
        virConnectDomainEventRegisterAny(connection, nullptr, event.id, event.callback, subscription.get(), forget);
    if (id < 0) return failure(libvirt_error("subscribing to libvirt's events"));
    subscription.release();
    callbacks_.push_back(id);
  }
  return {};
}

Session::Session(ConnectHandle connection) : connection_(std::move(connection)) {}

Session::~Session() {
  // Each callback holds a reference: what stays registered would keep the connection open.
  for (const int id : callbacks_) virConnectDomainEventDeregisterAny(connection_.get(), id);
  virConnectUnregisterCloseCallback(connection_.get(), on_close);
}

}  // namespace acdr
