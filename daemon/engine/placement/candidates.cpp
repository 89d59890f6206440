// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/placement/candidates.hpp"

#include "engine/placement/score.hpp"
#include "engine/placement/search.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace acdr::placement {
namespace {

using Nodes = std::vector<std::size_t>;

/// Keeps the best selection seen.
class Best {
 public:
  explicit Best(const HostView& view) : view_(view) {}

  /// The best of the pool; where that leaves the host too little, also what leaves it more.
  void offer_from(const Selection& pool, std::size_t need) {
    const auto compact = search(view_, pool, need, Favour::compactness);
    if (!compact) return;
    Score scored = score(view_, *compact);
    if (scored.no_room_for_helpers)
      if (const auto other = search(view_, pool, need, Favour::hosts_share)) keep(score(view_, *other));
    keep(std::move(scored));
  }
  [[nodiscard]] std::optional<Selection> take() && {
    if (!score_) return std::nullopt;
    return std::move(score_->which_cores);
  }

 private:
  void keep(Score scored) {
    if (!score_ || scored < *score_) score_ = std::move(scored);
  }

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
  for (const auto& [slowness, members] : kinds) best.offer_from(members, need);
  if (kinds.size() > 1) best.offer_from(pool, need);
}

/// Over several nodes: those that hold the guest's memory, and then any.
void offer_split(const HostView& view, std::size_t need, Best& best) {
  const Nodes all = usable_nodes(view);
  Nodes with_memory = all;
  std::erase_if(with_memory, [&view](std::size_t index) { return view.nodes[index].lacks_memory; });
  offer_from(view, with_memory, need, best);
  if (with_memory.size() < all.size()) offer_from(view, all, need, best);
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

std::vector<std::size_t> nodes_for_all(const HostView& view) {
  Nodes nodes = usable_nodes(view);
  std::erase_if(nodes, [&view](std::size_t index) { return view.nodes[index].lacks_pages; });
  return nodes;
}

std::optional<Selection> choose_cores(const HostView& view, std::size_t need) {
  Best on_one_node(view);
  for (const std::size_t node : nodes_for_all(view)) offer_from(view, {node}, need, on_one_node);
  auto chosen = std::move(on_one_node).take();
  const bool some_node_has_room =
      std::ranges::any_of(usable_nodes(view), [&](std::size_t index) { return view.nodes[index].room >= need; });
  if (some_node_has_room || !view.demand->may_split_nodes || view.demand->memory_on_node) return chosen;
  Best split(view);
  offer_split(view, need, split);
  return std::move(split).take();
}

}  // namespace acdr::placement
