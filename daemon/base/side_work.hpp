// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace acdr {

/// Jobs that another thread does while the caller goes on, and both of them once the caller has nothing else to do. For
/// thousands of system calls that only read, which the kernel answers on each CPU for itself. The thread is there from
/// the first job on, where the caller may run on several CPUs and a thread is to be had; else `finish` does all. Jobs
/// must not throw.
class SideWork {
 public:
  using Job = std::function<void()>;
  SideWork() = default;
  ~SideWork() { finish(); }
  SideWork(const SideWork&) = delete;
  SideWork& operator=(const SideWork&) = delete;

  void add(Job job);
  /// Returns when all that was added is done.
  void finish();

 private:
  void start();
  void work();
  /// Does one job if there is one.
  bool do_one();

  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<Job> jobs_;   ///< yet to be begun
  bool complete_ = false;  ///< no more will come
  bool is_started_ = false;
  std::thread thread_;
};

}  // namespace acdr
