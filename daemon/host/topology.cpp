// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/topology.hpp"

#include <algorithm>

namespace acdr {

const PhysicalCore* Topology::core_of(unsigned cpu) const {
  const auto found = std::ranges::find_if(cores, [cpu](const PhysicalCore& core) { return core.cpus.contains(cpu); });
  return found == cores.end() ? nullptr : &*found;
}

const NumaNode* Topology::node(unsigned id) const {
  const auto found = std::ranges::find(nodes, id, &NumaNode::id);
  return found == nodes.end() ? nullptr : &*found;
}

CpuSet Topology::with_siblings(const CpuSet& cpus) const {
  CpuSet all = cpus;
  for (const auto& core : cores)
    if (core.cpus.intersects(cpus)) all |= core.cpus;
  return all;
}

NodeSet Topology::nodes_of(const CpuSet& cpus) const {
  NodeSet found;
  for (const auto& core : cores)
    if (core.node && core.cpus.intersects(cpus)) found.insert(*core.node);
  return found;
}

}  // namespace acdr
