// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/placement/floating.hpp"

#include "engine/placement/candidates.hpp"
#include "engine/placement/words.hpp"

#include <algorithm>
#include <tuple>

namespace acdr::placement {
namespace {

bool is_kept_apart(const HostView& view, const NodeView& node) {
  const NumaNode* known = node.id ? view.topology->node(*node.id) : nullptr;
  return known != nullptr && known->cpus.intersects(view.occupancy->apart_cpus());
}

bool has_room(const HostView& view, const NodeView& node) {
  return node.shared_cpus >= view.demand->floating_vcpus && !is_kept_apart(view, node);
}

Error no_room(const HostView& view) {
  const std::vector<std::size_t> nodes = usable_nodes(view);
  if (nodes.empty()) return refusal(view, view.demand->floating_vcpus);
  std::vector<std::string> parts;
  for (const std::size_t index : nodes)
    parts.push_back(fmt::format("node {} has {}", view.nodes[index].id.value_or(0), view.nodes[index].shared_cpus));
  const std::string apart = view.occupancy->apart.empty() ? "" : "; " + apart_in_words(view, view.topology->online);
  return {ErrorKind::refused,
          fmt::format("{} must be on one node with as many CPUs that no claim holds: {}{}",
                      counted(view.demand->floating_vcpus, "vCPU"), fmt::join(parts, ", "), apart),
          "release a claim, or give the guest fewer vCPUs"};
}

std::string why_node(const HostView& view, std::size_t index) {
  const Demand& demand = *view.demand;
  const std::string name = fmt::format("Node {}", view.nodes[index].id.value_or(0));
  if (view.wanted == index)
    return demand.node_reason.empty() ? name + ", as asked." : fmt::format("{}, because {}.", name, demand.node_reason);
  if (demand.node) return fmt::format("{}, because node {} ({}) has no room.", name, *demand.node, demand.node_reason);
  return name + ", which has the most memory left.";
}

}  // namespace

Result<Allocation> place_floating(const HostView& view) {
  Allocation allocation;
  if (!view.demand->memory_on_node) return allocation;
  std::vector<std::size_t> nodes = nodes_for_all(view);
  std::erase_if(nodes, [&view](std::size_t index) { return !has_room(view, view.nodes[index]); });
  if (nodes.empty()) return failure(no_room(view));
  const std::size_t best = *std::ranges::min_element(nodes, {}, [&view](std::size_t index) {
    return std::tuple(index != view.wanted, ~view.nodes[index].memory_left.value, index);
  });
  allocation.node = view.nodes[best].id;
  if (allocation.node) allocation.reasons.push_back(why_node(view, best));
  return allocation;
}

}  // namespace acdr::placement
