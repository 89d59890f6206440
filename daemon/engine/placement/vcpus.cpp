// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/placement/vcpus.hpp"

#include <algorithm>
#include <tuple>

namespace acdr::placement {
namespace {

/// The cores that have any of the CPUs, neighbours in cache next to each other.
std::vector<const CoreView*> ordered_cores(const HostView& view, const CpuSet& cpus) {
  std::vector<const CoreView*> cores;
  for (const auto& core : view.cores)
    if (core.core->cpus.intersects(cpus)) cores.push_back(&core);
  std::ranges::stable_sort(cores, {}, [](const CoreView* core) {
    return std::tuple(core->node, core->core->last_level_cache, core->core->cpus.first());
  });
  return cores;
}

}  // namespace

std::vector<unsigned> assign_vcpus(const HostView& view, const CpuSet& cpus) {
  const Demand& demand = *view.demand;
  std::vector<unsigned> assigned;
  for (const CoreView* core : ordered_cores(view, cpus)) {
    const CpuSet usable = core->core->cpus & cpus;
    for (const unsigned cpu : usable) {
      if (assigned.size() == demand.vcpus) return assigned;
      assigned.push_back(cpu);
      if (demand.whole_cores) break;
    }
  }
  return assigned;
}

}  // namespace acdr::placement
