// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/placement/view.hpp"

namespace acdr::placement {

/// One of `cpus` for each vCPU, in the order of node, last-level cache and number; siblings of a core go to
/// neighbouring vCPUs. With whole cores, the lowest CPU of each. `cpus` must have room.
[[nodiscard]] std::vector<unsigned> assign_vcpus(const HostView& view, const CpuSet& cpus);

}  // namespace acdr::placement
