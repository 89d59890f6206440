// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/planner.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "engine/confined_threads.hpp"
#include "engine/helpers.hpp"
#include "engine/knob_groups.hpp"
#include "engine/limits.hpp"
#include "engine/placement/words.hpp"

namespace acdr {
namespace {

/// Cores of a host claim that domains took over for now.
CpuSet handed_over(const Claim& claim, const Claims& claims) {
  CpuSet cores;
  if (!claim.subject.is_host()) return cores;
  for (const auto& [key, other] : claims)
    if (!other->subject.is_host()) cores |= claim.allocation.cores & other->allocation.cores;
  return cores;
}

std::vector<RunningDomain> domains_of(const std::vector<const Claim*>& claims) {
  std::vector<RunningDomain> domains;
  domains.reserve(claims.size());
  for (const Claim* claim : claims) domains.push_back({*claim->definition, claim->scope});
  return domains;
}

std::string online_command(const CpuSet& cpus) {
  const std::string numbers =
      cpus.count() == 1 ? cpus.to_list() : fmt::format("{{{}}}", fmt::join(cpus.members(), ","));
  return fmt::format("echo 1 | tee /sys/devices/system/cpu/cpu{}/online", numbers);
}

/// What the claim holds stays its own while it is offline: nobody else is there when it comes back.
void say_offline(const Claim& claim, const CpuSet& helpers_now, const Topology& topology, PlannedClaim& planned) {
  const auto words = [](const CpuSet& cpus) {
    return fmt::format("{} {}", placement::cpus_in_words(cpus), cpus.count() == 1 ? "is" : "are");
  };
  if (const CpuSet cores = claim.allocation.cores - topology.online; !cores.empty())
    planned.shortfalls.push_back({fmt::format("{} offline, of the cores of {}", words(cores), claim.name),
                                  "what runs there is on other CPUs until then", online_command(cores)});
  const CpuSet lost = claim.allocation.helpers - helpers_now;
  const std::string what = fmt::format("helper threads of {} are not on ", claim.name);
  if (const CpuSet offline = lost - topology.online; !offline.empty())
    planned.residuals.push_back(
        {what + offline.to_list(), fmt::format("{} offline", words(offline)), online_command(offline)});
  if (const CpuSet taken = lost & topology.online; !taken.empty())
    planned.residuals.push_back(
        {what + taken.to_list(), "another claim was given these CPUs by name", "release that claim"});
}

PlannedClaim begin_planning(const Claim& claim, const HostSnapshot& host, const CpuSet& housekeeping) {
  PlannedClaim planned;
  planned.scope = claim.scope;
  planned.helpers = helpers_now(claim, housekeeping);
  planned.only_helpers_left = housekeeping.subset_of(planned.helpers);
  say_offline(claim, planned.helpers, host.topology, planned);
  return planned;
}

/// Takes together what the conditionings plan. A claim that is taken over whole by most passes has its wishes in one
/// part for its scope and one for all else; of any other, those of conditionings that are.
void gather(PlannedClaim& planned) {
  std::vector<Wish> in_scope;
  std::vector<Wish> elsewhere;
  const auto is_in_scope = [&](const KnobId& knob) {
    return !planned.scope.empty() && is_of_cgroup(knob.kind) && is_within(knob.object, planned.scope);
  };
  for (const auto& [why, plan] : planned.conditionings) {
    if (!plan) continue;
    if (planned.is_local)
      for (const Wish& wish : plan->wishes) (is_in_scope(wish.knob) ? in_scope : elsewhere).push_back(wish);
    else
      planned.elsewhere.emplace_back(plan, &plan->wishes);
    std::ranges::copy(plan->exclusions, std::back_inserter(planned.exclusions));
    std::ranges::copy(plan->residuals, std::back_inserter(planned.residuals));
    planned.unfinished |= plan->unfinished;
  }
  const auto add_to = [](std::vector<WishList::Part>& parts, std::vector<Wish> wishes) {
    if (!wishes.empty()) parts.push_back(std::make_shared<const std::vector<Wish>>(std::move(wishes)));
  };
  add_to(planned.in_scope, std::move(in_scope));
  add_to(planned.elsewhere, std::move(elsewhere));
}

/// `known` is what the claim had before, where that is still so of all that local plans depend on.
PlannedClaim plan_claim(const Claim& claim, const Claims& claims, const HostSnapshot& host,
                        const PluginRegistry& plugins, const CpuSet& housekeeping, const PlannedClaim* known) {
  PlannedClaim planned = begin_planning(claim, host, housekeeping);
  const RunningDomain domain{*claim.definition, claim.scope};
  std::optional<Allocation> changed;
  if (planned.helpers != claim.allocation.helpers) {
    changed = claim.allocation;
    changed->helpers = planned.helpers;
  }
  const Allocation& allocation = changed ? *changed : claim.allocation;
  const CpuSet taken_over = handed_over(claim, claims);
  const std::string handle = handle_of(claim);
  const auto fellows = domains_of(fellows_of(claim, claims));
  for (std::size_t index = 0; index < claim.resolved->conditionings.size(); ++index) {
    const auto& conditioning = claim.resolved->conditionings[index];
    const Plugin* plugin = plugins.find(conditioning.name);
    if (plugin == nullptr) {
      planned.conditionings.push_back({});
      planned.residuals.push_back({fmt::format("conditioning {} is not applied", conditioning.name),
                                   "this build of acdr does not have it",
                                   "install the acdr version that made the claim"});
      continue;
    }
    PlannedConditioning one;
    planned.is_local &= plugin->is_local();
    if (known != nullptr && plugin->is_local()) {
      one = known->conditionings[index];
    } else {
      one.why = known != nullptr ? known->conditionings[index].why : Reasons(reason_of(conditioning.name, claim));
      one.plan = std::make_shared<const Plan>(
          plugin->plan({claim.subject, one.why, conditioning.parameters, allocation, taken_over, housekeeping,
                        planned.only_helpers_left, claim.subject.is_host() ? nullptr : &domain, fellows, handle},
                       host));
    }
    planned.conditionings.push_back(std::move(one));
  }
  gather(planned);
  return planned;
}

/// Finds keys that are asked for in ascending order, each from where the one before was.
template <class Map>
class Ascending {
 public:
  Ascending() = default;
  explicit Ascending(const Map& map) : at_(map.begin()), end_(map.end()) {}
  const typename Map::mapped_type* find(const typename Map::key_type& key) {
    while (at_ != end_ && at_->first < key) ++at_;
    return at_ != end_ && at_->first == key ? &at_->second : nullptr;
  }

