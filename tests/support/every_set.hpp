// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <bit>
#include <map>
#include <optional>

#include "engine/placement.hpp"
#include "engine/placement/score.hpp"

namespace acdr::test {

inline constexpr Bytes huge_page{std::uint64_t{2} << 20};

/// A machine, its state and a wish for cores.
struct PlacementCase {
  Topology topology;
  Demand demand;
  Occupancy occupancy;
  PlacementLimits limits;
};

[[nodiscard]] inline std::size_t need_of(const Demand& demand) {
  return demand.vcpus > 0 ? demand.vcpus : demand.core_count.value_or(0);
}

/// Tries every set of cores of a small machine. Which may be given at all, and whether there is one, is worked out here
/// anew, in the plainest way; which is the best, by the placement's own score.
class EverySet {
 public:
  explicit EverySet(const PlacementCase& c)
      : case_(c), view_(placement::view_host(c.topology, c.demand, c.occupancy, c.limits)), need_(need_of(c.demand)) {
    for (std::size_t index = 0; index < c.topology.cores.size(); ++index)
      if (is_free(c.topology.cores[index]) && may_be_on(c.topology.cores[index].node)) free_.push_back(index);
    may_split_ = c.demand.may_split_nodes && !c.demand.memory_on_node && !some_node_has_room();
    for (std::uint32_t members = 1; members < std::uint32_t{1} << free_.size(); ++members) look_at(members);
  }

  /// None where no set will do.
  [[nodiscard]] const std::optional<placement::Score>& best() const { return best_; }
  [[nodiscard]] placement::Score score_of(const CpuSet& cores) const {
    placement::Selection selection;
    for (std::size_t index = 0; index < case_.topology.cores.size(); ++index)
      if (case_.topology.cores[index].cpus.subset_of(cores)) selection.push_back(index);
    return placement::score(view_, selection);
  }

 private:
  [[nodiscard]] bool is_free(const PhysicalCore& core) const {
    CpuSet taken = case_.occupancy.exclusive | reserved_housekeeping(case_.topology, case_.limits);
    for (const auto& [cpu, claims] : case_.occupancy.helper_load) taken.insert(cpu);
    for (const auto& [member, kept] : case_.occupancy.apart) taken |= kept.cpus;
    if (case_.demand.exact_helpers) taken |= *case_.demand.exact_helpers;
    return !core.cpus.intersects(taken) && has_ways(core);
  }

  /// Of the cache that the core uses, enough ways next to each other that are nobody's, and one for the host.
  [[nodiscard]] bool has_ways(const PhysicalCore& core) const {
    if (!case_.demand.cache || !case_.occupancy.cache) return true;
    const CacheControl& control = *case_.occupancy.cache;
    for (const auto& [id, cpus] : control.caches) {
      if (!cpus.intersects(core.cpus)) continue;
      std::uint32_t free = *control.l3_ways;
      for (const auto& [holder, reserve] : case_.occupancy.cache_holders) free &= ~reserve.ways.of(id);
      bool found = false;
      for (std::uint32_t run = (1U << case_.demand.cache->ways) - 1; run <= *control.l3_ways; run <<= 1U)
        found |= (run & ~free) == 0 && (control.groups.at("").l3.of(id) & ~run) != 0;
      if (!found) return false;
    }
    return true;
  }

  [[nodiscard]] bool may_be_on(std::optional<unsigned> node) const {
    const Demand& demand = case_.demand;
    if (demand.node_required && demand.node && node != demand.node) return false;
    const bool told = std::ranges::any_of(case_.topology.nodes, [](const auto& one) { return one.memory.value > 0; });
    if (!demand.memory_on_node || !told) return true;
    const Bytes all = case_.topology.node(*node)->memory;
    const auto kept = case_.occupancy.kept_memory.find(*node);
    const std::uint64_t taken = kept == case_.occupancy.kept_memory.end() ? 0 : kept->second.value;
    return all.value > 0 && all.value >= taken + demand.memory.value;
  }

  [[nodiscard]] std::uint64_t pages_on(unsigned node) const {
    const auto memory = case_.occupancy.memory.find(node);
    return memory == case_.occupancy.memory.end() ? 0 : memory->second.huge_pages.at(huge_page).free;
  }

  /// The pages are where the cores are, or on any node where these span several.
  [[nodiscard]] bool has_pages(const NodeSet& nodes) const {
    if (!case_.demand.pages) return true;
    const std::uint64_t count = case_.demand.pages->count;
    if (nodes.count() == 1) return pages_on(nodes.first()) >= count;
    return std::ranges::any_of(case_.topology.nodes, [&](const NumaNode& node) { return pages_on(node.id) >= count; });
  }

  [[nodiscard]] std::size_t room_of(std::size_t index) const {
    const bool filled = case_.demand.vcpus > 0 && !case_.demand.whole_cores;
    return filled ? case_.topology.cores[index].cpus.count() : 1;
  }

  [[nodiscard]] bool some_node_has_room() const {
    std::map<std::optional<unsigned>, std::size_t> room;
    for (const std::size_t index : free_) room[case_.topology.cores[index].node] += room_of(index);
    return std::ranges::any_of(room, [this](const auto& entry) { return entry.second >= need_; });
  }

  void look_at(std::uint32_t members) {
    if (static_cast<std::size_t>(std::popcount(members)) > need_) return;  // one of them is superfluous
    placement::Selection selection;
    std::size_t room = 0;
    NodeSet nodes;
    for (std::size_t bit = 0; bit < free_.size(); ++bit) {
      if ((members >> bit & 1U) == 0) continue;
      selection.push_back(free_[bit]);
      room += room_of(free_[bit]);
      nodes.insert(case_.topology.cores[free_[bit]].node.value_or(0));
    }
    if (room < need_ || (nodes.count() > 1 && !may_split_) || !has_pages(nodes)) return;
    placement::Score score = placement::score(view_, selection);
    if (!best_ || score < *best_) best_ = std::move(score);
  }

  const PlacementCase& case_;
  placement::HostView view_;
  std::size_t need_;
  placement::Selection free_;
  bool may_split_ = false;
  std::optional<placement::Score> best_;
};

}  // namespace acdr::test
