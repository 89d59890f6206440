// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/placement.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace acdr::placement {

/// Which cores to take first.
enum class Tier {
  isolated,  ///< off the scheduler since boot: nothing else can use them
  cleared,   ///< cleared ahead of time by a host claim, to be taken over
  shared,    ///< in the host's use
};

/// One physical core as this demand sees it.
struct CoreView {
  const PhysicalCore* core = nullptr;
  std::size_t node = 0;    ///< index into HostView::nodes
  bool free = false;       ///< nobody's: may be given to some claim
  bool available = false;  ///< and to this one
  Tier tier = Tier::shared;
  bool pinned = false;   ///< other workloads are pinned here by hand
  int slowness = 0;      ///< 0 for the machine's fastest kind of core
  std::size_t room = 1;  ///< how much of the need it covers: vCPUs where siblings are filled, else 1
};

/// The cores of one NUMA node; on machines without NUMA, and for cores that belong to no node, one without an id.
struct NodeView {
  std::optional<unsigned> id;
  unsigned package = 0;
  Bytes memory;
  Bytes memory_left;                   ///< less that of claims whose memory is kept here
  bool lacks_memory = false;           ///< the guest does not fit in it
  bool lacks_pages = false;            ///< the huge pages do not fit in it that must be where the cores are
  std::vector<std::size_t> available;  ///< indices into HostView::cores
  std::size_t cores = 0;               ///< all its physical cores
  std::size_t room = 0;                ///< sum over `available`
  std::size_t shared_cpus = 0;         ///< CPUs in the host's use now, which helpers can share
};

/// Everything placement asks again and again, worked out once.
struct HostView {
  const Topology* topology = nullptr;
  const Demand* demand = nullptr;
  const Occupancy* occupancy = nullptr;
  CpuSet reserved;                 ///< always the host's
  std::size_t reserved_cores = 0;  ///< physical cores among them
  std::vector<CoreView> cores;     ///< as in Topology::cores
  std::vector<NodeView> nodes;
  std::vector<std::size_t> free_in_cache;  ///< available cores, by last-level cache
  std::optional<std::size_t> wanted;       ///< index of the wanted node, where it has CPUs
};

/// What cores must be fit for to be available.
enum class Fit {
  everything,   ///< also what is placed after them and beside them: huge pages, ways of their caches
  cores_alone,  ///< their own sake; for telling why they cannot be fit for everything
};

/// Indices into HostView::cores, ascending.
using Selection = std::vector<std::size_t>;

[[nodiscard]] HostView view_host(const Topology& topology, const Demand& demand, const Occupancy& occupancy,
                                 const PlacementLimits& limits, Fit fit = Fit::everything);

/// How many of a core's CPUs the host uses now, and helpers could share.
[[nodiscard]] std::size_t shared_cpus_of(const HostView& view, const CoreView& core);

/// The CPUs of the selected cores.
[[nodiscard]] CpuSet cpus_of(const HostView& view, const Selection& selection);

}  // namespace acdr::placement
