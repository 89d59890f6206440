// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <set>

#include "engine/placement/words.hpp"

namespace acdr::placement {
namespace {

std::string node_name(const NodeView& node) {
  return node.id ? fmt::format("Node {}", *node.id) : "Cores that belong to no node";
}

/// Why the wanted node is not the one.
std::string wanted_node_failed(const HostView& view) {
  const Demand& demand = *view.demand;
  const std::string reason = demand.node_reason.empty() ? "" : fmt::format(" ({})", demand.node_reason);
  if (!view.wanted) {
    const bool exists = view.topology->node(*demand.node) != nullptr;
    return fmt::format("node {}{} {}", *demand.node, reason, exists ? "has no CPUs" : "does not exist");
  }
  const NodeView& node = view.nodes[*view.wanted];
  if (demand.memory_on_node && node.lacks_memory) return memory_left_in_words(view, node);
  if (node.lacks_pages) return fmt::format("node {}{} has no room for the huge pages", *demand.node, reason);
  const auto unfit = std::ranges::count_if(
      view.cores, [&view](const CoreView& core) { return core.node == *view.wanted && core.free && !core.available; });
  return fmt::format("node {}{} has only {} free{}", *demand.node, reason, counted(node.available.size(), "core"),
                     unfit > 0 ? " whose caches have the ways asked for" : "");
}

std::string why_one_node(const HostView& view, std::size_t index, const Selection& selection) {
  const Demand& demand = *view.demand;
  const std::string name = node_name(view.nodes[index]);
  if (view.wanted == index && demand.node_reason.empty()) return name + ", as asked.";
  if (view.wanted == index) return fmt::format("{}, because {}.", name, demand.node_reason);
  if (demand.node) return fmt::format("{}, because {}.", name, wanted_node_failed(view));
  if (std::ranges::any_of(view.nodes, &NodeView::lacks_pages)) return name + ", which has room for the huge pages.";
  const Tier tier = view.cores[selection.front()].tier;
  if (tier == Tier::isolated) return name + ", because there are cores isolated at boot.";
  if (tier == Tier::cleared) return name + ", because there are cores cleared ahead of time.";
  const bool proposed = demand.vcpus == 0 && !demand.core_count;
  return name +
         (proposed ? ", which has the most cores to give." : ", which fits best and leaves larger gaps elsewhere.");
}

void explain_nodes(const HostView& view, const Selection& selection, std::vector<std::string>& reasons) {
  if (view.nodes.size() < 2) return;
  std::set<std::size_t> nodes;
  for (const std::size_t index : selection) nodes.insert(view.cores[index].node);
  if (nodes.size() == 1) return reasons.push_back(why_one_node(view, *nodes.begin(), selection));
  NodeSet ids;
  for (const std::size_t index : nodes)
    if (view.nodes[index].id) ids.insert(*view.nodes[index].id);
  const bool isolated =
      std::ranges::all_of(selection, [&view](std::size_t index) { return view.cores[index].tier == Tier::isolated; });
  reasons.push_back(fmt::format(
      "Nodes {}, because {}.", ids,
      isolated && view.demand->vcpus == 0 ? "cores of all of them are isolated at boot" : "no single node has room"));
}

template <class Predicate>
CpuSet cpus_where(const HostView& view, const Selection& selection, Predicate holds) {
  CpuSet cpus;
  for (const std::size_t index : selection)
    if (holds(view.cores[index])) cpus |= view.cores[index].core->cpus;
  return cpus;
}

void explain_tiers(const HostView& view, const Selection& selection, std::vector<std::string>& reasons) {
  const CpuSet isolated = cpus_where(view, selection, [](const CoreView& core) { return core.tier == Tier::isolated; });
  const CpuSet cleared = cpus_where(view, selection, [](const CoreView& core) { return core.tier == Tier::cleared; });
  const CpuSet pinned = cpus_where(view, selection, [](const CoreView& core) { return core.pinned; });
  if (!isolated.empty()) reasons.push_back(fmt::format("Isolated at boot: {}.", cpus_in_words(isolated)));
  if (!cleared.empty()) reasons.push_back(fmt::format("Cleared ahead of time: {}.", cpus_in_words(cleared)));
  if (!pinned.empty())
    reasons.push_back(
        fmt::format("Other workloads are pinned to {}; no other cores were free.", cpus_in_words(pinned)));
}

void explain_shape(const HostView& view, const Selection& selection, std::vector<std::string>& reasons) {
  std::set<unsigned> caches;
  std::set<int> kinds;
  for (const std::size_t index : selection) {
    caches.insert(view.cores[index].core->last_level_cache);
    kinds.insert(view.cores[index].slowness);
  }
  if (caches.size() > 1)
    reasons.push_back(fmt::format("The cores are in {} last-level caches, the fewest that have room.", caches.size()));
  if (kinds.size() > 1) reasons.emplace_back("The cores differ in speed, because no one kind has room.");
  if (kinds.size() == 1 && *kinds.begin() > 0)
    reasons.emplace_back("Slower cores, because too few fast ones are free.");
}

void explain_memory(const HostView& view, const Selection& selection, std::vector<std::string>& reasons) {
  const NodeView& node = view.nodes[view.cores[selection.front()].node];
  if (!node.lacks_memory || view.demand->memory.value == 0) return;
  reasons.push_back(fmt::format("{} has {} of memory, less than the guest's {}.", node_name(node),
                                node.memory.to_string(), view.demand->memory.to_string()));
}

}  // namespace

std::vector<std::string> reasons_for(const HostView& view, const Selection& selection) {
  std::vector<std::string> reasons;
  explain_nodes(view, selection, reasons);
  explain_tiers(view, selection, reasons);
  explain_shape(view, selection, reasons);
  explain_memory(view, selection, reasons);
  return reasons;
}

}  // namespace acdr::placement
