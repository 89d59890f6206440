// SPDX-License-Identifier: GPL-2.0-or-later
// What the live claims hold, as a new claim must see it.
#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "engine/planner.hpp"

namespace acdr {
namespace {

/// Tells the cgroups of claimed domains from those of others, without a look at each claim for each of them.
class ClaimedScopes {
 public:
  explicit ClaimedScopes(const Claims& claims) {
    for (const auto& [key, claim] : claims)
      if (!claim->scope.empty()) scopes_.insert(claim->scope);
  }

  /// Whether it is a claim's scope, or below one.
  [[nodiscard]] bool contain(std::string_view cgroup) const {
    for (auto end = cgroup.size(); end != std::string_view::npos && end > 0; end = cgroup.rfind('/', end - 1))
      if (scopes_.contains(cgroup.substr(0, end))) return true;
    return false;
  }

 private:
  std::unordered_set<std::string_view> scopes_;
};

/// CPUs that threads of machines without a claim are pinned to by hand.
CpuSet pinned_by_hand(const Claims& claims, const HostSnapshot& host) {
  const ClaimedScopes claimed(claims);
  CpuSet pinned;
  for (const auto& thread : host.threads)
    if (!thread.kernel && thread.cgroup.starts_with("machine.slice/") && !claimed.contain(thread.cgroup))
      pinned |= thread.affinity;
  for (const auto& [path, cgroup] : host.cgroups)
    if (path.starts_with("machine.slice/") && cgroup.has_cpuset && cgroup.cpus != host.topology.possible &&
        path.find("/libvirt/vcpu") != std::string::npos && !claimed.contain(path))
      pinned |= cgroup.cpus;
  return pinned;
}

void add_cores(const Claim& claim, bool for_host, Occupancy& occupancy) {
  if (!claim.subject.is_host()) return occupancy.take(claim.name, claim.allocation);
  (for_host ? occupancy.pinned : occupancy.cleared) |= claim.allocation.cores;
  for (const unsigned cpu : claim.allocation.helpers) ++occupancy.helper_load[cpu];
}

std::uint64_t less(std::uint64_t count, std::uint64_t taken) { return count - std::min(count, taken); }

/// Huge pages of this size that a domain has allocated. QEMU allocates all its memory before the guest runs.
std::uint64_t pages_in_use(const DomainDefinition& domain, const std::string& scope, Bytes size,
                           const HostSnapshot& host) {
  if (!has_memory(host, scope) || huge_page_size_of(domain) != size) return 0;
  return pages_for(domain.memory, size);
}

void add_free_pages(NodeMemory& memory, Bytes size, std::uint64_t count) {
  if (const auto pages = memory.huge_pages.find(size); pages != memory.huge_pages.end()) pages->second.free += count;
}

/// As if the subject had no pages yet: what its guest uses and what an earlier claim added for it.
void give_back_pages(const ClaimRequest& request, const PageReserve* earlier, const PageDemand& demand,
                     const HostSnapshot& host, Occupancy& occupancy) {
  const std::uint64_t used =
      request.definition == nullptr ? 0 : pages_in_use(*request.definition, request.scope, demand.size, host);
  // Without an earlier claim it is not known where they are, and none are needed anywhere else.
  for (auto& [node, memory] : occupancy.memory)
    if (earlier == nullptr || earlier->node == node) add_free_pages(memory, demand.size, used);
  if (earlier == nullptr) return;
  NodeMemory& memory = occupancy.memory[earlier->node];
  memory.free.value += earlier->added * earlier->size.value;
  if (const auto pages = memory.huge_pages.find(earlier->size); pages != memory.huge_pages.end())
    pages->second.free = less(pages->second.free, earlier->added);
}

/// Pages that another claim was promised and has not allocated yet are not free, whatever the kernel says.
void take_promised_pages(const Claim& claim, const HostSnapshot& host, Occupancy& occupancy) {
  if (!claim.allocation.pages) return;
  const PageReserve& promised = *claim.allocation.pages;
  auto& sizes = occupancy.memory[promised.node].huge_pages;
  const auto pages = sizes.find(promised.size);
  if (pages == sizes.end()) return;
  const std::uint64_t used = pages_in_use(*claim.definition, claim.scope, promised.size, host);
  pages->second.free = less(pages->second.free, less(promised.count, used));
}

/// What CPUs share with others, looked up for each member of a group without a look at every core of the machine.
class Neighbours {
 public:
  explicit Neighbours(const Topology& topology) {
    for (const auto& core : topology.cores) {
      for (const unsigned cpu : core.cpus) core_of_.emplace(cpu, &core);
      of_cache_[core.last_level_cache] |= core.cpus;
      of_node_[core.node] |= core.cpus;
    }
  }

  /// The CPUs together with all others on the same cores, in the same caches, or on the same nodes.
  [[nodiscard]] CpuSet widened(const CpuSet& cpus, ApartLevel level) const {
    CpuSet wide = cpus;
    for (const unsigned cpu : cpus)
      if (const auto core = core_of_.find(cpu); core != core_of_.end()) wide |= shared_with(*core->second, level);
    return wide;
  }

 private:
  [[nodiscard]] const CpuSet& shared_with(const PhysicalCore& core, ApartLevel level) const {
    if (level == ApartLevel::node) return of_node_.at(core.node);
    return level == ApartLevel::cache ? of_cache_.at(core.last_level_cache) : core.cpus;
  }

