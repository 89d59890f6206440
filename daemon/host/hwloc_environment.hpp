// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace acdr {

/// hwloc can be pointed at a recorded root only by an environment variable, and others (HWLOC_XMLFILE, HWLOC_SYNTHETIC,
/// HWLOC_COMPONENTS ...) make it describe another machine. For its lifetime this holds exactly the variables that
/// `root` needs; afterwards the environment is as it was. Reading "/" without such variables around, as the daemon
/// does, writes nothing: setenv is not safe beside threads that call getenv.
class HwlocEnvironment {
 public:
  explicit HwlocEnvironment(const std::filesystem::path& root);
  HwlocEnvironment(const HwlocEnvironment&) = delete;
  HwlocEnvironment& operator=(const HwlocEnvironment&) = delete;
  ~HwlocEnvironment();

 private:
  void set(const std::string& name, const std::string& value);

  std::unique_lock<std::mutex> one_at_a_time_;
  std::vector<std::pair<std::string, std::string>> saved_;
  std::vector<std::string> added_;
};

/// True for "/" in any spelling.
[[nodiscard]] bool is_live_root(const std::filesystem::path& root);

}  // namespace acdr
