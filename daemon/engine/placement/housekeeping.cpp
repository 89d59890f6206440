// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/placement.hpp"

#include <algorithm>

namespace acdr {
namespace {

CpuSet lowest_cores(const Topology& topology, std::size_t count, const CpuSet& except) {
  CpuSet cpus;
  for (const auto& core : topology.cores) {
    if (count == 0) break;
    if (core.cpus.intersects(except)) continue;
    cpus |= core.cpus;
    --count;
  }
  return cpus;
}

}  // namespace

CpuSet reserved_housekeeping(const Topology& topology, const PlacementLimits& limits) {
  // Configured CPUs that are all offline would leave the host with nothing: then the default holds.
  if (limits.housekeeping && limits.housekeeping->intersects(topology.online))
    return *limits.housekeeping & topology.online;
  const std::size_t count = std::max<std::size_t>(limits.housekeeping_cores, 1);  // no host runs on no CPU
  const CpuSet cpus = lowest_cores(topology, count, topology.isolated);
  return cpus.empty() ? lowest_cores(topology, count, {}) : cpus;
}

}  // namespace acdr
