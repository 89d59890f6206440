// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace acdr::hook {

/// One instant, by CLOCK_MONOTONIC, that everything has to be done by.
class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds allowed) : end_(std::chrono::steady_clock::now() + allowed) {}
  /// Not below zero.
  [[nodiscard]] std::chrono::milliseconds remaining() const;

 private:
  std::chrono::steady_clock::time_point end_;
};

/// How long the daemon's reply is waited for.
struct Patience {
  Deadline usual;
  Deadline longest;                  ///< for a daemon that asks for it
  std::function<void()> asked = {};  ///< called once it has
};

/// All of `fd` up to its end. Errors: time is up, more than `limit` bytes, or the system call's.
[[nodiscard]] Result<std::string> read_all(int fd, std::size_t limit, Deadline deadline);

/// Sends the request to the daemon's socket and waits for its reply: the refusal's reason, "" for ok.
/// Errors: every doubt, such as no daemon, no answer in time, half an answer.
[[nodiscard]] Result<std::string> ask_daemon(const std::string& socket_path, const std::string& request,
                                             const Patience& patience);

}  // namespace acdr::hook
