// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/cpu_set.hpp"
#include "base/units.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace acdr {

/// One physical core: the logical CPUs (SMT siblings) that share it. Only online CPUs are listed.
struct PhysicalCore {
  CpuSet cpus;
  unsigned package = 0;           ///< package (socket), logical index
  std::optional<unsigned> node;   ///< nearest NUMA node by kernel number; none on machines without NUMA information
  unsigned last_level_cache = 0;  ///< index into Topology::last_level_caches
  int efficiency = 0;             ///< hwloc CPU kind: higher = faster core; equal everywhere on homogeneous machines
};

struct NumaNode {
  unsigned id = 0;  ///< kernel number
  CpuSet cpus;      ///< online CPUs; empty for memory-only nodes
  Bytes memory;     ///< total; 0 for memoryless nodes
};

/// The shape of the machine, independent of what runs on it.
struct Topology {
  CpuSet possible;  ///< may ever be online (/sys/devices/system/cpu/possible)
  CpuSet online;
  CpuSet isolated;                  ///< isolcpus=domain (/sys/devices/system/cpu/isolated)
  CpuSet nohz_full;                 ///< /sys/devices/system/cpu/nohz_full
  std::vector<PhysicalCore> cores;  ///< ascending by lowest CPU number
  std::vector<NumaNode> nodes;      ///< ascending by id
  std::vector<CpuSet> last_level_caches;

  /// The core a CPU belongs to; nullptr for a CPU that is offline or unknown.
  [[nodiscard]] const PhysicalCore* core_of(unsigned cpu) const;
  [[nodiscard]] const NumaNode* node(unsigned id) const;
  /// The set together with every online SMT sibling of its members.
  [[nodiscard]] CpuSet with_siblings(const CpuSet& cpus) const;
  /// The nodes the CPUs belong to.
  [[nodiscard]] NodeSet nodes_of(const CpuSet& cpus) const;
};

/// Reads the topology through hwloc, of this machine ("/") or of a recorded host root (the layout hwloc-gather-topology
/// saves: proc/ and sys/ below `root`). Errors: a root without /sys/devices/system/cpu, text the kernel would not
/// print.
[[nodiscard]] Result<Topology> read_topology(const std::filesystem::path& root);

}  // namespace acdr
