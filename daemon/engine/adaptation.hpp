// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace acdr {

/// An element that a domain's definition needs for a conditioning to have its effect. It is lacking where `parent`
/// holds no element of its name; one that is there, with whatever in it, is the admin's choice and stays.
struct Adaptation {
  std::string parent;  ///< a child of <domain>: "memoryBacking"
  std::string xml;     ///< "<hugepages><page size='2048' unit='KiB'/></hugepages>"
  std::string why;     ///< the conditioning: "hugepages"
  friend bool operator==(const Adaptation&, const Adaptation&) = default;
};

}  // namespace acdr
