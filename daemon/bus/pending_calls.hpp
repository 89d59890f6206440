// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "bus/manager.hpp"

namespace acdr {

/// The method calls that wait for their answer. A message must not outlive its connection and a Reply may, so a Reply
/// holds only a ticket: after the calls are gone it does nothing, and one that is thrown away unused answers with an
/// error instead of leaving the caller to its time-out.
class PendingCalls : public std::enable_shared_from_this<PendingCalls> {
 public:
  using Send = std::function<void(const Result<std::string>&)>;

  explicit PendingCalls(std::size_t most) : most_(most) {}
  /// Answers what still waits: the daemon is ending.
  ~PendingCalls();
  PendingCalls(const PendingCalls&) = delete;
  PendingCalls& operator=(const PendingCalls&) = delete;

  /// Error (refused): too many are waiting already.
  [[nodiscard]] Result<Reply> add(Send send);

 private:
  class Ticket;
  void answer(std::uint64_t number, const Result<std::string>& result);

  const std::size_t most_;
  std::mutex mutex_;  ///< a Reply may be let go on another thread
  std::map<std::uint64_t, Send> waiting_;
  std::uint64_t next_ = 0;
};

}  // namespace acdr