 private:
  typename Map::const_iterator at_;
  typename Map::const_iterator end_;
};

/// What claims had in an earlier plan. Asked for one after another.
class Known {
 public:
  Known(const std::optional<EarlierPlan>& earlier, const HostCpus& cpus) : earlier_(earlier), cpus_(cpus) {
    if (!earlier) return;
    before_ = Ascending(earlier->claims);
    planned_ = Ascending(earlier->plan.claims);
  }

  /// Null where its local plans may be others now.
  const Shared<PlannedClaim>* of(const Claims::value_type& entry) {
    const auto& [key, claim] = entry;
    if (!earlier_ || cpus_.online != earlier_->plan.cpus.online) return nullptr;
    if (claim->scope.empty() || !claim->together.empty() || earlier_->touched.contains(claim->scope)) return nullptr;
    const auto* before = before_.find(key);
    const auto* known = planned_.find(key);
    if (before == nullptr || known == nullptr || *before != claim) return nullptr;
    const PlannedClaim& planned = **known;
    const bool same = planned.helpers == helpers_now(*claim, cpus_.housekeeping) &&
                      planned.only_helpers_left == cpus_.housekeeping.subset_of(planned.helpers);
    return same ? known : nullptr;
  }

 private:
  const std::optional<EarlierPlan>& earlier_;
  const HostCpus& cpus_;
  Ascending<Claims> before_;
  Ascending<decltype(HostPlan::claims)> planned_;
};

std::vector<const Exclusion*> exclusions_of(const HostPlan& plan) {
  std::vector<const Exclusion*> all;
  for (const auto& [key, claim] : plan.claims)
    for (const auto& exclusion : claim->exclusions) all.push_back(&exclusion);
  return all;
}

/// About as many as there will be.
std::size_t expected_exclusion_wishes(const HostSnapshot& host) {
  return host.cgroups.size() + host.threads.size() + host.irqs.size();
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

/// Where the memory is kept. Memory that is elsewhere already is moved only where that is asked for; it is where it
/// should be if an earlier claim of the domain kept it there.
std::optional<unsigned> memory_node_of(const ClaimRequest& request, const Demand& demand, const Allocation& allocation,
                                       const Claims& claims, const HostSnapshot& host) {
  if (!demand.memory_on_node) return std::nullopt;
  const auto earlier = claims.find(Claim::key_of(request.subject, request.resolved.name));
  const bool there = earlier != claims.end() && earlier->second->allocation.memory_node == allocation.node;
  if (has_memory(host, request.scope) && !there && !demand.may_migrate) return std::nullopt;
  return allocation.node;
}

}  // namespace

std::vector<const Claim*> fellows_of(const Claim& claim, const Claims& claims) {
  std::vector<const Claim*> fellows;
  if (claim.together.empty()) return fellows;
  for (const auto& [key, other] : claims)
    if (other->together == claim.together && key != claim.key()) fellows.push_back(&*other);
  return fellows;
}

CpuSet housekeeping_of(const Claims& claims, const Topology& topology) {
  CpuSet cpus = topology.online;
  for (const auto& [key, claim] : claims) cpus -= claim->allocation.cores;
  return cpus.empty() ? topology.online : cpus;
}

HostPlan plan_claims(const Claims& claims, const HostSnapshot& host, const PluginRegistry& plugins,
                     const std::optional<EarlierPlan>& earlier) {
  static const WishList nothing;
  HostPlan plan;
  plan.cpus = {host.topology.online, housekeeping_of(claims, host.topology)};
  std::vector<WishList::Part> parts;
  Known known_plans(earlier, plan.cpus);
  for (const auto& entry : claims) {
    const auto& [key, claim] = entry;
    const Shared<PlannedClaim>* known = known_plans.of(entry);
    Shared<PlannedClaim> planned =
        known != nullptr && (*known)->is_local
            ? *known
            : plan_claim(*claim, claims, host, plugins, plan.cpus.housekeeping, known == nullptr ? nullptr : &**known);
    plan.unfinished |= planned->unfinished;
    for (const auto* some : {&planned->in_scope, &planned->elsewhere})
      std::ranges::copy(*some, std::back_inserter(parts));
    plan.claims.emplace_hint(plan.claims.end(), key, std::move(planned));
  }
  if (claims.empty()) return plan;
  plan.wishes = WishList(std::move(parts), earlier ? earlier->plan.wishes : nothing);
  std::vector<Wish> of_exclusions;
  of_exclusions.reserve(expected_exclusion_wishes(host));
  Exclusions(exclusions_of(plan), host).add_wishes(plan.wishes, of_exclusions);
  const auto add = [&](std::vector<Wish> wishes) {
    plan.wishes.add(plan.of_no_claim.emplace_back(std::make_shared<const std::vector<Wish>>(std::move(wishes))));
    plan.wishes.sort();
  };
  add(std::move(of_exclusions));
  add(confined_with_their_cgroups(host, plan.wishes));
  return plan;
}

Stays what_stays(const HostPlan& plan, const HostSnapshot& host, const std::optional<Subject>& only) {
  Exclusions exclusions(exclusions_of(plan), host);
  Stays stays;
  std::size_t index = 0;
  for (const auto& [key, claim] : plan.claims)
    for (std::size_t count = claim->exclusions.size(); count > 0; --count, ++index)
      if (!only || key.first == *only) std::ranges::move(exclusions.residuals(index), std::back_inserter(stays[key]));
  return stays;
}

std::optional<Locality> device_locality(const DomainDefinition& domain, const HostSnapshot& host) {
  for (const auto& device : domain.pci_devices)
    if (const auto found = host.pci_nodes.find(device); found != host.pci_nodes.end())
      return Locality{found->second, fmt::format("device {} is on node {}", device, found->second)};
  for (const auto& interface : domain.interfaces)
    if (auto locality = nic_locality(interface, host)) return locality;
  return std::nullopt;
}

namespace {

/// A class that only seems to work is worse than none.
Status check_cgroups(const ResolvedClass& resolved, const HostSnapshot& host, const PluginRegistry& plugins) {
  if (!host.cgroup_v1) return {};
  std::vector<std::string> in_vain;
  for (const auto& conditioning : resolved.conditionings)
    if (const Plugin* plugin = plugins.find(conditioning.name); plugin != nullptr && plugin->needs_cgroups())
      in_vain.push_back(conditioning.name);
  if (in_vain.empty()) return {};
  std::vector<std::string> works;
  for (const auto& plugin : plugins.all())
    if (!plugin->needs_cgroups()) works.push_back(plugin->spec().name);
  return failure(Error(
      ErrorKind::refused,
      fmt::format("this host has cgroups of version 1, and {} cannot work without version 2", fmt::join(in_vain, ", ")),
      fmt::format("boot with systemd.unified_cgroup_hierarchy=1, or use a class of what works here: {}",
                  fmt::join(works, ", "))));
}

Result<Demand> demand_of(const ResolvedClass& resolved, const DomainDefinition* domain, const HostSnapshot& host,
                         const PluginRegistry& plugins) {
  Demand demand;
  if (domain != nullptr) {
    demand.memory = domain->memory;
    if (const auto locality = device_locality(*domain, host)) {
      demand.node = locality->node;
      demand.node_reason = locality->reason;
    }
  }
  for (const auto& conditioning : resolved.conditionings)
    if (const Plugin* plugin = plugins.find(conditioning.name))
      ACDR_CHECK(plugin->demand(conditioning.parameters, domain, host, demand));
  return demand;
}

/// What is still to be placed for a claim that has its helpers and its memory.
Demand rest_of(Demand demand, const Allocation& allocation) {
  demand.vcpus -= allocation.vcpu_cpus.size();
  demand.helper_cores = 0;
  demand.exact_helpers.reset();
  demand.pages.reset();
  demand.memory = {};
  demand.node = allocation.node;
  demand.node_reason = "the domain is there";
  return demand;
}

}  // namespace

Result<Allocation> grow(const Claim& claim, const Claims& claims, const HostSnapshot& host,
                        const PluginRegistry& plugins, const PlacementLimits& limits) {
  Allocation allocation = claim.allocation;
  ACDR_TRY(Demand demand, demand_of(*claim.resolved, &*claim.definition, host, plugins));
  const bool one_by_one = !allocation.vcpu_cpus.empty() && !demand.exact;
  if (!one_by_one || demand.vcpus <= allocation.vcpu_cpus.size()) return allocation;
  demand = rest_of(std::move(demand), allocation);
  const ClaimRequest request{claim.subject, *claim.resolved, {}, &*claim.definition, false, claim.scope};
  Occupancy occupancy = occupancy_of(claims, request, demand, host);
  occupancy.take(claim.name, allocation);
  ACDR_TRY(Allocation more, place(host.topology, demand, occupancy, limits));
  allocation.cores |= more.cores;
  std::ranges::copy(more.vcpu_cpus, std::back_inserter(allocation.vcpu_cpus));
  if (allocation.node != more.node) allocation.node.reset();
  allocation.reasons.push_back(
      fmt::format("{} came with vCPUs that were plugged in.", placement::cpus_in_words(more.cores)));
  return allocation;
}

Result<Claim> make_claim(const ClaimRequest& request, const Claims& claims, const HostSnapshot& host,
                         const PluginRegistry& plugins, const PlacementLimits& limits) {
  if (claims.size() >= most_claims && !claims.contains(Claim::key_of(request.subject, request.resolved.name)))
    return failure(Error(ErrorKind::refused, fmt::format("{} claims live already, and no more may", claims.size()),
                         "release one of them first"));
  ACDR_CHECK(check_cgroups(request.resolved, host, plugins));
  Claim claim;
  claim.subject = request.subject;
  claim.resolved = request.resolved;
  claim.parameters = request.parameters;
  claim.permanent = request.permanent;
  claim.scope = request.scope;
  claim.name = "host";
  if (request.definition != nullptr) {
    claim.definition = *request.definition;
    claim.name = "domain " + request.definition->name;
  }
  ACDR_TRY(const Demand demand, demand_of(*claim.resolved, request.definition, host, plugins));
  ACDR_TRY(claim.allocation, place(host.topology, demand, occupancy_of(claims, request, demand, host), limits));
  claim.allocation.memory_node = memory_node_of(request, demand, claim.allocation, claims, host);
  claim.apart = demand.apart;
  claim.together = demand.together;
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
