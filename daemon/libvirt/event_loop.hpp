// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/result.hpp"

#include <atomic>
#include <memory>
#include <thread>

namespace acdr {

/// The thread that runs libvirt's default event loop: it delivers events and keeps the connections' keepalive going.
/// The loop is one for the process, so this is shared by whoever needs it; the last one to let go stops it.
class EventLoop {
 public:
  /// Also initialises libvirt, and keeps it from printing errors to stderr. Must come before the first virConnectOpen.
  [[nodiscard]] static Result<std::shared_ptr<EventLoop>> acquire();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

 private:
  explicit EventLoop(int timer);
  void run();

  const int timer_;  ///< never due by itself; making it due wakes the loop
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace acdr
