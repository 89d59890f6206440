// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/cpu_set.hpp"
#include "base/units.hpp"
#include "host/snapshot.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace acdr {

/// Huge pages that are to be there before the subject allocates its memory.
struct PageDemand {
  Bytes size;
  std::uint64_t count = 0;
  std::optional<unsigned> node;  ///< this node and no other; none: the claim's, else the one with the most room
  std::string node_reason;       ///< why that node: "the class asks for it"
};

/// A share of the L3 caches that the subject's cores use.
struct CacheDemand {
  unsigned ways = 0;      ///< of each; 0 where only bandwidth is shared out
  bool exclusive = true;  ///< that nobody else uses
};

/// What members of an apart group must not share.
enum class ApartLevel { core, cache, node };
[[nodiscard]] std::string_view to_string(ApartLevel level);
/// The inverse; a core for any other text.
[[nodiscard]] ApartLevel apart_level_from(std::string_view text);

struct ApartGroup {
  std::string name;
  ApartLevel level = ApartLevel::core;
  friend bool operator==(const ApartGroup&, const ApartGroup&) = default;
};

/// What a claim needs of the host, gathered from its conditionings and its subject.
struct Demand {
  std::size_t vcpus = 0;                  ///< CPUs to hand to vCPUs one by one; 0 when nothing is pinned 1:1
  bool whole_cores = false;               ///< one vCPU per physical core, the SMT siblings stay idle
  std::optional<std::size_t> core_count;  ///< physical cores wanted when there are no vCPUs to count (host subjects)
  std::optional<CpuSet> exact;            ///< these CPUs and no others (an admin's `cores: 2-5`)
  bool any_cores = false;                 ///< cores are wanted; with no count given, placement proposes a number
  bool may_split_nodes = false;           ///< accept more than one NUMA node when none has room
  std::optional<unsigned> node;           ///< wanted node (the NIC's, the passed-through device's, or the admin's)
  std::string node_reason;                ///< why that node: "NIC enp33s0 is on node 1"
  bool node_required = false;             ///< refuse instead of using another node
  std::size_t helper_cores = 0;           ///< housekeeping CPUs for emulator, iothreads and vhost
  std::optional<CpuSet> exact_helpers;
  CpuSet helper_avoid;             ///< CPUs where the NIC's interrupts land, or are sent to
  Bytes memory;                    ///< guest memory, to prefer a node that holds it
  bool memory_on_node = false;     ///< the memory must be on the node of the cores: one node that holds both
  bool may_migrate = false;        ///< memory that is elsewhere already is moved there
  std::size_t floating_vcpus = 0;  ///< vCPUs that share the CPUs of that node with others where no cores are wanted
  std::optional<PageDemand> pages;
  std::optional<CacheDemand> cache;
  std::optional<ApartGroup> apart;  ///< shares none of these with other members of the group
  std::string together;             ///< shares its cores with the other members of the group; "" = with nobody
};

/// Huge pages promised to a claim.
struct PageReserve {
  unsigned node = 0;
  Bytes size;
  std::uint64_t count = 0;  ///< all of them
  std::uint64_t added = 0;  ///< those beyond the ones that were free before
  friend bool operator==(const PageReserve&, const PageReserve&) = default;
};

/// A resource group of its own that a claim was promised.
struct CacheReserve {
  CacheWays ways;
  bool exclusive = true;  ///< these ways are nobody else's
  friend bool operator==(const CacheReserve&, const CacheReserve&) = default;
};

/// What placement found. Never changes while the claim lives.
struct Allocation {
  CpuSet cores;                      ///< everything taken out of the host's use, idle SMT siblings included
  std::vector<unsigned> vcpu_cpus;   ///< vCPU n runs on vcpu_cpus[n]; empty when nothing is pinned 1:1
  CpuSet helpers;                    ///< shared with the host, never part of `cores`
  std::optional<unsigned> node;      ///< the node the cores (or the floating vCPUs) are on; none when they span nodes
  std::vector<std::string> reasons;  ///< sentences: why these
  std::optional<unsigned> memory_node;  ///< the node its memory is kept on; none: on any, or it was there before
  std::optional<PageReserve> pages;
  std::optional<CacheReserve> cache;  ///< none where the host cannot share its caches out
  friend bool operator==(const Allocation&, const Allocation&) = default;
};

