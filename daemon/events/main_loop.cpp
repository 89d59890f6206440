// SPDX-License-Identifier: GPL-2.0-or-later
#include "events/main_loop.hpp"

#include <sys/epoll.h>
#include <systemd/sd-daemon.h>

#include <csignal>

namespace acdr {
namespace {

using Callback = std::function<void()>;

/// A source and what it calls; freed together.
struct Watch {
  Callback ready;
  EventSource source;
};

int on_io(sd_event_source*, int, std::uint32_t, void* data) {
  static_cast<Watch*>(data)->ready();
  return 0;
}

/// A floating source that has fired is off, but stays with the loop for as long as that lives: it is let go of here.
void let_go(sd_event_source* source) { sd_event_source_set_floating(source, 0); }

/// One-shot timers float: the loop owns the source, the source owns the callback.
int on_timer(sd_event_source* source, std::uint64_t, void* data) {
  (*static_cast<Callback*>(data))();
  let_go(source);
  return 0;
}
void free_callback(void* data) { delete static_cast<Callback*>(data); }

int on_signal(sd_event_source*, const signalfd_siginfo*, void* data) {
  (*static_cast<Callback*>(data))();
  return 0;
}

}  // namespace

Result<std::unique_ptr<MainLoop>> MainLoop::create() {
  sd_event* event = nullptr;
  if (const int error = sd_event_new(&event); error < 0)
    return failure(system_error(-error, "creating the event loop"));
  return std::unique_ptr<MainLoop>(new MainLoop(event));
}

Result<std::shared_ptr<void>> MainLoop::watch(int fd, Callback ready) {
  auto watch = std::make_shared<Watch>(Watch{std::move(ready), nullptr});
  sd_event_source* source = nullptr;
  if (const int error = sd_event_add_io(event_.get(), &source, fd, EPOLLIN, on_io, watch.get()); error < 0)
    return failure(system_error(-error, "watching a descriptor"));
  watch->source.reset(source);
  return std::shared_ptr<void>(watch);
}

void MainLoop::after(std::chrono::milliseconds delay, Callback due) {
  const auto microseconds = static_cast<std::uint64_t>(std::chrono::microseconds(delay).count());
  auto callback = std::make_unique<Callback>(std::move(due));
  sd_event_source* source = nullptr;
  if (sd_event_add_time_relative(event_.get(), &source, CLOCK_MONOTONIC, microseconds, 1000, on_timer, callback.get()) <
      0)
    return;
  sd_event_source_set_destroy_callback(source, free_callback);
  callback.release();
  sd_event_source_set_floating(source, 1);
  sd_event_source_unref(source);
}

Status MainLoop::watch_signals(Callback stop, Callback reload) {
  stop_ = std::move(stop);
  reload_ = std::move(reload);
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  for (const int number : {SIGTERM, SIGINT})
    if (const int error = sd_event_add_signal(event_.get(), nullptr, number, on_signal, &stop_); error < 0)
      return failure(system_error(-error, "watching for SIGTERM"));
  if (const int error = sd_event_add_signal(event_.get(), nullptr, SIGHUP, on_signal, &reload_); error < 0)
    return failure(system_error(-error, "watching for SIGHUP"));
  return {};
}

Status MainLoop::enable_watchdog(Callback due) {
  if (sd_watchdog_enabled(0, &watchdog_usec_) <= 0) return {};
  watchdog_due_ = std::move(due);
  return pet_watchdog();
}

/// Every third of its time, give or take, so that the kernel may put the wake-up where it is awake anyway.
Status MainLoop::pet_watchdog() {
  sd_notify(0, "WATCHDOG=1");
  const auto pet_again = [](sd_event_source* source, std::uint64_t, void* data) {
    auto& loop = *static_cast<MainLoop*>(data);
    let_go(source);
    loop.watchdog_due_();
    return loop.pet_watchdog() ? 0 : -EIO;
  };
  const int error = sd_event_add_time_relative(event_.get(), nullptr, CLOCK_MONOTONIC, watchdog_usec_ / 3,
                                               watchdog_usec_ / 6, pet_again, this);
  return error < 0 ? Status(failure(system_error(-error, "enabling the watchdog"))) : Status();
}

Status MainLoop::run() {
  if (const int error = sd_event_loop(event_.get()); error < 0)
    return failure(system_error(-error, "running the event loop"));
  return {};
}

void MainLoop::exit(int code) { sd_event_exit(event_.get(), code); }

void Debounce::trigger() {
  if (armed_) return;
  armed_ = true;
  loop_.after(delay_, [this] {
    armed_ = false;
    action_();
  });
}

}  // namespace acdr
