// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "host/topology.hpp"

#include <algorithm>

namespace acdr::test {

/// A regular machine, by counts. CPUs are numbered core by core over packages and nodes.
struct Shape {
  unsigned packages = 1;
  unsigned nodes_per_package = 1;
  unsigned caches_per_node = 1;
  unsigned cores_per_cache = 4;
  unsigned threads = 1;
  bool adjacent_siblings = false;  ///< core n has CPUs 2n and 2n+1; otherwise n and n + number of cores, as most PCs do
  Bytes memory_per_node{std::uint64_t{16} << 30};
};

inline CpuSet core_cpus(const Shape& shape, unsigned core, unsigned cores) {
  CpuSet cpus;
  for (unsigned thread = 0; thread < shape.threads; ++thread)
    cpus.insert(shape.adjacent_siblings ? core * shape.threads + thread : core + thread * cores);
  return cpus;
}

inline Topology make_topology(const Shape& shape) {
  Topology topology;
  const unsigned nodes = shape.packages * shape.nodes_per_package;
  const unsigned cores_per_node = shape.caches_per_node * shape.cores_per_cache;
  for (unsigned id = 0; id < nodes; ++id)
    topology.nodes.push_back({.id = id, .cpus = {}, .memory = shape.memory_per_node});
  topology.last_level_caches.resize(std::size_t{nodes} * shape.caches_per_node);
  for (unsigned core = 0; core < nodes * cores_per_node; ++core) {
    const CpuSet cpus = core_cpus(shape, core, nodes * cores_per_node);
    const unsigned node = core / cores_per_node;
    const unsigned cache = core / shape.cores_per_cache;
    topology.cores.push_back({.cpus = cpus,
                              .package = node / shape.nodes_per_package,
                              .node = node,
                              .last_level_cache = cache,
                              .efficiency = 0});
    topology.nodes[node].cpus |= cpus;
    topology.last_level_caches[cache] |= cpus;
    topology.online |= cpus;
  }
  topology.possible = topology.online;
  return topology;
}

/// The same machine with some CPUs offline.
inline Topology with_offline(Topology topology, const CpuSet& cpus) {
  topology.online -= cpus;
  for (auto& core : topology.cores) core.cpus -= cpus;
  for (auto& node : topology.nodes) node.cpus -= cpus;
  for (auto& cache : topology.last_level_caches) cache -= cpus;
  std::erase_if(topology.cores, [](const PhysicalCore& core) { return core.cpus.empty(); });
  std::ranges::sort(topology.cores, {}, [](const PhysicalCore& core) { return core.cpus.first(); });
  return topology;
}

inline Topology with_isolated(Topology topology, const CpuSet& cpus) {
  topology.isolated = cpus;
  return topology;
}

/// A machine whose kernel has no NUMA support.
inline Topology without_numa(Topology topology) {
  topology.nodes.clear();
  for (auto& core : topology.cores) core.node.reset();
  return topology;
}

}  // namespace acdr::test