/// What another member of the same apart group takes out of reach.
struct KeptOff {
  CpuSet cpus;
  ApartLevel level = ApartLevel::core;  ///< the stricter of what the two ask for
};

/// Cores that the live members of a together group share.
struct SharedCores {
  std::string holder;  ///< one of the members in words
  CpuSet cores;
  std::optional<unsigned> node;
  std::string cache_holder;  ///< the one whose share of the caches `cache` is
  std::optional<CacheReserve> cache;
};

/// What is already promised to others.
struct Occupancy {
  CpuSet exclusive;  ///< cores of live domain claims: never given twice
  CpuSet cleared;    ///< cores a host claim cleared ahead of time: free to take over, preferred
  CpuSet pinned;     ///< CPUs other workloads are pinned to by hand: avoided while others are free
  std::map<unsigned, std::size_t> helper_load;            ///< how many claims already use a CPU as helper
  std::string describe_holder(const CpuSet& cpus) const;  ///< "domain web1 holds 2-3"; for refusals
  std::map<std::string, CpuSet> holders;                  ///< subject in words -> its cores
  std::map<std::string, KeptOff> apart;   ///< member of the same apart group in words -> what to keep off for it
  std::optional<SharedCores> together;    ///< of the same together group
  std::map<unsigned, Bytes> kept_memory;  ///< by node: the memory of claims that is kept there
  std::map<unsigned, NodeMemory> memory;  ///< by node, less what others were promised and have not allocated yet
  std::optional<CacheControl> cache;      ///< what of the caches can be shared out
  std::map<std::string, CacheReserve> cache_holders;  ///< claims and groups of others in words -> their ways
  std::map<std::string, CpuSet> cache_cores;          ///< claims in words -> cores that are in their resource group
  std::size_t cache_groups = 0;                       ///< resource groups there are, the default one among them
  [[nodiscard]] CpuSet apart_cpus() const;
  /// A domain holds these cores, and uses these helpers.
  void take(const std::string& holder, const Allocation& allocation);
};

/// Limits an admin sets in /etc/acdr/acdr.yaml.
struct PlacementLimits {
  std::size_t housekeeping_cores = 1;  ///< physical cores that always stay with the host
  std::optional<CpuSet> housekeeping;  ///< these CPUs always stay with the host
};

/// The CPUs that always stay with the host: the configured ones, else the lowest-numbered cores that are not isolated
/// at boot.
[[nodiscard]] CpuSet reserved_housekeeping(const Topology& topology, const PlacementLimits& limits);

/// Chooses cores and helpers. Pure: same input, same answer. Preference, in this order: the required/wanted node;
/// boot-isolated cores; cores cleared ahead of time; one node; cores nobody pinned to; compact in the last-level cache;
/// best fit (the node and cache with the least room that suffices), so that large requests still find room; lowest
/// numbers. The best of all selections of whole free cores by this order is found, not just a good one; where huge
/// pages or cache ways are asked for, it is the best of those that can have them. `helpers` come from the host's share:
/// the same node first, not in `helper_avoid`, least used by others, highest numbers, never in `cores`. A member of a
/// together group that has live members gets their cores. Errors: usage (`exact` names CPUs that are not online, groups
/// without cores, a group that shares cores with vCPUs pinned 1:1), refused (not enough free cores, memory, huge pages
/// or cache ways; the message counts what is free, on which nodes, and who holds the rest).
[[nodiscard]] Result<Allocation> place(const Topology& topology, const Demand& demand, const Occupancy& occupancy,
                                       const PlacementLimits& limits);

}  // namespace acdr
