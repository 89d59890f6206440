// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/placement/groups.hpp"

#include "engine/placement/words.hpp"

namespace acdr {

std::string_view to_string(ApartLevel level) {
  if (level == ApartLevel::node) return "node";
  return level == ApartLevel::cache ? "cache" : "core";
}

ApartLevel apart_level_from(std::string_view text) {
  if (text == "node") return ApartLevel::node;
  return text == "cache" ? ApartLevel::cache : ApartLevel::core;
}

namespace placement {
namespace {

Status check_apart_group(const Demand& demand) {
  if (!demand.apart || wants_cores(demand)) return {};
  if (demand.apart->level == ApartLevel::node && demand.memory_on_node) return {};
  return failure(Error(ErrorKind::usage,
                       fmt::format("group {} is kept apart by {}, and this class takes none", demand.apart->name,
                                   demand.apart->level == ApartLevel::node ? "node" : "core or cache"),
                       demand.apart->level == ApartLevel::node
                           ? "add cleaner-cores, dedicated-cores or strict-numa to the class"
                           : "add cleaner-cores or dedicated-cores to the class"));
}

Status check_together_group(const Demand& demand) {
  if (demand.together.empty()) return {};
  if (demand.vcpus > 0)
    return failure(Error(ErrorKind::usage,
                         fmt::format("group {} shares its cores, and dedicated-cores gives each vCPU one that is its "
                                     "own: no class can have both",
                                     demand.together),
                         "leave out together or dedicated-cores; cleaner-cores alone keeps all others off"));
  if (!wants_cores(demand))
    return failure(Error(ErrorKind::usage,
                         fmt::format("group {} shares cores, and this class takes none", demand.together),
                         "add cleaner-cores to the class"));
  return {};
}

Error does_not_fit(const HostView& view, const std::string& why, const std::string& remedy) {
  const SharedCores& shared = *view.occupancy->together;
  return {ErrorKind::refused,
          fmt::format("group {} is on {} ({}): {}", view.demand->together, shared.cores, shared.holder, why), remedy};
}

Status check_shared_node(const HostView& view) {
  const Demand& demand = *view.demand;
  const SharedCores& shared = *view.occupancy->together;
  if (demand.node_required && shared.node != demand.node)
    return failure(does_not_fit(view, fmt::format("that is not node {}", demand.node.value_or(0)),
                                "ask for no node, or for another group"));
  if (demand.memory_on_node && !shared.node)
    return failure(does_not_fit(view, "memory must be on one node, and these are on several", "leave out strict-numa"));
  for (const auto& node : view.nodes)
    if (demand.memory_on_node && node.id == shared.node && node.lacks_memory)
      return failure(does_not_fit(view, memory_left_in_words(view, node), "give the guest less memory"));
  return {};
}

}  // namespace

bool wants_cores(const Demand& demand) {
  return demand.exact || demand.vcpus > 0 || demand.core_count.value_or(0) > 0 || demand.any_cores;
}

Status check_groups(const Demand& demand) {
  ACDR_CHECK(check_apart_group(demand));
  return check_together_group(demand);
}

Result<Allocation> place_together(const HostView& view) {
  const Demand& demand = *view.demand;
  const SharedCores& shared = *view.occupancy->together;
  if (demand.exact && *demand.exact != shared.cores)
    return failure(does_not_fit(
        view, fmt::format("{} {} asked for", cpus_in_words(*demand.exact), demand.exact->count() == 1 ? "is" : "are"),
        "ask for no cores, for these, or for another group"));
  if (demand.exact_helpers && demand.exact_helpers->intersects(shared.cores))
    return failure(does_not_fit(view, "these cannot be for helper threads as well", "name other helper cores"));
  if (shared.cores.intersects(view.occupancy->apart_cpus()))
    return failure(does_not_fit(view, apart_in_words(view, shared.cores), "use another group for one of the two"));
  ACDR_CHECK(check_shared_node(view));
  Allocation allocation;
  allocation.cores = shared.cores;
  allocation.node = shared.node;
  allocation.reasons.push_back(fmt::format("{}, shared with {}: both are in group {}.", cpus_in_words(shared.cores),
                                           shared.holder, demand.together));
  return allocation;
}

}  // namespace placement
}  // namespace acdr
