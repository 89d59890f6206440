// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "base/unique_fd.hpp"
#include "events/main_loop.hpp"

namespace acdr {

/// Tells when a program writes to one of a set of kernel files. inotify reports what comes through write(2), also in
/// cgroupfs, sysfs and procfs; it says nothing of what the kernel changes by itself, and nothing of who wrote.
class FileWatch {
 public:
  /// Gets the path as it was given; called on the loop, for this process's own writes too.
  using Handler = std::function<void(const std::string& path)>;
  [[nodiscard]] static Result<std::unique_ptr<FileWatch>> create(MainLoop& loop, Handler written);
  /// Watches exactly these files from now on, given without a leading slash. One that is not there, or cannot be
  /// watched, is passed over.
  void watch(const std::set<std::string>& paths);

 private:
  explicit FileWatch(Handler written) : written_(std::move(written)) {}
  void dispatch();

  UniqueFd inotify_;
  Handler written_;
  std::map<std::string, int> watches_;
  std::map<int, std::string> paths_;
  std::shared_ptr<void> source_;
};

}  // namespace acdr
