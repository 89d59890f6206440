// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/event_loop.hpp"

#include <libvirt/virterror.h>

#include <mutex>

#include "base/thread.hpp"
#include "libvirt/handles.hpp"

namespace acdr {
namespace {

/// Never destroyed: a worker that hangs in libvirt may outlive main().
struct Process {
  std::mutex mutex;
  std::mutex running;  ///< held by the one thread that runs the loop
  std::weak_ptr<EventLoop> loop;
  bool initialised = false;
};

Process& process() {
  static auto& only = *new Process;
  return only;
}

Status initialise() {
  if (process().initialised) return {};
  virSetErrorFunc(nullptr, [](void*, virErrorPtr) {});  // errors are read where the call failed
  if (virInitialize() != 0) return failure(libvirt_error("initialising libvirt"));
  if (virEventRegisterDefaultImpl() != 0) return failure(libvirt_error("registering libvirt's event loop"));
  process().initialised = true;
  return {};
}

}  // namespace

Result<std::shared_ptr<EventLoop>> EventLoop::acquire() {
  const std::lock_guard lock(process().mutex);
  if (auto running = process().loop.lock()) return running;
  ACDR_CHECK(initialise());
  constexpr int never = -1;
  const int timer =
      virEventAddTimeout(never, [](int id, void*) { virEventUpdateTimeout(id, never); }, nullptr, nullptr);
  if (timer < 0) return failure(libvirt_error("adding a timer to libvirt's event loop"));
  std::shared_ptr<EventLoop> loop(new EventLoop(timer));
  process().loop = loop;
  return loop;
}

EventLoop::EventLoop(int timer) : timer_(timer), thread_(start_thread("acdr-virevents", [this] { run(); })) {}

EventLoop::~EventLoop() {
  stopping_ = true;
  virEventUpdateTimeout(timer_, 0);
  thread_.join();
  virEventRemoveTimeout(timer_);
}

void EventLoop::run() {
  // A loop that was let go may still be on its way out.
  const std::lock_guard only_one(process().running);
  while (!stopping_ && virEventRunDefaultImpl() == 0) {
  }
}

}  // namespace acdr
