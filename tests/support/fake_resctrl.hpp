// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/snapshot.hpp"

namespace acdr::test {

/// resctrl as it behaves where it matters to acdr: a CPU is in one group, a group that goes gives its CPUs back to the
/// default one, masks must be one run of known ways, and the reason for a refusal is in info/last_cmd_status.
/// Paths are those below sys/fs/resctrl.
class FakeResctrl {
 public:
  struct Shape {
    std::map<unsigned, CpuSet> caches;
    std::uint32_t ways = 0xfff;  ///< 0: L3 cannot be shared out
    unsigned least_ways = 1;
    std::uint32_t device_ways = 0;
    unsigned least_bandwidth = 10;  ///< 0: bandwidth cannot be shared out
    unsigned bandwidth_step = 10;
    unsigned most_bandwidth = 100;
    unsigned most_groups = 8;
    bool code_and_data = false;
  };
  explicit FakeResctrl(Shape shape);

  [[nodiscard]] std::optional<std::string> read(const std::string& path) const;
  /// 0 or an errno.
  [[nodiscard]] int write(const std::string& path, std::string_view text);
  [[nodiscard]] int make_group(const std::string& name);
  [[nodiscard]] int remove_group(const std::string& name);
  [[nodiscard]] std::vector<std::string> list(const std::string& path) const;

  /// A group, "" the default one; none if there is no such group.
  [[nodiscard]] const CacheGroup* group(const std::string& name) const;
  /// Every group with all it has, one line each.
  [[nodiscard]] std::string state() const;

 private:
  [[nodiscard]] int refuse(const std::string& reason, int number);
  [[nodiscard]] int write_line(const std::string& line, CacheGroup& group);
  [[nodiscard]] int write_ways(const std::string& text, CacheGroup& group);
  [[nodiscard]] int write_cpus(std::string_view text, const std::string& name);
  [[nodiscard]] std::optional<std::string> read_info(const std::string& path) const;
  [[nodiscard]] CpuSet all_cpus() const;

  Shape shape_;
  std::map<std::string, CacheGroup> groups_;
  std::string status_ = "ok";
};

}  // namespace acdr::test
