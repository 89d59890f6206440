// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/pending_calls.hpp"

namespace acdr {

class PendingCalls::Ticket {
 public:
  Ticket(std::weak_ptr<PendingCalls> calls, std::uint64_t number) : calls_(std::move(calls)), number_(number) {}
  ~Ticket() { use(failure(ErrorKind::failed, "the daemon gave the request up without an answer; see its journal")); }
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;

  /// The first use counts: an answered call is among the waiting ones no more.
  void use(const Result<std::string>& result) {
    if (const auto calls = calls_.lock()) calls->answer(number_, result);
  }

 private:
  std::weak_ptr<PendingCalls> calls_;
  std::uint64_t number_;
};

PendingCalls::~PendingCalls() {
  const Result<std::string> ending = failure(ErrorKind::unreachable, "the daemon is ending; try again when it runs");
  for (const auto& [number, send] : waiting_) send(ending);
}

Result<Reply> PendingCalls::add(Send send) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= most_)
    return failure(ErrorKind::refused, "{} requests are waiting already; try again later", waiting_.size());
  const auto ticket = std::make_shared<Ticket>(weak_from_this(), next_);
  waiting_.emplace(next_++, std::move(send));
  return [ticket](const Result<std::string>& result) { ticket->use(result); };
}

void PendingCalls::answer(std::uint64_t number, const Result<std::string>& result) {
  std::unique_lock lock(mutex_);
  const auto call = waiting_.extract(number);
  lock.unlock();
  if (!call.empty()) call.mapped()(result);
}

}  // namespace acdr
