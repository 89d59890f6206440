// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/placement/score.hpp"

#include <set>

namespace acdr::placement {
namespace {

void score_cores(const HostView& view, const Selection& selection, Score& score) {
  std::set<int> kinds;
  for (const std::size_t index : selection) {
    const CoreView& core = view.cores[index];
    if (view.wanted && core.node != *view.wanted) ++score.off_wanted_node;
    if (core.tier != Tier::isolated) ++score.not_isolated;
    if (core.tier == Tier::shared) ++score.not_cleared;
    if (core.pinned) ++score.pinned;
    score.slowness += static_cast<std::size_t>(core.slowness);
    kinds.insert(core.slowness);
  }
  score.mixed_kinds = kinds.size() > 1;
  score.cores = selection.size();
}

void score_nodes(const HostView& view, const Selection& selection, Score& score) {
  std::set<std::size_t> nodes;
  for (const std::size_t index : selection) nodes.insert(view.cores[index].node);
  std::set<unsigned> packages;
  std::size_t shared_cpus = 0;
  for (const std::size_t index : nodes) {
    const NodeView& node = view.nodes[index];
    packages.insert(node.package);
    score.lacks_memory |= node.lacks_memory;
    score.left_in_nodes += node.available.size();
    shared_cpus += node.shared_cpus;
  }
  for (const std::size_t index : selection) shared_cpus -= shared_cpus_of(view, view.cores[index]);
  score.left_in_nodes -= selection.size();
  score.no_room_for_helpers = !view.demand->exact_helpers && shared_cpus < view.demand->helper_cores;
  score.nodes = nodes.size();
  score.packages = packages.size();
}

void score_caches(const HostView& view, const Selection& selection, Score& score) {
  std::set<unsigned> caches;
  for (const std::size_t index : selection) caches.insert(view.cores[index].core->last_level_cache);
  for (const unsigned cache : caches) score.left_in_caches += view.free_in_cache[cache];
  score.left_in_caches -= selection.size();
  score.caches = caches.size();
  score.which_caches.assign(caches.begin(), caches.end());
}

}  // namespace

Score score(const HostView& view, const Selection& selection) {
  Score score;
  score_cores(view, selection, score);
  score_nodes(view, selection, score);
  score_caches(view, selection, score);
  score.which_cores = selection;
  return score;
}

}  // namespace acdr::placement
