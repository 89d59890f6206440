// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/mailbox.hpp"
#include "libvirt/session.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace acdr {

struct OwnerSide;

/// What a job leaves to do on the owner's thread; may be empty.
using Delivery = std::function<void(OwnerSide&)>;
/// Work for the worker's thread, which may block: gets the connection, or why there is none.
using Job = std::function<Delivery(Result<virConnectPtr>)>;

/// The thread that makes all calls to libvirt, and keeps the connection up. Events pass through the same queue as the
/// calls, so that the owner never sees a listing or a definition that is older than an event it was told of before.
///
/// It is detached and owns itself through the shared pointer in its thread: where libvirtd hangs, virConnectOpen and
/// (until the keepalive strikes) every call blocks, and nobody may have to join that.
class Worker final : public SessionListener, public std::enable_shared_from_this<Worker> {
 public:
  [[nodiscard]] static std::shared_ptr<Worker> start(std::string uri, std::shared_ptr<Mailbox> mailbox,
                                                     std::weak_ptr<OwnerSide> owner);
  /// Without a connection the job fails right away; it does not wait for one.
  void submit(Job job);
  void reconnect_now();
  /// Ends the thread, in its own time, and waits for that no longer than `patience`.
  void stop(std::chrono::milliseconds patience);

  void on_lifecycle(unsigned session, DomainEvent event) override;
  void on_change(unsigned session, const std::string& uuid, DomainChange change) override;
  void on_closed(unsigned session, std::string_view reason) override;

 private:
  Worker(std::string uri, std::shared_ptr<Mailbox> mailbox, std::weak_ptr<OwnerSide> owner);
  void run();
  void serve();
  unsigned begin_session();
  void online(std::vector<DomainRecord> domains);
  [[nodiscard]] std::optional<Job> next_job();
  [[nodiscard]] Error loss();
  void offline(const Error& reason);
  void wait_to_retry();
  void deliver(Delivery delivery);
  [[nodiscard]] Delivery fetch(const std::string& uuid, virConnectPtr connection);
  void enqueue(Job job);

  const std::string uri_;
  const std::shared_ptr<Mailbox> mailbox_;
  const std::weak_ptr<OwnerSide> owner_;

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::map<std::string, std::set<DomainChange>> stale_;  ///< by uuid: definitions with a fetch in the queue, and why
  unsigned sessions_ = 0;
  unsigned session_ = 0;  ///< the one whose events count; 0 = none
  bool online_ = false;
  bool reported_ = false;  ///< the owner knows of this outage
  std::optional<Error> loss_;
  Error why_offline_;
  std::chrono::seconds pause_;
  bool hurry_ = false;
  bool stopping_ = false;
  bool finished_ = false;
};

}  // namespace acdr
