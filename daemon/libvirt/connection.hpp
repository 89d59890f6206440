// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/mailbox.hpp"
#include "engine/adaptation.hpp"
#include "host/knob.hpp"
#include "libvirt/domain_record.hpp"

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace acdr {

class Worker;
struct OwnerSide;

/// What the owner of a LibvirtConnection is told of, on the thread that drains its mailbox. Any may be left empty.
struct LibvirtHandlers {
  /// After every (re)connect, with all domains: events that were missed while away are never replayed.
  std::function<void(const std::vector<DomainRecord>&)> connected;
  /// Once an outage: the connection broke, or the first attempt failed. Attempts go on by themselves.
  std::function<void(const Error& reason)> disconnected;
  std::function<void(const DomainEvent&)> lifecycle;
  /// The definition may have changed, and this is the one of now. Changes that come close together are told as one.
  /// acdr's own pins and tags come back here too, as `tunable` and `metadata`.
  std::function<void(const DomainRecord&, const std::set<DomainChange>&)> definition_changed;
};

/// The daemon's view of libvirt: events in, calls out, and nothing of it blocks. A worker thread makes the calls and
/// keeps the connection (back-off 1 s doubling to 30 s; a libvirtd that stops answering counts as gone after 20 s), a
/// second thread runs libvirt's event loop, and everything comes back through the mailbox, in the order in which it
/// happened.
///
/// Calls are answered once each, and right away with `unreachable` while there is no connection. A call that libvirtd
/// sits on (it does while a hook of that domain runs) holds up those behind it, and the events too.
class LibvirtConnection {
 public:
  template <class T>
  using Done = std::function<void(const Result<T>&)>;

  LibvirtConnection(std::shared_ptr<Mailbox> mailbox, LibvirtHandlers handlers, std::string uri = "qemu:///system");
  /// From here on no handler and no callback runs; those under way are dropped. Waits up to 2 s for the connection to
  /// close in good order. If libvirtd hangs, the threads are left to themselves, with only what is theirs; they end
  /// when it answers or dies, or with the process.
  ~LibvirtConnection();
  LibvirtConnection(const LibvirtConnection&) = delete;
  LibvirtConnection& operator=(const LibvirtConnection&) = delete;

  /// Cuts the pause before the next attempt short, if there is one.
  void reconnect_now();

  void list_all(Done<std::vector<DomainRecord>> done);
  /// `selector`: uuid, name or id. Errors: not_found; usage where it is the name of one domain and the id of another.
  void find_domain(std::string selector, Done<DomainRecord> done);
  /// The live definition of a running domain, else the persistent one.
  void domain_xml(std::string selector, Done<std::string> done);

  // The rest goes by uuid. Errors: not_found, unreachable, refused (libvirt's access control), failed with libvirt's
  // message.

  /// Writes the conditioning element, or removes it; live, persistent or both, as the domain has them.
  void set_tag(std::string uuid, std::optional<ConditioningTag> tag, Done<void> done);
  /// Adds to the persistent definition what it lacks of these; answers with what was added. Errors: refused for a
  /// domain that has none.
  void adapt(std::string uuid, std::vector<Adaptation> wanted, Done<std::vector<Adaptation>> done);
  /// Pins of the running domain. Errors: usage for an empty set.
  void pin_vcpu(std::string uuid, unsigned vcpu, CpuSet cpus, Done<void> done);
  void pin_emulator(std::string uuid, CpuSet cpus, Done<void> done);
  void pin_iothread(std::string uuid, unsigned iothread, CpuSet cpus, Done<void> done);
  void vcpu_pins(std::string uuid, Done<DomainPins> done);

  /// Sets the balloon knob of a running domain, for as long as it runs. For a caller that waits: the answer comes
  /// without the mailbox. Afterwards the domain's definition is told, as `balloon`.
  [[nodiscard]] std::future<Status> set_balloon(const KnobId& knob, Count value);

 private:
  template <class T, class Call>
  void submit(Call call, Done<T> done);
  template <class T, class Call>
  void submit_for(std::string uuid, Call call, Done<T> done);

  std::shared_ptr<OwnerSide> owner_;
  std::shared_ptr<Worker> worker_;
};

}  // namespace acdr
