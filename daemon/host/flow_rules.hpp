// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/access.hpp"

namespace acdr {

/// One ethtool command to a NIC: a structure of linux/ethtool.h that begins with its number, answered in place. 0, or
/// what errno says.
using Ethtool = std::function<int(const std::string& interface, void* command)>;
/// The kernel's, by ioctl: ethtool's netlink family has no message for flow rules.
[[nodiscard]] int kernel_ethtool(const std::string& interface, void* command);

/// The rules by which a NIC puts flows into queues (ethtool -N), as far as they go by the destination address alone.
class FlowRules {
 public:
  explicit FlowRules(Ethtool ethtool) : ethtool_(std::move(ethtool)) {}

  /// In the order of the NIC's table, which is the order in which they are tried.
  [[nodiscard]] Result<std::vector<FlowRule>> list(const std::string& interface) const;
  /// Where the driver does not choose the place it is the last free one: rules that are more exact come first.
  [[nodiscard]] Status add(const std::string& interface, const FlowRule& rule) const;
  [[nodiscard]] Status remove(const std::string& interface, unsigned location) const;
  /// Whether the rules count. Error (EOPNOTSUPP): the NIC takes none, or they are off for good.
  [[nodiscard]] Result<bool> count(const std::string& interface) const;
  [[nodiscard]] Status make_count(const std::string& interface, bool on) const;

 private:
  struct Table {
    std::vector<unsigned> used;   ///< places, in order
    unsigned size = 0;            ///< of the table; 0 where the driver does not tell
    bool driver_chooses = false;  ///< it finds the place of a new rule itself
  };
  [[nodiscard]] Status ask(const std::string& interface, void* command, std::string_view doing) const;
  [[nodiscard]] Result<Table> read_table(const std::string& interface) const;
  [[nodiscard]] Result<std::size_t> feature_number(const std::string& interface) const;

  Ethtool ethtool_;
};

}  // namespace acdr
