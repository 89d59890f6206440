// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/worker.hpp"

#include <algorithm>
#include <utility>

#include "base/thread.hpp"
#include "libvirt/domain_calls.hpp"
#include "libvirt/event_loop.hpp"
#include "libvirt/owner_side.hpp"

namespace acdr {
namespace {

using namespace std::chrono_literals;
constexpr std::chrono::seconds first_pause = 1s;
constexpr std::chrono::seconds longest_pause = 30s;

DomainRecord unreadable(const std::string& uuid, const Error& error) {
  DomainRecord record;
  record.definition.uuid = uuid;
  record.problem = error.message();
  return record;
}

}  // namespace

Worker::Worker(std::string uri, std::shared_ptr<Mailbox> mailbox, std::weak_ptr<OwnerSide> owner)
    : uri_(std::move(uri)),
      mailbox_(std::move(mailbox)),
      owner_(std::move(owner)),
      why_offline_(ErrorKind::unreachable, "not connected to libvirt at " + uri_ + " yet"),
      pause_(first_pause) {}

std::shared_ptr<Worker> Worker::start(std::string uri, std::shared_ptr<Mailbox> mailbox,
                                      std::weak_ptr<OwnerSide> owner) {
  std::shared_ptr<Worker> worker(new Worker(std::move(uri), std::move(mailbox), std::move(owner)));
  start_thread("acdr-libvirt", [worker] { worker->run(); }).detach();
  return worker;
}

void Worker::submit(Job job) {
  std::unique_lock lock(mutex_);
  if (online_) return enqueue(std::move(job));
  const Error reason = why_offline_;
  lock.unlock();
  deliver(job(failure(reason)));
}

void Worker::reconnect_now() {
  const std::lock_guard lock(mutex_);
  if (!online_) hurry_ = true;
  changed_.notify_all();
}

void Worker::stop(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
  changed_.wait_for(lock, patience, [this] { return finished_; });
}

void Worker::run() {
  if (const auto loop = EventLoop::acquire()) {
    for (bool stop = false; !stop;) {
      serve();
      wait_to_retry();
      const std::lock_guard lock(mutex_);
      stop = stopping_;
    }
  } else {
    offline(loop.error());  // out of memory or of descriptors: there will never be an event
  }
  const std::lock_guard lock(mutex_);
  finished_ = true;
  changed_.notify_all();
}

void Worker::serve() {
  // Events first, listing second: what happens in between is queued, and told after the listing.
  const auto session = Session::open(uri_, begin_session(), weak_from_this());
  if (!session) return offline(session.error());
  auto domains = libvirt::list_all((*session)->connection());
  if (!domains) return offline(domains.error());
  online(std::move(*domains));
  while (const auto job = next_job()) deliver((*job)((*session)->connection()));
  offline(loss());
}

unsigned Worker::begin_session() {
  const std::lock_guard lock(mutex_);
  loss_.reset();
  return session_ = ++sessions_;
}

void Worker::online(std::vector<DomainRecord> domains) {
  const std::lock_guard lock(mutex_);
  online_ = true;
  reported_ = hurry_ = false;
  pause_ = first_pause;
  deliver([domains = std::move(domains)](OwnerSide& owner) {
    if (owner.handlers.connected) owner.handlers.connected(domains);
  });
}

std::optional<Job> Worker::next_job() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || loss_ || !jobs_.empty(); });
  if (stopping_ || loss_) return std::nullopt;
  auto job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

Error Worker::loss() {
  const std::lock_guard lock(mutex_);
  return loss_.value_or(Error(ErrorKind::unreachable, "acdrd stops"));
}

void Worker::offline(const Error& reason) {
  std::unique_lock lock(mutex_);
  online_ = false;
  session_ = 0;
  why_offline_ = Error(ErrorKind::unreachable, reason.what());
  const auto unanswered = std::exchange(jobs_, {});
  stale_.clear();
  const bool report = !stopping_ && !std::exchange(reported_, true);
  lock.unlock();
  for (const auto& job : unanswered) deliver(job(failure(why_offline_)));
  if (!report) return;
  deliver([reason](OwnerSide& owner) {
    if (owner.handlers.disconnected) owner.handlers.disconnected(reason);
  });
}

void Worker::wait_to_retry() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, pause_, [this] { return stopping_ || hurry_; });
  hurry_ = false;
  pause_ = std::min(pause_ * 2, longest_pause);
}

void Worker::deliver(Delivery delivery) {
  if (!delivery) return;
  mailbox_->post([owner = owner_, delivery = std::move(delivery)] {
    if (const auto alive = owner.lock()) delivery(*alive);
  });
}

void Worker::enqueue(Job job) {
  jobs_.push_back(std::move(job));
  changed_.notify_all();
}

Delivery Worker::fetch(const std::string& uuid, virConnectPtr connection) {
  std::unique_lock lock(mutex_);
  const auto changes = std::exchange(stale_[uuid], {});
  stale_.erase(uuid);
  lock.unlock();  // from here on a further change needs a further fetch
  auto record = libvirt::find_domain(connection, uuid);
  if (!record && record.error().kind() != ErrorKind::failed)
    return {};  // gone, or the connection is: events tell of both
  if (!record) record = unreadable(uuid, record.error());
  return [record = std::move(*record), changes](OwnerSide& owner) {
    if (owner.handlers.definition_changed) owner.handlers.definition_changed(record, changes);
  };
}

void Worker::on_lifecycle(unsigned session, DomainEvent event) {
  const std::lock_guard lock(mutex_);
  if (session != session_) return;
  enqueue([event = std::move(event)](const Result<virConnectPtr>& connection) -> Delivery {
    if (!connection) return {};  // the next listing tells
    return [event](OwnerSide& owner) {
      if (owner.handlers.lifecycle) owner.handlers.lifecycle(event);
    };
  });
}

void Worker::on_change(unsigned session, const std::string& uuid, DomainChange change) {
  const std::lock_guard lock(mutex_);
  if (session != session_) return;
  // A fetch that is still in the queue will see this change too: pinning 64 vCPUs is 64 events.
  auto& changes = stale_[uuid];
  const bool queued = !changes.empty();
  changes.insert(change);
  if (queued) return;
  enqueue([this, uuid](const Result<virConnectPtr>& connection) -> Delivery {
    return connection ? fetch(uuid, *connection) : Delivery();
  });
}

void Worker::on_closed(unsigned session, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  if (session != session_) return;
  loss_ = Error(ErrorKind::unreachable, fmt::format("libvirt at {}: {}", uri_, reason));
  changed_.notify_all();
}

}  // namespace acdr
