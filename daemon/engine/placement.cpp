// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/placement.hpp"

#include "engine/placement/automatic.hpp"
#include "engine/placement/cache_share.hpp"
#include "engine/placement/candidates.hpp"
#include "engine/placement/exact.hpp"
#include "engine/placement/floating.hpp"
#include "engine/placement/groups.hpp"
#include "engine/placement/helpers.hpp"
#include "engine/placement/pages.hpp"
#include "engine/placement/vcpus.hpp"
#include "engine/placement/words.hpp"

namespace acdr {
namespace placement {
namespace {

/// The node all the cores are on.
std::optional<unsigned> common_node(const HostView& view, const Selection& selection) {
  const std::optional<unsigned> node = view.nodes[view.cores[selection.front()].node].id;
  for (const std::size_t index : selection)
    if (view.nodes[view.cores[index].node].id != node) return std::nullopt;
  return node;
}

Allocation allocate(const HostView& view, const Selection& selection) {
  Allocation allocation;
  allocation.cores = cpus_of(view, selection);
  allocation.vcpu_cpus = assign_vcpus(view, allocation.cores);
  allocation.node = common_node(view, selection);
  allocation.reasons = reasons_for(view, selection);
  CpuSet idle = view.demand->vcpus > 0 ? allocation.cores : CpuSet();
  for (const unsigned cpu : allocation.vcpu_cpus) idle.erase(cpu);
  if (!idle.empty())
    allocation.reasons.push_back(fmt::format("{} {} idle: no other work may share a core with a vCPU.",
                                             cpus_in_words(idle), idle.count() == 1 ? "stays" : "stay"));
  return allocation;
}

Result<Selection> select(const HostView& view) {
  const Demand& demand = *view.demand;
  const std::size_t need = demand.vcpus > 0 ? demand.vcpus : demand.core_count.value_or(0);
  if (need == 0) {
    auto proposed = propose_cores(view);
    if (!proposed) return failure(nothing_to_propose(view));
    return *std::move(proposed);
  }
  auto chosen = choose_cores(view, need);
  if (!chosen) return failure(refusal(view, need));
  return *std::move(chosen);
}

Result<Allocation> place_cores(const HostView& view, const PlacementLimits& limits) {
  const Demand& demand = *view.demand;
  ACDR_CHECK(check_groups(demand));
  if (!demand.together.empty() && view.occupancy->together) return place_together(view);
  if (demand.exact) return place_exact(view, limits);
  if (!wants_cores(demand)) return place_floating(view);
  ACDR_TRY(const Selection selection, select(view));
  return allocate(view, selection);
}

Result<Allocation> place_all(const HostView& view, const PlacementLimits& limits) {
  const Demand& demand = *view.demand;
  ACDR_CHECK(check_exact_helpers(view));
  ACDR_TRY(Allocation allocation, place_cores(view, limits));
  choose_helpers(view, allocation);
  if (demand.pages) {
    ACDR_TRY(allocation.pages, place_pages(view, allocation));
  }
  if (demand.cache) {
    ACDR_TRY(allocation.cache, place_cache_share(view, allocation));
  }
  return allocation;
}

}  // namespace
}  // namespace placement

Result<Allocation> place(const Topology& topology, const Demand& demand, const Occupancy& occupancy,
                         const PlacementLimits& limits) {
  using placement::Fit;
  auto placed = placement::place_all(placement::view_host(topology, demand, occupancy, limits), limits);
  if (placed || (!demand.pages && !demand.cache)) return placed;
  // No cores have pages and ways as well: placed for their own sake, they tell what is missing beside them.
  return placement::place_all(placement::view_host(topology, demand, occupancy, limits, Fit::cores_alone), limits);
}

}  // namespace acdr
