// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace acdr {

/// Functions sent by any thread to the one that owns an event loop. Shared, because a thread that is stuck in a library
/// may still hold it when the owner is gone; what it posts then is never run.
class Mailbox {
 public:
  using Letter = std::function<void()>;

  /// Errors: the kernel has no eventfd left.
  [[nodiscard]] static Result<std::shared_ptr<Mailbox>> create();

  /// Readable (level-triggered) while something waits.
  [[nodiscard]] int fd() const { return event_.get(); }
  /// From any thread.
  void post(Letter letter);
  /// Runs what had been posted when it was called, in order, on the calling thread. What those letters post themselves
  /// waits for the next call, so that a loop's other sources get their turn.
  void drain();

 private:
  explicit Mailbox(UniqueFd event) : event_(std::move(event)) {}
  const UniqueFd event_;
  std::mutex mutex_;
  std::vector<Letter> waiting_;
};

}  // namespace acdr
