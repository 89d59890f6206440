// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/placement/candidates.hpp"

#include "engine/placement/cache_fit.hpp"
#include "engine/placement/score.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <ranges>
#include <set>
#include <tuple>

namespace acdr::placement {
namespace {

using Nodes = std::vector<std::size_t>;

/// Cores of one rank are alike in all that matters more than caches. The lower ranks are taken whole before the next.
struct Rank {
  bool off_wanted_node;
  Tier tier;
  int slowness;
  bool pinned;
  std::size_t small;  ///< how far its room is below the largest, so that roomy cores come first
  auto operator<=>(const Rank&) const = default;
};

Rank rank_of(const HostView& view, const CoreView& core) {
  constexpr std::size_t beyond_any_room = CpuSet::limit;
  return {.off_wanted_node = view.wanted && core.node != *view.wanted,
          .tier = core.tier,
          .slowness = core.slowness,
          .pinned = core.pinned,
          .small = beyond_any_room - core.room};
}

std::size_t room_in(const HostView& view, const Selection& selection) {
  std::size_t room = 0;
  for (const std::size_t index : selection) room += view.cores[index].room;
  return room;
}

std::set<unsigned> caches_of(const HostView& view, const Selection& selection) {
  std::set<unsigned> caches;
  for (const std::size_t index : selection) caches.insert(view.cores[index].core->last_level_cache);
  return caches;
}

/// Where cores differ in room, a roomy core taken late can make one taken early superfluous.
void drop_superfluous(const HostView& view, std::size_t need, Selection& taken) {
  std::size_t spare = room_in(view, taken) - need;
  for (std::size_t i = taken.size(); i-- > 0 && spare > 0;) {
    const std::size_t room = view.cores[taken[i]].room;
    if (room > spare) continue;
    spare -= room;
    taken.erase(taken.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

/// Takes whole ranks while they are needed, and the best fitting part of the last one.
std::optional<Selection> pick(const HostView& view, const Selection& pool, std::size_t need) {
  if (room_in(view, pool) < need) return std::nullopt;
  std::map<Rank, Selection> ranks;
  for (const std::size_t index : pool) ranks[rank_of(view, view.cores[index])].push_back(index);
  Selection taken;
  for (const auto& [rank, members] : ranks) {
    const std::size_t covered = room_in(view, taken);
    if (covered >= need) break;
    const std::size_t room = view.cores[members.front()].room;
    const std::size_t count = std::min(members.size(), (need - covered + room - 1) / room);
    const Selection part = fit_in_caches(view, members, count, caches_of(view, taken));
    taken.insert(taken.end(), part.begin(), part.end());
  }
  drop_superfluous(view, need, taken);
  std::ranges::sort(taken);
  return taken;
}

/// Keeps the best selection seen.
class Best {
 public:
  explicit Best(const HostView& view) : view_(view) {}

  void offer(const std::optional<Selection>& selection) {
    if (!selection) return;
    Score scored = score(view_, *selection);
    if (!score_ || scored < *score_) score_ = std::move(scored);
  }
  [[nodiscard]] std::optional<Selection> take() && {
    if (!score_) return std::nullopt;
    return std::move(score_->which_cores);
  }

 private:
  const HostView& view_;
  std::optional<Score> score_;
};

Selection available_in(const HostView& view, const Nodes& nodes) {
  Selection pool;
  for (const std::size_t node : nodes)
    pool.insert(pool.end(), view.nodes[node].available.begin(), view.nodes[node].available.end());
  std::ranges::sort(pool);
  return pool;
}

/// Cores of one speed, for each speed there is, and then any.
void offer_from(const HostView& view, const Nodes& nodes, std::size_t need, Best& best) {
  const Selection pool = available_in(view, nodes);
  std::map<int, Selection> kinds;
  for (const std::size_t index : pool) kinds[view.cores[index].slowness].push_back(index);
  for (const auto& [slowness, members] : kinds) best.offer(pick(view, members, need));
  if (kinds.size() > 1) best.offer(pick(view, pool, need));
}

/// The fewest of `nodes` that have room together: the wanted one, then the roomiest; the last is the tightest that
/// does.
Nodes fewest_with_room(const HostView& view, Nodes nodes, std::size_t need) {
  const auto order = [&view](std::size_t index) {
    const NodeView& node = view.nodes[index];
    return std::tuple(index != view.wanted, node.lacks_memory, CpuSet::limit - node.room, index);
  };
  std::ranges::sort(nodes, {}, order);
  Nodes taken;
  std::size_t covered = 0;
  for (const std::size_t index : nodes) {
    if (covered >= need) break;
    taken.push_back(index);
    covered += view.nodes[index].room;
  }
  if (covered < need) return {};
  const std::size_t before_last = covered - view.nodes[taken.back()].room;
  const bool last_lacks_memory = view.nodes[taken.back()].lacks_memory;
  for (const std::size_t index : nodes | std::views::drop(taken.size()))
    if (before_last + view.nodes[index].room >= need && view.nodes[index].lacks_memory == last_lacks_memory)
      taken.back() = index;
  return taken;
}

/// Nodes of one package are closer to each other than to the rest: each package is tried, then the whole machine.
void offer_split(const HostView& view, std::size_t need, Best& best) {
  std::map<unsigned, Nodes> packages;
  Nodes all;
  for (const std::size_t index : usable_nodes(view)) {
    packages[view.nodes[index].package].push_back(index);
    all.push_back(index);
  }
  for (const auto& [package, nodes] : packages) offer_from(view, fewest_with_room(view, nodes, need), need, best);
  offer_from(view, fewest_with_room(view, all, need), need, best);
}

}  // namespace

std::vector<std::size_t> usable_nodes(const HostView& view) {
  Nodes nodes(view.nodes.size());
  std::iota(nodes.begin(), nodes.end(), std::size_t{0});
  if (view.demand->node && view.demand->node_required) nodes = view.wanted ? Nodes{*view.wanted} : Nodes{};
  if (view.demand->memory_on_node)
    std::erase_if(nodes, [&view](std::size_t index) { return view.nodes[index].lacks_memory; });
  return nodes;
}

std::optional<Selection> choose_cores(const HostView& view, std::size_t need) {
  Best on_one_node(view);
  for (const std::size_t node : usable_nodes(view)) offer_from(view, {node}, need, on_one_node);
  auto chosen = std::move(on_one_node).take();
  if (chosen || !view.demand->may_split_nodes || view.demand->memory_on_node) return chosen;
  Best split(view);
  offer_split(view, need, split);
  return std::move(split).take();
}

}  // namespace acdr::placement
