// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/unique_fd.hpp"
#include "events/main_loop.hpp"

namespace acdr {

/// Tells when cgroups appear or vanish where it matters: the top level, the services, and everything below
/// machine.slice, where each domain's scope and its vCPU cgroups come and go. inotify on cgroupfs reports mkdir and
/// rmdir (kernfs).
class CgroupWatch {
 public:
  /// `appeared` and `vanished` get the path below the cgroup root; called on the loop.
  using Handler = std::function<void(const std::string& path)>;
  [[nodiscard]] static Result<std::unique_ptr<CgroupWatch>> create(MainLoop& loop, Handler appeared, Handler vanished);

 private:
  CgroupWatch(Handler appeared, Handler vanished) : appeared_(std::move(appeared)), vanished_(std::move(vanished)) {}
  void add(const std::string& path);
  void dispatch();
  void handle(int watch, std::uint32_t mask, const std::string& name);

  UniqueFd inotify_;
  Handler appeared_;
  Handler vanished_;
  std::map<int, std::string> paths_;
  std::shared_ptr<void> source_;
};

}  // namespace acdr
