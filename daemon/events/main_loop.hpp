// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <systemd/sd-event.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/result.hpp"

namespace acdr {

/// Owns a reference to an sd-event object (the loop, or one of its sources).
template <class T, T* (*Unref)(T*)>
struct Unreferencer {
  void operator()(T* object) const { Unref(object); }
};
using EventSource = std::unique_ptr<sd_event_source, Unreferencer<sd_event_source, sd_event_source_disable_unref>>;

/// The daemon's one loop. Everything but libvirt's calls happens in its callbacks.
class MainLoop {
 public:
  [[nodiscard]] static Result<std::unique_ptr<MainLoop>> create();
  [[nodiscard]] sd_event* get() const { return event_.get(); }

  /// Calls `ready` whenever the descriptor is readable.
  [[nodiscard]] Result<std::shared_ptr<void>> watch(int fd, std::function<void()> ready);
  /// Calls `due` once, after `delay`.
  void after(std::chrono::milliseconds delay, std::function<void()> due);
  /// SIGTERM and SIGINT call `stop`, SIGHUP calls `reload`.
  [[nodiscard]] Status watch_signals(std::function<void()> stop, std::function<void()> reload);
  /// Pets the watchdog that the unit asks for, and calls `due` each time: what is to be looked at now and then costs no
  /// wake-up of its own. Without a watchdog nothing is called.
  [[nodiscard]] Status enable_watchdog(std::function<void()> due);
  [[nodiscard]] Status run();
  void exit(int code);

 private:
  [[nodiscard]] Status pet_watchdog();
  explicit MainLoop(sd_event* event) : event_(event) {}
  std::unique_ptr<sd_event, Unreferencer<sd_event, sd_event_unref>> event_;
  std::function<void()> stop_;
  std::function<void()> reload_;
  std::function<void()> watchdog_due_;
  std::uint64_t watchdog_usec_ = 0;
};

/// Runs an action once, a little after the first of a burst of triggers.
class Debounce {
 public:
  Debounce(MainLoop& loop, std::chrono::milliseconds delay, std::function<void()> action)
      : loop_(loop), delay_(delay), action_(std::move(action)) {}
  void trigger();

 private:
  MainLoop& loop_;
  std::chrono::milliseconds delay_;
  std::function<void()> action_;
  bool armed_ = false;
};

}  // namespace acdr
