// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "host/hwloc_topology.hpp"
#include "host/topology.hpp"

namespace acdr {

/// Fills cores, last_level_caches and online from hwloc. `online` is the kernel's list: CPUs not in it are left out,
/// and CPUs that hwloc does not know, because a recorded root lacks their files, are cores of their own.
void read_cores(const HwlocTopology& machine, const CpuSet& online, Topology& topology);

}  // namespace acdr
