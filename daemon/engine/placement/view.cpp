// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/placement/view.hpp"

#include "engine/placement/cache_share.hpp"
#include "engine/placement/pages.hpp"

#include <algorithm>
#include <map>

namespace acdr::placement {
namespace {

/// CPUs that no core may contain to be given away. Helper threads of live claims count: an allocation never changes,
/// so the CPU they share with the host has to stay the host's.
CpuSet unavailable_cpus(const HostView& view) {
  CpuSet cpus = view.occupancy->exclusive | view.reserved | view.occupancy->apart_cpus();
  for (const auto& [cpu, claims] : view.occupancy->helper_load)
    if (claims > 0) cpus.insert(cpu);
  if (view.demand->exact_helpers) cpus |= *view.demand->exact_helpers;
  return cpus;
}

/// A core of which only one sibling is isolated or cleared is still in the host's use.
Tier tier_of(const HostView& view, const PhysicalCore& core) {
  if (core.cpus.subset_of(view.topology->isolated)) return Tier::isolated;
  if (core.cpus.subset_of(view.occupancy->cleared)) return Tier::cleared;
  return Tier::shared;
}

std::size_t room_of(const Demand& demand, const PhysicalCore& core) {
  return demand.vcpus > 0 && !demand.whole_cores ? core.cpus.count() : 1;
}

void add_cores(HostView& view, Fit fit) {
  const CpuSet unavailable = unavailable_cpus(view);
  const CpuSet without_ways = fit == Fit::everything ? cpus_without_ways(view) : CpuSet();
  int fastest = 0;
  for (const auto& core : view.topology->cores) fastest = std::max(fastest, core.efficiency);
  view.free_in_cache.assign(view.topology->last_level_caches.size(), 0);
  for (const auto& core : view.topology->cores) {
    const bool free = !core.cpus.intersects(unavailable);
    const bool available = free && !core.cpus.intersects(without_ways);
    if (available) ++view.free_in_cache[core.last_level_cache];
    if (core.cpus.intersects(view.reserved)) ++view.reserved_cores;
    view.cores.push_back({.core = &core,
                          .node = 0,
                          .free = free,
                          .available = available,
                          .tier = tier_of(view, core),
                          .pinned = core.cpus.intersects(view.occupancy->pinned),
                          .slowness = fastest - core.efficiency,
                          .room = room_of(*view.demand, core)});
  }
}

void add_nodes(HostView& view) {
  std::map<std::optional<unsigned>, std::size_t> index;  // "no node" sorts before node 0
  for (const auto& core : view.topology->cores) index.try_emplace(core.node);
  for (auto& [id, position] : index) {
    position = view.nodes.size();
    const NumaNode* node = id ? view.topology->node(*id) : nullptr;
    view.nodes.emplace_back();
    view.nodes.back().id = id;
    if (node == nullptr) continue;
    const auto kept = view.occupancy->kept_memory.find(node->id);
    const std::uint64_t taken = kept == view.occupancy->kept_memory.end() ? 0 : kept->second.value;
    view.nodes.back().memory = node->memory;
    view.nodes.back().memory_left = Bytes{node->memory.value - std::min(node->memory.value, taken)};
  }
  for (std::size_t i = view.cores.size(); i-- > 0;) {
    CoreView& core = view.cores[i];
    core.node = index[core.core->node];
    NodeView& node = view.nodes[core.node];
    node.package = core.core->package;
    ++node.cores;
    node.shared_cpus += shared_cpus_of(view, core);
    if (!core.available) continue;
    node.available.insert(node.available.begin(), i);
    node.room += core.room;
  }
}

/// Memory that must be on the node cannot give way to that of others which must be there too.
Bytes memory_for(const HostView& view, const NodeView& node) {
  return view.demand->memory_on_node ? node.memory_left : node.memory;
}

/// Where no node tells its memory (a bare recording), none can be said to lack it. A memoryless node lacks it always.
void mark_short_nodes(HostView& view) {
  const auto& all = view.topology->nodes;  // those without CPUs as well
  const bool known = std::ranges::any_of(all, [](const NumaNode& node) { return node.memory.value > 0; });
  for (auto& node : view.nodes)
    node.lacks_memory = known && (node.memory.value == 0 || memory_for(view, node) < view.demand->memory);
}

/// Huge pages that the demand names no node for are to be on that of the cores.
void mark_nodes_without_pages(HostView& view) {
  const auto& pages = view.demand->pages;
  if (!pages || pages->node) return;
  for (auto& node : view.nodes) node.lacks_pages = node.id && !has_pages(view, *node.id);
}

/// On a machine without NUMA, node 0 is the whole machine.
std::optional<std::size_t> wanted_node(const HostView& view) {
  if (!view.demand->node) return std::nullopt;
  const bool without_numa = view.topology->nodes.empty() && view.demand->node == 0U;
  for (std::size_t i = 0; i < view.nodes.size(); ++i)
    if (view.nodes[i].id == view.demand->node || (without_numa && !view.nodes[i].id)) return i;
  return std::nullopt;
}

}  // namespace

HostView view_host(const Topology& topology, const Demand& demand, const Occupancy& occupancy,
                   const PlacementLimits& limits, Fit fit) {
  HostView view;
  view.topology = &topology;
  view.demand = &demand;
  view.occupancy = &occupancy;
  view.reserved = reserved_housekeeping(topology, limits);
  add_cores(view, fit);
  add_nodes(view);
  mark_short_nodes(view);
  if (fit == Fit::everything) mark_nodes_without_pages(view);
  view.wanted = wanted_node(view);
  return view;
}

std::size_t shared_cpus_of(const HostView& view, const CoreView& core) {
  const Occupancy& occupancy = *view.occupancy;
  return (core.core->cpus - view.topology->isolated - occupancy.cleared - occupancy.exclusive).count();
}

CpuSet cpus_of(const HostView& view, const Selection& selection) {
  CpuSet cpus;
  for (const std::size_t index : selection) cpus |= view.cores[index].core->cpus;
  return cpus;
}

}  // namespace acdr::placement
