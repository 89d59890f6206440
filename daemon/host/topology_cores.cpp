// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/topology_cores.hpp"

#include <algorithm>
#include <map>
#include <memory>

namespace acdr {
namespace {

/// The cache shared by most CPUs; on machines that tell of no cache, the package, so that the core has neighbours.
hwloc_obj_t last_level_cache_of(const HwlocTopology& machine, hwloc_obj_t pu) {
  hwloc_obj_t widest = nullptr;
  for (hwloc_obj_t object = pu; object != nullptr; object = object->parent)
    if (hwloc_obj_type_is_dcache(object->type)) widest = object;
  if (widest == nullptr) widest = hwloc_get_ancestor_obj_by_type(machine.get(), HWLOC_OBJ_PACKAGE, pu);
  return widest == nullptr ? hwloc_get_root_obj(machine.get()) : widest;
}

unsigned package_of(const HwlocTopology& machine, hwloc_obj_t pu) {
  const hwloc_obj_t package = hwloc_get_ancestor_obj_by_type(machine.get(), HWLOC_OBJ_PACKAGE, pu);
  return package == nullptr ? 0 : package->logical_index;
}

/// The rank of each CPU kind. Machines of one kind, and kinds that hwloc cannot rank (-1), are all 0.
std::vector<std::pair<CpuSet, int>> read_efficiencies(const HwlocTopology& machine) {
  std::vector<std::pair<CpuSet, int>> kinds;
  const int count = hwloc_cpukinds_get_nr(machine.get(), 0);
  const std::unique_ptr<hwloc_bitmap_s, void (*)(hwloc_bitmap_t)> cpus(hwloc_bitmap_alloc(), &hwloc_bitmap_free);
  for (int kind = 0; kind < count; ++kind) {
    int rank = 0;
    if (hwloc_cpukinds_get_info(machine.get(), static_cast<unsigned>(kind), cpus.get(), &rank, nullptr, nullptr, 0) ==
        0)
      kinds.emplace_back(to_cpu_set(cpus.get()), std::max(rank, 0));
  }
  return kinds;
}

int efficiency_of(unsigned cpu, const std::vector<std::pair<CpuSet, int>>& kinds) {
  for (const auto& [cpus, rank] : kinds)
    if (cpus.contains(cpu)) return rank;
  return 0;
}

/// Collects cores CPU by CPU: on machines without core information hwloc has PUs only, and each is its own core.
class CoreCollector {
 public:
  CoreCollector(const HwlocTopology& machine, CpuSet online, Topology& topology)
      : machine_(machine), online_(std::move(online)), kinds_(read_efficiencies(machine)), topology_(topology) {}

  void collect() {
    auto pus = machine_.objects(HWLOC_OBJ_PU);
    std::ranges::sort(pus, {}, &hwloc_obj::os_index);
    for (const hwloc_obj_t pu : pus)
      if (online_.contains(pu->os_index)) add(pu);
    add_unknown();
    std::ranges::sort(topology_.cores, {}, [](const PhysicalCore& core) { return core.cpus.first(); });
  }

 private:
  void add(hwloc_obj_t pu) {
    const hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(machine_.get(), HWLOC_OBJ_CORE, pu);
    const auto [known, is_new] = core_index_.try_emplace(core == nullptr ? pu : core, topology_.cores.size());
    if (is_new)
      topology_.cores.push_back({.cpus = {},
                                 .package = package_of(machine_, pu),
                                 .node = std::nullopt,
                                 .last_level_cache = cache_index(last_level_cache_of(machine_, pu)),
                                 .efficiency = efficiency_of(pu->os_index, kinds_)});
    topology_.cores[known->second].cpus.insert(pu->os_index);
    topology_.online.insert(pu->os_index);
  }

  unsigned cache_index(hwloc_obj_t cache) {
    const auto [known, is_new] =
        cache_index_.try_emplace(cache, static_cast<unsigned>(topology_.last_level_caches.size()));
    if (is_new) topology_.last_level_caches.push_back(to_cpu_set(cache->cpuset) & online_);
    return known->second;
  }

  /// CPUs that the kernel calls online and hwloc left out, because a recorded root lacks their topology files.
  void add_unknown() {
    for (const unsigned cpu : online_ - topology_.online) {
      const auto cache = static_cast<unsigned>(topology_.last_level_caches.size());
      topology_.last_level_caches.push_back({cpu});
      topology_.cores.push_back({.cpus = {cpu},
                                 .package = 0,
                                 .node = std::nullopt,
                                 .last_level_cache = cache,
                                 .efficiency = efficiency_of(cpu, kinds_)});
    }
    topology_.online |= online_;
  }

  const HwlocTopology& machine_;
  CpuSet online_;
  std::vector<std::pair<CpuSet, int>> kinds_;
  Topology& topology_;
  std::map<hwloc_obj_t, std::size_t> core_index_;
  std::map<hwloc_obj_t, unsigned> cache_index_;
};

}  // namespace

void read_cores(const HwlocTopology& machine, const CpuSet& online, Topology& topology) {
  CoreCollector(machine, online, topology).collect();
}

}  // namespace acdr
