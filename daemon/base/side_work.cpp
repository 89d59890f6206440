// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/side_work.hpp"

#include <sched.h>

#include <system_error>
#include <utility>

#include "base/thread.hpp"

namespace acdr {
namespace {

/// Of this thread: acdr keeps itself off the cores of others.
bool may_run_on_several_cpus() {
  cpu_set_t cpus;
  // Where there are more than it has room for, it fails.
  return ::sched_getaffinity(0, sizeof cpus, &cpus) != 0 || CPU_COUNT(&cpus) > 1;
}

}  // namespace

void SideWork::add(Job job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  if (!std::exchange(is_started_, true)) start();
  news_.notify_one();
}

void SideWork::start() {
  if (!may_run_on_several_cpus()) return;
  try {
    thread_ = start_thread("acdr-side-work", [this] { work(); });
  } catch (const std::system_error&) {
    // None is to be had: the caller does it all.
  }
}

void SideWork::work() {
  for (bool more = true; more;) {
    if (do_one()) continue;
    std::unique_lock lock(mutex_);
    news_.wait(lock, [this] { return complete_ || !jobs_.empty(); });
    more = !jobs_.empty();
  }
}

bool SideWork::do_one() {
  Job job;
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.empty()) return false;
    job = std::move(jobs_.front());
    jobs_.pop_front();
  }
  job();
  return true;
}

void SideWork::finish() {
  {
    const std::lock_guard lock(mutex_);
    complete_ = true;
  }
  news_.notify_one();
  while (do_one()) {
  }
  if (thread_.joinable()) thread_.join();
  complete_ = is_started_ = false;
}

}  // namespace acdr
