// SPDX-License-Identifier: GPL-2.0-or-later
// What an admin reads when there is no room. One line: what was needed, what is free where, who holds the rest.
#include <algorithm>

#include "engine/placement/candidates.hpp"
#include "engine/placement/words.hpp"

namespace acdr {

std::string Occupancy::describe_holder(const CpuSet& cpus) const {
  constexpr std::size_t most_named = 5;
  std::vector<std::string> named;
  std::size_t others = 0;
  CpuSet unexplained = cpus;
  for (const auto& [subject, held] : holders) {
    const CpuSet shared = held & cpus;
    if (shared.empty()) continue;
    unexplained -= shared;
    if (named.size() < most_named)
      named.push_back(fmt::format("{} holds {}", subject, shared));
    else
      ++others;
  }
  if (named.empty() && !unexplained.empty()) return fmt::format("another claim holds {}", unexplained);
  if (others > 0) named.push_back(fmt::format("{} others hold more", others));
  return fmt::format("{}", fmt::join(named, ", "));
}

CpuSet Occupancy::apart_cpus() const {
  CpuSet cpus;
  for (const auto& [member, kept] : apart) cpus |= kept.cpus;
  return cpus;
}

namespace placement {
namespace {

std::string need_in_words(const HostView& view, std::size_t need) {
  if (view.demand->vcpus == 0) return counted(need, "physical core") + (need == 1 ? " is needed" : " are needed");
  const std::string vcpus = counted(need, "vCPU");
  if (!view.demand->whole_cores) return fmt::format("{} need whole cores with {} CPUs", vcpus, need);
  return fmt::format("{} on whole cores need {}", vcpus, counted(need, "physical core"));
}

std::string where_in_words(const HostView& view) {
  const Demand& demand = *view.demand;
  if (demand.node && demand.node_required) return fmt::format(" on node {}", *demand.node);
  const bool any_number_of_nodes = demand.may_split_nodes || view.nodes.size() < 2;
  return any_number_of_nodes ? "" : " on one node";
}

std::size_t most_free(const HostView& view, std::size_t NodeView::* room) {
  std::size_t most = 0;
  for (const std::size_t index : usable_nodes(view)) most = std::max(most, view.nodes[index].*room);
  return most;
}

std::size_t total_room(const HostView& view) {
  std::size_t total = 0;
  for (const auto& node : view.nodes) total += node.room;
  return total;
}

std::string free_in_words(const HostView& view) {
  std::vector<std::string> parts;
  for (const auto& node : view.nodes) {
    if (node.available.empty()) continue;
    const std::string place = node.id && view.nodes.size() > 1 ? fmt::format(" on node {}", *node.id) : "";
    parts.push_back(fmt::format("{}{}", node.available.size(), place));
  }
  return parts.empty() ? "no core is free" : fmt::format("free cores: {}", fmt::join(parts, ", "));
}

/// Who holds what is not free, each after "; ".
std::string taken_in_words(const HostView& view) {
  std::string text;
  const auto& occupancy = *view.occupancy;
  const Demand& demand = *view.demand;
  if (!occupancy.exclusive.empty()) text += "; " + occupancy.describe_holder(occupancy.exclusive);
  text += fmt::format("; {} {} with the host", view.reserved, view.reserved.count() == 1 ? "stays" : "stay");
  CpuSet helpers;
  for (const auto& [cpu, claims] : occupancy.helper_load)
    if (claims > 0) helpers.insert(cpu);
  helpers -= view.reserved;
  if (!helpers.empty()) text += fmt::format("; helper threads of other claims use {}", helpers);
  if (!occupancy.apart.empty()) text += "; " + apart_in_words(view, view.topology->online);
  for (const auto& node : view.nodes)
    if (demand.memory_on_node && node.lacks_memory) text += "; " + memory_left_in_words(view, node);
  return text;
}

std::string remedy_for(const HostView& view, std::size_t need) {
  const Demand& demand = *view.demand;
  std::vector<std::string> ways;
  if (!view.occupancy->exclusive.empty()) ways.emplace_back("release a claim");
  const std::size_t most = demand.may_split_nodes ? total_room(view) : most_free(view, &NodeView::room);
  if (most > 0) ways.push_back(fmt::format("ask for at most {}", counted(most, demand.vcpus > 0 ? "vCPU" : "core")));
  const bool fits_in_all = total_room(view) >= need;
  if (demand.node_required && fits_in_all) ways.emplace_back("accept another node");
  if (!demand.node_required && !demand.may_split_nodes && !demand.memory_on_node && fits_in_all)
    ways.emplace_back("accept cores on more than one node");
  return ways.empty() ? "use a host with more cores" : fmt::format("{}", fmt::join(ways, ", or "));
}

/// A node that cannot be used whatever is free: it does not exist or has no CPUs.
std::string missing_node(const HostView& view) {
  const Demand& demand = *view.demand;
  if (!demand.node || view.wanted) return {};
  const NumaNode* node = view.topology->node(*demand.node);
  return fmt::format("node {} {}", *demand.node, node == nullptr ? "does not exist here" : "has no CPUs");
}

}  // namespace

Error refusal(const HostView& view, std::size_t need) {
  const std::string missing = view.demand->node_required ? missing_node(view) : "";
  if (!missing.empty()) return {ErrorKind::refused, missing, "name another node, or do not require one"};
  if (usable_nodes(view).empty()) return no_memory(view);
  return {ErrorKind::refused,
          fmt::format("{}{}; {}{}", need_in_words(view, need), where_in_words(view), free_in_words(view),
                      taken_in_words(view)),
          remedy_for(view, need)};
}

std::string apart_in_words(const HostView& view, const CpuSet& cpus) {
  std::vector<std::string> parts;
  ApartLevel strictest = view.demand->apart->level;
  for (const auto& [member, kept] : view.occupancy->apart) {
    if (!kept.cpus.intersects(cpus)) continue;
    parts.push_back(fmt::format("off {} for {}", kept.cpus & cpus, member));
    strictest = std::max(strictest, kept.level);
  }
  const std::string_view shared = strictest == ApartLevel::cache ? "last-level cache" : to_string(strictest);
  return fmt::format("group {} keeps it off the {}s of others: {}", view.demand->apart->name, shared,
                     fmt::join(parts, ", "));
}

std::string memory_left_in_words(const HostView& view, const NodeView& node) {
  const std::string kept =
      node.memory_left < node.memory ? fmt::format(" left of {}", node.memory.to_string()) : std::string();
  return fmt::format("node {} has {} of memory{}, and the guest needs {}", node.id.value_or(0),
                     node.memory_left.to_string(), kept, view.demand->memory.to_string());
}

Error no_memory(const HostView& view) {
  std::vector<std::string> parts;
  for (const auto& node : view.nodes)
    if (!view.demand->node_required || view.demand->node == node.id) parts.push_back(memory_left_in_words(view, node));
  return {ErrorKind::refused, fmt::format("all of the memory must be on one node: {}", fmt::join(parts, "; ")),
          view.demand->node_required ? "accept another node, or give the guest less memory"
                                     : "give the guest less memory, or release a claim whose memory is kept there"};
}

Error nothing_to_propose(const HostView& view) {
  if (view.cores.size() > 1) return refusal(view, 1);
  return {ErrorKind::refused, "this host has one physical core, which stays with the host: there is none to give",
          "use a host with more cores"};
}

}  // namespace placement
}  // namespace acdr
