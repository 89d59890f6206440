// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/connection.hpp"

#include "libvirt/domain_calls.hpp"
#include "libvirt/owner_side.hpp"
#include "libvirt/worker.hpp"

namespace acdr {
namespace {

constexpr std::chrono::seconds stop_patience{2};

Status set_balloon_of(virConnectPtr connection, const KnobId& knob, Count value) {
  ACDR_TRY(const auto domain, libvirt::look_up_uuid(connection, knob.object));
  if (knob.kind == KnobKind::balloon_polling)
    return libvirt::set_balloon_polling(domain.get(), static_cast<int>(value.value));
  return libvirt::set_balloon_size(domain.get(), value.value);
}

Delivery tell_definition(virConnectPtr connection, const std::string& uuid) {
  auto record = libvirt::find_domain(connection, uuid);
  if (!record) return {};  // gone, or the connection is: events tell of both
  return [record = std::move(*record)](OwnerSide& owner) {
    if (owner.handlers.definition_changed) owner.handlers.definition_changed(record, {DomainChange::balloon});
  };
}

}  // namespace

LibvirtConnection::LibvirtConnection(std::shared_ptr<Mailbox> mailbox, LibvirtHandlers handlers, std::string uri)
    : owner_(std::make_shared<OwnerSide>(OwnerSide{std::move(handlers), {}, 0})),
      worker_(Worker::start(std::move(uri), std::move(mailbox), owner_)) {}

LibvirtConnection::~LibvirtConnection() {
  owner_.reset();
  worker_->stop(stop_patience);
}

void LibvirtConnection::reconnect_now() { worker_->reconnect_now(); }

/// Runs call(connection) -> Result<T> on the worker's thread, and done(result) on the owner's.
template <class T, class Call>
void LibvirtConnection::submit(Call call, Done<T> done) {
  const auto number = owner_->keep<T>(std::move(done));
  worker_->submit([number, call = std::move(call)](const Result<virConnectPtr>& connection) -> Delivery {
    Result<T> result = connection ? call(*connection) : Result<T>(failure(connection.error()));
    return [number, result = std::move(result)](OwnerSide& owner) { owner.complete<T>(number, result); };
  });
}

/// The same with call(domain).
template <class T, class Call>
void LibvirtConnection::submit_for(std::string uuid, Call call, Done<T> done) {
  submit<T>(
      [uuid = std::move(uuid), call = std::move(call)](virConnectPtr connection) -> Result<T> {
        ACDR_TRY(const auto domain, libvirt::look_up_uuid(connection, uuid));
        return call(domain.get());
      },
      std::move(done));
}

void LibvirtConnection::list_all(Done<std::vector<DomainRecord>> done) {
  submit<std::vector<DomainRecord>>(libvirt::list_all, std::move(done));
}

void LibvirtConnection::find_domain(std::string selector, Done<DomainRecord> done) {
  submit<DomainRecord>(
      [selector = std::move(selector)](virConnectPtr connection) { return libvirt::find_domain(connection, selector); },
      std::move(done));
}

void LibvirtConnection::domain_xml(std::string selector, Done<std::string> done) {
  submit<std::string>(
      [selector = std::move(selector)](virConnectPtr connection) -> Result<std::string> {
        ACDR_TRY(const auto domain, libvirt::look_up(connection, selector));
        return libvirt::xml_of(domain.get());
      },
      std::move(done));
}

void LibvirtConnection::set_tag(std::string uuid, std::optional<ConditioningTag> tag, Done<void> done) {
  submit_for<void>(
      std::move(uuid), [tag = std::move(tag)](virDomainPtr domain) { return libvirt::set_tag(domain, tag); },
      std::move(done));
}

void LibvirtConnection::adapt(std::string uuid, std::vector<Adaptation> wanted, Done<std::vector<Adaptation>> done) {
  submit_for<std::vector<Adaptation>>(
      std::move(uuid), [wanted = std::move(wanted)](virDomainPtr domain) { return libvirt::adapt(domain, wanted); },
      std::move(done));
}

void LibvirtConnection::pin_vcpu(std::string uuid, unsigned vcpu, CpuSet cpus, Done<void> done) {
  submit_for<void>(
      std::move(uuid),
      [vcpu, cpus = std::move(cpus)](virDomainPtr domain) { return libvirt::pin_vcpu(domain, vcpu, cpus); },
      std::move(done));
}

void LibvirtConnection::pin_emulator(std::string uuid, CpuSet cpus, Done<void> done) {
  submit_for<void>(
      std::move(uuid), [cpus = std::move(cpus)](virDomainPtr domain) { return libvirt::pin_emulator(domain, cpus); },
      std::move(done));
}

void LibvirtConnection::pin_iothread(std::string uuid, unsigned iothread, CpuSet cpus, Done<void> done) {
  submit_for<void>(
      std::move(uuid),
      [iothread, cpus = std::move(cpus)](virDomainPtr domain) { return libvirt::pin_iothread(domain, iothread, cpus); },
      std::move(done));
}

void LibvirtConnection::vcpu_pins(std::string uuid, Done<DomainPins> done) {
  submit_for<DomainPins>(std::move(uuid), libvirt::pins_of, std::move(done));
}

std::future<Status> LibvirtConnection::set_balloon(const KnobId& knob, Count value) {
  const auto promise = std::make_shared<std::promise<Status>>();
  worker_->submit([promise, knob, value](const Result<virConnectPtr>& connection) -> Delivery {
    promise->set_value(connection ? set_balloon_of(*connection, knob, value) : failure(connection.error()));
    return connection ? tell_definition(*connection, knob.object) : Delivery();
  });
  return promise->get_future();
}

}  // namespace acdr
