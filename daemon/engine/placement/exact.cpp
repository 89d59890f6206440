// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/placement/exact.hpp"

#include "engine/placement/vcpus.hpp"
#include "engine/placement/words.hpp"

#include <algorithm>

namespace acdr::placement {
namespace {

/// `purpose` is what the list is for: "cores" or "helper threads".
Status check_usable(const HostView& view, const CpuSet& asked, std::string_view purpose) {
  const Topology& topology = *view.topology;
  const Occupancy& occupancy = *view.occupancy;
  if (asked.empty()) return failure(ErrorKind::usage, "{}: the list of CPUs is empty", purpose);
  const CpuSet offline = asked - topology.online;
  if (!offline.empty())
    return failure(ErrorKind::usage, "{}: {} {} not online; online are {}", purpose, cpus_in_words(offline),
                   offline.count() == 1 ? "is" : "are", topology.online);
  const CpuSet taken = asked & occupancy.exclusive;
  if (taken.empty()) return {};
  return failure(Error(
      ErrorKind::refused,
      fmt::format("{}: {} cannot be given twice: {}", purpose, cpus_in_words(taken), occupancy.describe_holder(taken)),
      "release that claim, or name other CPUs"));
}

/// Physical cores that would be all the host's own after this.
std::size_t cores_left(const HostView& view, const CpuSet& asked) {
  const CpuSet gone = asked | view.occupancy->exclusive | view.occupancy->cleared | view.topology->isolated;
  return static_cast<std::size_t>(
      std::ranges::count_if(view.cores, [&gone](const CoreView& core) { return !core.core->cpus.intersects(gone); }));
}

/// Configured housekeeping CPUs are never given. Default ones may be, as long as as many cores are left in their place.
Status check_housekeeping(const HostView& view, const PlacementLimits& limits, const CpuSet& asked) {
  const CpuSet reserved = asked & view.reserved;
  if (reserved.empty()) return {};
  if (limits.housekeeping)
    return failure(Error(ErrorKind::refused,
                         fmt::format("{} always {} with the host, as configured", cpus_in_words(reserved),
                                     reserved.count() == 1 ? "stays" : "stay"),
                         "name other CPUs, or change housekeeping in acdr.yaml"));
  const std::size_t left = cores_left(view, asked);
  if (left >= view.reserved_cores) return {};
  return failure(Error(ErrorKind::refused,
                       fmt::format("{} would leave the host {}, and it needs {}", cpus_in_words(asked),
                                   counted(left, "core"), view.reserved_cores),
                       fmt::format("leave out {}", reserved)));
}

Status check_apart(const HostView& view, const CpuSet& asked) {
  if (!asked.intersects(view.occupancy->apart_cpus())) return {};
  return failure(Error(ErrorKind::refused, fmt::format("{}: {}", cpus_in_words(asked), apart_in_words(view, asked)),
                       "name other CPUs, or release that claim"));
}

/// Memory that must be where the cores are needs them on one node that holds it.
Status check_memory(const HostView& view, const NodeSet& nodes) {
  if (!view.demand->memory_on_node) return {};
  if (nodes.count() > 1)
    return failure(Error(ErrorKind::refused,
                         fmt::format("cores and memory must be on one node, and the list spans nodes {}", nodes),
                         "name CPUs of one node"));
  for (const auto& node : view.nodes)
    if (node.id && nodes.contains(*node.id) && node.lacks_memory)
      return failure(Error(ErrorKind::refused, memory_left_in_words(view, node), "name CPUs of another node"));
  return {};
}

Status check_room(const HostView& view, const CpuSet& asked) {
  const Demand& demand = *view.demand;
  if (demand.vcpus == 0) return {};
  const auto cores = static_cast<std::size_t>(
      std::ranges::count_if(view.cores, [&asked](const CoreView& core) { return core.core->cpus.intersects(asked); }));
  const std::size_t given = demand.whole_cores ? cores : asked.count();
  if (given >= demand.vcpus) return {};
  const std::string_view noun = demand.whole_cores ? "physical core" : "CPU";
  return failure(Error(ErrorKind::refused,
                       fmt::format("{} need {}, and {} {}", counted(demand.vcpus, "vCPU"), counted(demand.vcpus, noun),
                                   cpus_in_words(asked), asked.count() == 1 ? "is " : "are ") +
                           counted(given, noun),
                       "name more CPUs, or ask for fewer vCPUs"));
}

void explain_split_cores(const HostView& view, const CpuSet& asked, std::vector<std::string>& reasons) {
  const CpuSet siblings = view.topology->with_siblings(asked) - asked;
  if (siblings.empty()) return;
  reasons.push_back(fmt::format("The list splits physical cores: {} {} with the host and shares them.",
                                cpus_in_words(siblings), siblings.count() == 1 ? "stays" : "stay"));
}

void explain_neighbours(const HostView& view, const CpuSet& asked, std::vector<std::string>& reasons) {
  CpuSet helpers;
  for (const auto& [cpu, claims] : view.occupancy->helper_load)
    if (claims > 0) helpers.insert(cpu);
  if (const CpuSet both = asked & helpers; !both.empty())
    reasons.push_back(fmt::format("Helper threads of other claims have to leave {}.", cpus_in_words(both)));
  if (const CpuSet both = asked & view.occupancy->pinned; !both.empty())
    reasons.push_back(fmt::format("Other workloads are pinned to {}.", cpus_in_words(both)));
}

void explain_nodes(const HostView& view, const NodeSet& nodes, std::vector<std::string>& reasons) {
  const Demand& demand = *view.demand;
  if (nodes.count() > 1) reasons.push_back(fmt::format("The list spans nodes {}.", nodes));
  if (!demand.node || nodes.contains(*demand.node) || nodes.empty()) return;
  const std::string why = demand.node_reason.empty() ? "is wanted" : "is wanted, because " + demand.node_reason;
  reasons.push_back(fmt::format("The list is not on node {}, which {}.", *demand.node, why));
}

}  // namespace

Result<Allocation> place_exact(const HostView& view, const PlacementLimits& limits) {
  const CpuSet& asked = *view.demand->exact;
  ACDR_CHECK(check_usable(view, asked, "cores"));
  ACDR_CHECK(check_housekeeping(view, limits, asked));
  ACDR_CHECK(check_room(view, asked));
  ACDR_CHECK(check_apart(view, asked));
  const NodeSet nodes = view.topology->nodes_of(asked);
  ACDR_CHECK(check_memory(view, nodes));
  Allocation allocation;
  allocation.cores = asked;
  allocation.vcpu_cpus = assign_vcpus(view, asked);
  allocation.reasons.push_back(fmt::format("{}, as asked.", cpus_in_words(asked)));
  if (nodes.count() == 1) allocation.node = nodes.first();
  explain_split_cores(view, asked, allocation.reasons);
  explain_neighbours(view, asked, allocation.reasons);
  explain_nodes(view, nodes, allocation.reasons);
  return allocation;
}

Status check_exact_helpers(const HostView& view) {
  const Demand& demand = *view.demand;
  if (!demand.exact_helpers) return {};
  ACDR_CHECK(check_usable(view, *demand.exact_helpers, "helper threads"));
  const CpuSet both = demand.exact ? *demand.exact & *demand.exact_helpers : CpuSet();
  if (both.empty()) return {};
  return failure(ErrorKind::usage, "{} cannot be both a core of the claim and for its helper threads",
                 cpus_in_words(both));
}

}  // namespace acdr::placement