  std::unordered_map<unsigned, const PhysicalCore*> core_of_;
  std::map<unsigned, CpuSet> of_cache_;
  std::map<std::optional<unsigned>, CpuSet> of_node_;
};

/// What a claim has for itself; of one without cores, the node it is on.
CpuSet place_of(const Claim& claim, const Topology& topology) {
  if (!claim.allocation.cores.empty() || !claim.allocation.node) return claim.allocation.cores;
  const NumaNode* node = topology.node(*claim.allocation.node);
  return node == nullptr ? CpuSet() : node->cpus;
}

/// Of two members that want to be apart at different levels, the stricter is heard.
void add_apart_group(const Claims& claims, const Claims::key_type& own, const ApartGroup& group,
                     const Topology& topology, Occupancy& occupancy) {
  const Neighbours neighbours(topology);
  for (const auto& [key, claim] : claims) {
    if (key == own || !claim->apart || claim->apart->name != group.name) continue;
    const ApartLevel level = std::max(group.level, claim->apart->level);
    KeptOff& kept = occupancy.apart[claim->name];
    kept.cpus |= neighbours.widened(place_of(*claim, topology), level);
    kept.level = std::max(kept.level, level);
  }
}

void add_together_group(const Claim& claim, const Demand& demand, Occupancy& occupancy) {
  if (demand.together.empty() || demand.together != claim.together) return;
  if (!occupancy.together)
    occupancy.together = SharedCores{claim.name, claim.allocation.cores, claim.allocation.node, "", std::nullopt};
  if (!claim.allocation.cache) return;
  occupancy.together->cache_holder = claim.name;
  occupancy.together->cache = claim.allocation.cache;
}

bool is_own_group(const std::string& name) { return name.starts_with(cache_group_prefix); }

/// As if the subject had no share of the caches yet, and no claim a resource group: theirs are counted by the claims.
void add_cache_control(const ClaimRequest& request, const Claims& claims, const HostSnapshot& host,
                       Occupancy& occupancy) {
  if (!host.cache_control) return;
  occupancy.cache = host.cache_control;
  std::erase_if(occupancy.cache->groups, [](const auto& group) { return is_own_group(group.first); });
  occupancy.cache_groups = occupancy.cache->groups.size();
  for (const auto& [name, group] : occupancy.cache->groups)
    if (!name.empty()) occupancy.cache_holders["group " + name] = {group.l3, true};
  const auto earlier = claims.find(Claim::key_of(request.subject, request.resolved.name));
  if (earlier != claims.end() && earlier->second->allocation.cache)
    occupancy.cache->groups[""].l3 |= earlier->second->allocation.cache->ways;
}

/// Domains take cores over from the host, so its groups are no obstacle to them; the host's claims may overlap.
void add_cache_shares(const Claims& claims, const Claims::key_type& own, bool for_host, Occupancy& occupancy) {
  std::set<std::string> groups;
  for (const auto& [key, claim] : claims) {
    if (key == own || !claim->allocation.cache) continue;
    const std::string holder = claim->subject.is_host() ? "host class " + claim->resolved->name : claim->name;
    occupancy.cache_holders[holder] = *claim->allocation.cache;
    if (claim->subject.is_host() && for_host) occupancy.cache_cores[holder] = claim->allocation.cores;
    groups.insert(handle_of(*claim));
  }
  occupancy.cache_groups += groups.size();
}

}  // namespace

void Occupancy::take(const std::string& holder, const Allocation& allocation) {
  exclusive |= allocation.cores;
  holders[holder] |= allocation.cores;
  for (const unsigned cpu : allocation.helpers) ++helper_load[cpu];
}

std::optional<Bytes> huge_page_size_of(const DomainDefinition& domain) {
  constexpr Bytes default_size{std::uint64_t{2} << 20};
  return domain.huge_page_size == Bytes{} ? default_size : domain.huge_page_size;
}

std::uint64_t pages_for(Bytes memory, Bytes size) {
  return memory.value / size.value + (memory.value % size.value == 0 ? 0 : 1);
}

bool has_memory(const HostSnapshot& host, const std::string& scope) {
  if (scope.empty()) return false;
  const std::string prefix = scope + "/libvirt/vcpu";
  const auto at = host.cgroups.lower_bound(prefix);
  return at != host.cgroups.end() && at->first.starts_with(prefix);
}

Occupancy occupancy_of(const Claims& claims, const ClaimRequest& request, const Demand& demand,
                       const HostSnapshot& host) {
  Occupancy occupancy;
  const auto own = Claim::key_of(request.subject, request.resolved.name);
  occupancy.memory = host.memory;
  const auto earlier = claims.find(own);
  const bool had_pages = earlier != claims.end() && earlier->second->allocation.pages;
  if (demand.pages)
    give_back_pages(request, had_pages ? &*earlier->second->allocation.pages : nullptr, *demand.pages, host, occupancy);
  for (const auto& [key, claim] : claims) {
    if (key != own || request.subject.is_host()) add_cores(*claim, request.subject.is_host(), occupancy);
    if (key == own) continue;
    take_promised_pages(*claim, host, occupancy);
    add_together_group(*claim, demand, occupancy);
    if (const auto node = claim->allocation.memory_node)
      occupancy.kept_memory[*node].value += claim->definition->memory.value;
  }
  if (demand.apart) add_apart_group(claims, own, *demand.apart, host.topology, occupancy);
  add_cache_control(request, claims, host, occupancy);
  add_cache_shares(claims, own, request.subject.is_host(), occupancy);
  occupancy.cleared -= occupancy.exclusive;
  occupancy.pinned |= pinned_by_hand(claims, host);
  return occupancy;
}

}  // namespace acdr
