// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/planner.hpp"

#include <algorithm>

namespace acdr {
namespace {

/// Cores of a host claim that domains took over for now.
CpuSet handed_over(const Claim& claim, const Claims& claims) {
  CpuSet cores;
  if (!claim.subject.is_host()) return cores;
  for (const auto& [key, other] : claims)
    if (!other.subject.is_host()) cores |= claim.allocation.cores & other.allocation.cores;
  return cores;
}

PlannedClaim plan_claim(const Claim& claim, const Claims& claims, const HostSnapshot& host,
                        const PluginRegistry& plugins, const CpuSet& housekeeping) {
  PlannedClaim planned;
  const RunningDomain domain{claim.definition, claim.scope};
  for (const auto& conditioning : claim.resolved.conditionings) {
    const Plugin* plugin = plugins.find(conditioning.name);
    if (plugin == nullptr) {
      planned.residuals.push_back({fmt::format("conditioning {} is not applied", conditioning.name),
                                   "this build of acdr does not have it",
                                   "install the acdr version that made the claim"});
      continue;
    }
    const PlanRequest request{claim.subject,
                              reason_of(conditioning.name, claim),
                              conditioning.parameters,
                              claim.allocation,
                              handed_over(claim, claims),
                              housekeeping,
                              claim.subject.is_host() ? nullptr : &domain};
    Plan plan = plugin->plan(request, host);
    std::ranges::move(plan.wishes, std::back_inserter(planned.wishes));
    std::ranges::move(plan.residuals, std::back_inserter(planned.residuals));
    planned.unfinished |= plan.unfinished;
  }
  return planned;
}

/// CPUs that threads of machines without a claim are pinned to by hand.
CpuSet pinned_by_hand(const Claims& claims, const HostSnapshot& host) {
  const auto claimed = [&](const std::string& cgroup) {
    return std::ranges::any_of(claims, [&](const auto& entry) {
      return !entry.second.scope.empty() && cgroup.starts_with(entry.second.scope);
    });
  };
  CpuSet pinned;
  for (const auto& thread : host.threads)
    if (!thread.kernel && thread.cgroup.starts_with("machine.slice/") && !claimed(thread.cgroup))
      pinned |= thread.affinity;
  for (const auto& [path, cgroup] : host.cgroups)
    if (path.starts_with("machine.slice/") && cgroup.has_cpuset && cgroup.cpus != host.topology.possible &&
        path.find("/libvirt/vcpu") != std::string::npos && !claimed(path))
      pinned |= cgroup.cpus;
  return pinned;
}

std::optional<Locality> nic_locality(const std::string& interface, const HostSnapshot& host) {
  for (const auto& nic : host.nics) {
    const auto bridge = host.bridge_of.find(nic.name);
    const bool below = bridge != host.bridge_of.end() && bridge->second == interface;
    if ((nic.name == interface || below) && nic.node)
      return Locality{*nic.node, fmt::format("NIC {} is on node {}", nic.name, *nic.node)};
  }
  return std::nullopt;
}

}  // namespace

CpuSet housekeeping_of(const Claims& claims, const Topology& topology) {
  CpuSet cpus = topology.online;
  for (const auto& [key, claim] : claims) cpus -= claim.allocation.cores;
  return cpus;
}

HostPlan plan_claims(const Claims& claims, const HostSnapshot& host, const PluginRegistry& plugins) {
  HostPlan plan;
  plan.housekeeping = housekeeping_of(claims, host.topology);
  for (const auto& [key, claim] : claims) {
    auto planned = plan_claim(claim, claims, host, plugins, plan.housekeeping);
    std::ranges::copy(planned.wishes, std::back_inserter(plan.wishes));
    plan.unfinished |= planned.unfinished;
    plan.claims.emplace(key, std::move(planned));
  }
  return plan;
}

Occupancy occupancy_of(const Claims& claims, const Subject& subject, const HostSnapshot& host) {
  Occupancy occupancy;
  for (const auto& [key, claim] : claims) {
    if (claim.subject == subject && !subject.is_host()) continue;
    if (!claim.subject.is_host()) {
      occupancy.exclusive |= claim.allocation.cores;
      occupancy.holders[claim.name] |= claim.allocation.cores;
    } else if (subject.is_host()) {
      occupancy.pinned |= claim.allocation.cores;
    } else {
      occupancy.cleared |= claim.allocation.cores;
    }
    for (const unsigned cpu : claim.allocation.helpers) ++occupancy.helper_load[cpu];
  }
  occupancy.cleared -= occupancy.exclusive;
  occupancy.pinned |= pinned_by_hand(claims, host);
  return occupancy;
}

std::optional<Locality> device_locality(const DomainDefinition& domain, const HostSnapshot& host) {
  for (const auto& device : domain.pci_devices)
    if (const auto found = host.pci_nodes.find(device); found != host.pci_nodes.end())
      return Locality{found->second, fmt::format("device {} is on node {}", device, found->second)};
  for (const auto& interface : domain.interfaces)
    if (auto locality = nic_locality(interface, host)) return locality;
  return std::nullopt;
}

Result<Claim> make_claim(const ClaimRequest& request, const Claims& claims, const HostSnapshot& host,
                         const PluginRegistry& plugins, const PlacementLimits& limits) {
  Claim claim;
  claim.subject = request.subject;
  claim.resolved = request.resolved;
  claim.parameters = request.parameters;
  claim.permanent = request.permanent;
  claim.name = "host";
  Demand demand;
  if (request.definition != nullptr) {
    claim.definition = *request.definition;
    claim.name = "domain " + request.definition->name;
    demand.memory = request.definition->memory;
    if (const auto locality = device_locality(*request.definition, host)) {
      demand.node = locality->node;
      demand.node_reason = locality->reason;
    }
  }
  for (const auto& conditioning : claim.resolved.conditionings)
    if (const Plugin* plugin = plugins.find(conditioning.name))
      ACDR_CHECK(plugin->demand(conditioning.parameters, request.definition, host, demand));
  ACDR_TRY(claim.allocation, place(host.topology, demand, occupancy_of(claims, request.subject, host), limits));
  return claim;
}

const Plugin* PluginRegistry::find(std::string_view name) const {
  const auto found = std::ranges::find_if(plugins_, [&](const auto& plugin) { return plugin->spec().name == name; });
  return found == plugins_.end() ? nullptr : found->get();
}

std::vector<ConditioningSpec> PluginRegistry::specs() const {
  std::vector<ConditioningSpec> specs;
  for (const auto& plugin : plugins_) specs.push_back(plugin->spec());
  return specs;
}

}  // namespace acdr
