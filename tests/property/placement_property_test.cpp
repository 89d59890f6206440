// SPDX-License-Identifier: GPL-2.0-or-later
// What holds of placement on any machine, whoever is there already.
#include "engine/placement.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <optional>

#include "engine/placement/candidates.hpp"
#include "engine/placement/score.hpp"
#include "tests/support/topologies.hpp"

namespace acdr {
namespace {

/// A machine, its state and a wish.
struct Case {
  Topology topology;
  Demand demand;
  Occupancy occupancy;
  PlacementLimits limits;
};

unsigned between(unsigned first, unsigned last) { return *rc::gen::inRange(first, last + 1); }
bool sometimes(unsigned one_in) { return between(1, one_in) == 1; }

/// Whole cores, each with a chance of one in `one_in`.
CpuSet some_cores(const Topology& topology, unsigned one_in) {
  CpuSet cpus;
  for (const auto& core : topology.cores)
    if (sometimes(one_in)) cpus |= core.cpus;
  return cpus;
}

CpuSet some_cpus(const Topology& topology, unsigned one_in) {
  CpuSet cpus;
  for (const unsigned cpu : topology.online)
    if (sometimes(one_in)) cpus.insert(cpu);
  return cpus;
}

Topology any_topology(unsigned most_caches, unsigned most_cores) {
  Topology topology = test::make_topology({.packages = between(1, 2),
                                           .nodes_per_package = between(1, 2),
                                           .caches_per_node = between(1, most_caches),
                                           .cores_per_cache = between(1, most_cores),
                                           .threads = between(1, 2),
                                           .adjacent_siblings = sometimes(2)});
  if (sometimes(3)) topology.isolated = some_cores(topology, 3);
  if (sometimes(4))
    for (auto& core : topology.cores) core.efficiency = static_cast<int>(between(0, 1));
  if (sometimes(4)) topology.nodes.front().memory = {};
  return topology;
}

Occupancy any_occupancy(const Topology& topology) {
  Occupancy occupancy;
  occupancy.exclusive = some_cores(topology, 4);
  occupancy.holders["domain other"] = occupancy.exclusive;
  if (sometimes(2)) occupancy.cleared = some_cores(topology, 3) - occupancy.exclusive;
  if (sometimes(2)) occupancy.pinned = some_cpus(topology, 4);
  if (sometimes(2))
    for (const unsigned cpu : some_cpus(topology, 6) - occupancy.exclusive) occupancy.helper_load[cpu] = between(1, 3);
  return occupancy;
}

Demand any_demand(const Topology& topology) {
  Demand demand;
  const unsigned most = std::max(1U, static_cast<unsigned>(topology.cores.size()) / 2);
  if (sometimes(5)) {
    demand.any_cores = true;
    if (sometimes(2)) demand.core_count = between(1, most);
  } else {
    demand.vcpus = between(1, most);
    demand.whole_cores = sometimes(2);
  }
  if (sometimes(3)) demand.node = between(0, static_cast<unsigned>(topology.nodes.size()));
  demand.node_required = sometimes(4);
  demand.may_split_nodes = sometimes(3);
  demand.helper_cores = between(0, 2);
  if (sometimes(3)) demand.helper_avoid = some_cpus(topology, 3);
  if (sometimes(3)) demand.memory = Bytes{std::uint64_t{between(1, 64)} << 30};
  return demand;
}

Case any_case(unsigned most_caches, unsigned most_cores) {
  Case c;
  c.topology = any_topology(most_caches, most_cores);
  c.occupancy = any_occupancy(c.topology);
  c.demand = any_demand(c.topology);
  c.limits.housekeeping_cores = between(0, 2);
  if (sometimes(5)) c.limits.housekeeping = some_cpus(c.topology, 5);
  return c;
}

Result<Allocation> place(const Case& c) { return acdr::place(c.topology, c.demand, c.occupancy, c.limits); }

CpuSet helper_cpus(const Occupancy& occupancy) {
  CpuSet cpus;
  for (const auto& [cpu, claims] : occupancy.helper_load) cpus.insert(cpu);
  return cpus;
}

RC_GTEST_PROP(PlacementProperty, NeverTakesWhatIsNotFree, ()) {
  const Case c = any_case(3, 4);
  const auto allocation = place(c);
  RC_CLASSIFY(!allocation, "refused");
  if (!allocation) return;
  RC_ASSERT(!allocation->cores.intersects(c.occupancy.exclusive));
  RC_ASSERT(!allocation->cores.intersects(reserved_housekeeping(c.topology, c.limits)));
  RC_ASSERT(!allocation->cores.intersects(helper_cpus(c.occupancy)));
  RC_ASSERT(allocation->cores.subset_of(c.topology.online));
}

RC_GTEST_PROP(PlacementProperty, TakesWholeCores, ()) {
  const Case c = any_case(3, 4);
  const auto allocation = place(c);
  RC_CLASSIFY(!allocation, "refused");
  if (!allocation) return;
  RC_ASSERT(c.topology.with_siblings(allocation->cores) == allocation->cores);
}

RC_GTEST_PROP(PlacementProperty, GivesEachVcpuACpuOfItsOwn, ()) {
  const Case c = any_case(3, 4);
  const auto allocation = place(c);
  RC_CLASSIFY(!allocation, "refused");
  if (!allocation) return;
  RC_ASSERT(allocation->vcpu_cpus.size() == c.demand.vcpus);
  CpuSet used;
  CpuSet cores_used;
  for (const unsigned cpu : allocation->vcpu_cpus) {
    RC_ASSERT(allocation->cores.contains(cpu));
    RC_ASSERT(!used.contains(cpu));
    RC_ASSERT(!c.demand.whole_cores || !cores_used.contains(cpu));
    used.insert(cpu);
    cores_used |= c.topology.core_of(cpu)->cpus;
  }
  if (c.demand.vcpus > 0) RC_ASSERT(cores_used == allocation->cores);
}

RC_GTEST_PROP(PlacementProperty, KeepsToOneNodeUnlessItMaySplit, ()) {
  const Case c = any_case(3, 4);
  const auto allocation = place(c);
  RC_CLASSIFY(!allocation, "refused");
  if (!allocation) return;
  const NodeSet nodes = c.topology.nodes_of(allocation->cores);
  RC_ASSERT(allocation->node.has_value() == (nodes.count() == 1));
  const bool all_isolated =
      c.demand.vcpus == 0 && !c.demand.core_count && allocation->cores.subset_of(c.topology.isolated);
  if (!c.demand.may_split_nodes && !all_isolated) RC_ASSERT(nodes.count() == 1U);
  if (c.demand.node && c.demand.node_required) RC_ASSERT(nodes == NodeSet{*c.demand.node});
}

RC_GTEST_PROP(PlacementProperty, TakesHelpersFromTheHostsShare, ()) {
  const Case c = any_case(3, 4);
  const auto allocation = place(c);
  RC_CLASSIFY(!allocation, "refused");
  if (!allocation) return;
  const CpuSet not_the_hosts = allocation->cores | c.occupancy.exclusive | c.occupancy.cleared | c.topology.isolated;
  const CpuSet share = c.topology.online - not_the_hosts;
  RC_ASSERT(allocation->helpers.subset_of(share));
  RC_ASSERT(allocation->helpers.count() == std::min(c.demand.helper_cores, share.count()));
  const CpuSet good = share - c.demand.helper_avoid;
  if (good.count() >= c.demand.helper_cores) RC_ASSERT(!allocation->helpers.intersects(c.demand.helper_avoid));
}

RC_GTEST_PROP(PlacementProperty, AnswersTheSameEveryTime, ()) {
  const Case c = any_case(3, 4);
  const auto first = place(c);
  const auto second = place(c);
  RC_ASSERT(first.has_value() == second.has_value());
  if (first)
    RC_ASSERT(*first == *second);
  else
    RC_ASSERT(first.error().message() == second.error().message());
}

RC_GTEST_PROP(PlacementProperty, LeavesEarlierClaimsUntouched, ()) {
  Case c = any_case(3, 6);
  CpuSet cores;
  CpuSet helpers;
  for (int claim = 0; claim < 4; ++claim) {
    const auto allocation = place(c);
    if (!allocation) break;
    RC_ASSERT(!allocation->cores.intersects(cores));
    RC_ASSERT(!allocation->cores.intersects(helpers));
    RC_ASSERT(!allocation->helpers.intersects(cores));
    cores |= allocation->cores;
    helpers |= allocation->helpers;
    c.occupancy.exclusive |= allocation->cores;
    c.occupancy.cleared -= allocation->cores;
    for (const unsigned cpu : allocation->helpers) ++c.occupancy.helper_load[cpu];
    c.demand = any_demand(c.topology);
  }
}

RC_GTEST_PROP(PlacementProperty, RefusesOnlyForWantOfRoom, ()) {
  Case c = any_case(3, 4);
  c.demand = {};
  c.demand.vcpus = between(1, 6);
  c.demand.whole_cores = sometimes(2);
  c.demand.may_split_nodes = true;
  const placement::HostView view = placement::view_host(c.topology, c.demand, c.occupancy, c.limits);
  std::size_t room = 0;
  for (const auto& core : view.cores)
    if (core.available) room += core.room;
  RC_ASSERT(place(c).has_value() == (room >= c.demand.vcpus));
}

/// The best score over every set of `count` available cores of one node, by trying them all.
std::optional<placement::Score> best_of_all(const placement::HostView& view, std::size_t count) {
  std::optional<placement::Score> best;
  for (const std::size_t node : placement::usable_nodes(view)) {
    const placement::Selection& available = view.nodes[node].available;
    if (available.size() < count) continue;
    std::vector<bool> chosen(available.size());
    std::fill(chosen.end() - static_cast<std::ptrdiff_t>(count), chosen.end(), true);
    do {
      placement::Selection selection;
      for (std::size_t i = 0; i < available.size(); ++i)
        if (chosen[i]) selection.push_back(available[i]);
      const placement::Score score = placement::score(view, selection);
      if (!best || score < *best) best = score;
    } while (std::next_permutation(chosen.begin(), chosen.end()));
  }
  return best;
}

RC_GTEST_PROP(PlacementProperty, IsAsGoodAsTryingEverySelection, ()) {
  Case c = any_case(4, 3);
  c.demand.any_cores = false;
  c.demand.core_count.reset();
  c.demand.may_split_nodes = false;
  c.demand.vcpus = between(1, 6);
  const placement::HostView view = placement::view_host(c.topology, c.demand, c.occupancy, c.limits);
  const std::size_t room = view.cores.front().room;  // alike in every core of these machines
  const auto best = best_of_all(view, (c.demand.vcpus + room - 1) / room);
  const auto chosen = placement::choose_cores(view, c.demand.vcpus);
  RC_ASSERT(chosen.has_value() == best.has_value());
  if (chosen) RC_ASSERT(*chosen == best->which_cores);
}

}  // namespace
}  // namespace acdr
