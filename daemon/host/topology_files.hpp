// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "host/access.hpp"

#include <optional>
#include <string>
#include <vector>

namespace acdr {

/// The kernel's CPU and node files in sysfs, where a missing file is an answer: older kernels and bare recordings.
class TopologyFiles {
 public:
  explicit TopologyFiles(const HostAccess& host) : host_(host) {}

  [[nodiscard]] bool has_cpus() const;
  /// /sys/devices/system/cpu/<name>, such as "online"; none when there is no such file.
  [[nodiscard]] Result<std::optional<CpuSet>> cpus(const std::string& name) const;
  /// The nodes that have a directory, ascending.
  [[nodiscard]] std::vector<unsigned> nodes() const;
  /// The kernel's own list of a node's CPUs; none when the node says nothing about it.
  [[nodiscard]] Result<std::optional<CpuSet>> node_cpus(unsigned node) const;

 private:
  using Parser = Result<CpuSet> (*)(std::string_view);
  [[nodiscard]] Result<std::optional<CpuSet>> read(const std::string& path, Parser parse) const;

  const HostAccess& host_;
};

}  // namespace acdr
