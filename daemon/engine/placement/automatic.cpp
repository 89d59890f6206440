// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/placement/automatic.hpp"

#include "engine/placement/candidates.hpp"

#include <algorithm>
#include <map>

namespace acdr::placement {
namespace {

/// Isolated at boot, on the wanted node where it has any.
Selection isolated_cores(const HostView& view) {
  Selection anywhere;
  Selection on_wanted;
  for (const std::size_t node : usable_nodes(view))
    for (const std::size_t index : view.nodes[node].available) {
      if (view.cores[index].tier != Tier::isolated) continue;
      anywhere.push_back(index);
      if (view.wanted == node) on_wanted.push_back(index);
    }
  std::ranges::sort(anywhere);
  return on_wanted.empty() ? anywhere : on_wanted;
}

/// One core of a node stays with the host where the helper threads asked for would find no other place on it.
std::size_t kept_for_helpers(const HostView& view, const NodeView& node) {
  std::size_t taken = 0;
  for (const std::size_t index : node.available) taken += shared_cpus_of(view, view.cores[index]);
  const bool others_left = node.shared_cpus > taken;
  return view.demand->helper_cores > 0 && !others_left ? 1 : 0;
}

/// The most cores of one kind that a node can give: those nobody is pinned to, the fastest first.
std::size_t most_in(const HostView& view, const NodeView& node, bool with_pinned) {
  std::map<int, std::size_t> kinds;
  for (const std::size_t index : node.available)
    if (with_pinned || !view.cores[index].pinned) ++kinds[view.cores[index].slowness];
  if (kinds.empty()) return 0;
  const std::size_t fastest = kinds.begin()->second;
  return fastest - std::min(fastest, kept_for_helpers(view, node));
}

/// The most over the nodes to look at first: the wanted one, then those with memory, then any.
std::size_t most_on_one_node(const HostView& view, bool with_pinned) {
  std::size_t on_wanted = 0;
  std::size_t with_memory = 0;
  std::size_t any = 0;
  for (const std::size_t index : nodes_for_all(view)) {
    const std::size_t most = most_in(view, view.nodes[index], with_pinned);
    any = std::max(any, most);
    if (!view.nodes[index].lacks_memory) with_memory = std::max(with_memory, most);
    if (view.wanted == index) on_wanted = most;
  }
  if (on_wanted > 0) return on_wanted;
  return with_memory > 0 ? with_memory : any;
}

}  // namespace

std::optional<Selection> propose_cores(const HostView& view) {
  Selection isolated = isolated_cores(view);
  if (!isolated.empty()) return isolated;
  std::size_t most = most_on_one_node(view, false);
  if (most == 0) most = most_on_one_node(view, true);
  most = std::min(most, view.cores.size() / 2);
  if (most == 0) return std::nullopt;
  return choose_cores(view, most);
}

}  // namespace acdr::placement
