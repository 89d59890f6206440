// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/placement/helpers.hpp"

#include "engine/placement/words.hpp"

#include <algorithm>
#include <compare>

namespace acdr::placement {
namespace {

/// How good a CPU is for a helper thread: the lowest is the best.
struct Rank {
  bool interrupts = false;  ///< the NIC's interrupts land on it
  bool other_node = false;
  bool beside_claim = false;   ///< an SMT sibling belongs to a claim (an exact list that splits a core)
  bool spoils_scarce = false;  ///< would take one of the node's last whole free cores
  std::size_t load = 0;        ///< claims that use it for their helpers
  bool housekeeping = false;   ///< as busy with the host's own work as a CPU gets
  bool spoils_core = false;    ///< would take a whole free core; one that has helpers already does not
  int spoils_fast_core = 0;    ///< the speed of the core it would take, so that slow ones go first
  bool other_cache = false;
  std::size_t cache_free = 0;  ///< whole free cores in its cache: an already broken one goes first
  /// How far below the highest CPU. Claims get cores from the lowest up: so what is free, and what the host keeps,
  /// stays in few pieces, and every mask short.
  unsigned below_last = 0;
  unsigned cpu = 0;
  auto operator<=>(const Rank&) const = default;
};

class HelperChoice {
 public:
  HelperChoice(const HostView& view, const Allocation& allocation)
      : view_(view), taken_(view.occupancy->exclusive | allocation.cores), load_(view.occupancy->helper_load) {
    for (const auto& core : view.cores) {
      const bool own = core.core->cpus.intersects(allocation.cores);
      whole_free_.push_back(core.free && !own);
      if (own) note_own_core(core);
    }
    count_free_cores();
    for (std::size_t index = 0; index < view.nodes.size() && nodes_.empty(); ++index)
      if (allocation.node && view.nodes[index].id == allocation.node) nodes_.push_back(index);
    if (nodes_.empty() && view.wanted) nodes_.push_back(*view.wanted);
    candidates_ = view.topology->online - taken_ - view.occupancy->cleared - view.topology->isolated;
  }

  /// Takes the best CPU left; none when there is none.
  std::optional<Rank> take() {
    std::optional<Rank> best;
    for (std::size_t index = 0; index < view_.cores.size(); ++index) {
      const std::optional<Rank> rank = best_of(index);
      if (rank && (!best || *rank < *best)) best = rank;
    }
    if (!best) return std::nullopt;
    candidates_.erase(best->cpu);
    for (std::size_t index = 0; index < view_.cores.size(); ++index)
      if (view_.cores[index].core->cpus.contains(best->cpu)) whole_free_[index] = false;
    count_free_cores();
    return best;
  }

 private:
  void note_own_core(const CoreView& core) {
    if (std::ranges::find(nodes_, core.node) == nodes_.end()) nodes_.push_back(core.node);
    caches_.push_back(core.core->last_level_cache);
  }

  void count_free_cores() {
    node_free_.assign(view_.nodes.size(), 0);
    cache_free_.assign(view_.free_in_cache.size(), 0);
    for (std::size_t index = 0; index < view_.cores.size(); ++index) {
      if (!whole_free_[index]) continue;
      ++node_free_[view_.cores[index].node];
      ++cache_free_[view_.cores[index].core->last_level_cache];
    }
  }

  /// A node is short of whole free cores when a quarter of it, or two, are all that is left: then helpers share the
  /// cores the host has anyway, however busy, and the rest stay whole for claims to come.
  [[nodiscard]] bool scarce(std::size_t node) const {
    return node_free_[node] <= std::max<std::size_t>(2, view_.nodes[node].cores / 4);
  }

  [[nodiscard]] std::optional<Rank> best_of(std::size_t index) const {
    const CoreView& core = view_.cores[index];
    std::optional<Rank> best;
    const CpuSet usable = core.core->cpus & candidates_;
    for (const unsigned cpu : usable) {
      const Rank rank = rank_of(index, cpu);
      if (!best || rank < *best) best = rank;
    }
    return best;
  }

  [[nodiscard]] Rank rank_of(std::size_t index, unsigned cpu) const {
    const CoreView& core = view_.cores[index];
    const auto load = load_.find(cpu);
    return {.interrupts = view_.demand->helper_avoid.contains(cpu),
            .other_node = !nodes_.empty() && std::ranges::find(nodes_, core.node) == nodes_.end(),
            .beside_claim = core.core->cpus.intersects(taken_),
            .spoils_scarce = whole_free_[index] && scarce(core.node),
            .load = load == load_.end() ? 0 : load->second,
            .housekeeping = view_.reserved.contains(cpu),
            .spoils_core = whole_free_[index],
            .spoils_fast_core = whole_free_[index] ? core.core->efficiency : 0,
            .other_cache = std::ranges::find(caches_, core.core->last_level_cache) == caches_.end(),
            .cache_free = cache_free_[core.core->last_level_cache],
            .below_last = view_.topology->online.last() - cpu,
            .cpu = cpu};
  }

  const HostView& view_;
  CpuSet taken_;
  const std::map<unsigned, std::size_t>& load_;
  CpuSet candidates_;
  std::vector<bool> whole_free_;         ///< by core: free for a claim still to come
  std::vector<std::size_t> node_free_;   ///< such cores, by node
  std::vector<std::size_t> cache_free_;  ///< and by cache
  std::vector<std::size_t> nodes_;       ///< the claim's own
  std::vector<unsigned> caches_;
};

/// What was given up on the way to these helpers.
struct Concessions {
  bool interrupts = false;
  bool other_node = false;
};

void explain(const HostView& view, const CpuSet& helpers, const Concessions& made, std::vector<std::string>& reasons) {
  if (helpers.empty()) {
    reasons.emplace_back("No CPU is left for helper threads: they run on the claim's own cores.");
    return;
  }
  reasons.push_back(fmt::format("Helper threads share {} with the host.", cpus_in_words(helpers)));
  const std::size_t wanted = view.demand->helper_cores;
  if (helpers.count() < wanted)
    reasons.push_back(fmt::format("Only {} of {} CPUs for helper threads could be found.", helpers.count(), wanted));
  if (made.interrupts) reasons.emplace_back("The NIC's interrupts land there too: no other CPUs are left.");
  if (made.other_node) reasons.emplace_back("That is on another node: the claim's has no CPU left for them.");
}

void choose_free_helpers(const HostView& view, Allocation& allocation) {
  HelperChoice choice(view, allocation);
  Concessions made;
  while (allocation.helpers.count() < view.demand->helper_cores) {
    const auto taken = choice.take();
    if (!taken) break;
    allocation.helpers.insert(taken->cpu);
    made.interrupts |= taken->interrupts;
    made.other_node |= taken->other_node;
  }
  explain(view, allocation.helpers, made, allocation.reasons);
}

}  // namespace

void choose_helpers(const HostView& view, Allocation& allocation) {
  const Demand& demand = *view.demand;
  if (demand.exact_helpers) {
    allocation.helpers = *demand.exact_helpers;
    allocation.reasons.push_back(fmt::format("Helper threads on {}, as asked.", cpus_in_words(allocation.helpers)));
    return;
  }
  if (demand.helper_cores > 0) choose_free_helpers(view, allocation);
}

}  // namespace acdr::placement
