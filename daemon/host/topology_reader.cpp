// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/escaping_links.hpp"
#include "host/hwloc_environment.hpp"
#include "host/hwloc_topology.hpp"
#include "host/topology.hpp"
#include "host/topology_cores.hpp"
#include "host/topology_files.hpp"

#include <algorithm>

namespace acdr {
namespace {

/// The kernel's own list first: hwloc gives a memory-only node the CPUs of its neighbours.
Result<CpuSet> cpus_of_node(const TopologyFiles& files, hwloc_obj_t node, unsigned id) {
  ACDR_TRY(const auto cpus, files.node_cpus(id));
  if (cpus) return *cpus;
  return node == nullptr ? CpuSet() : to_cpu_set(node->cpuset);
}

/// Only nodes the kernel shows: hwloc makes one up for machines without NUMA information.
Status read_nodes(const TopologyFiles& files, const HwlocTopology& machine, Topology& topology) {
  for (const unsigned id : files.nodes()) {
    const hwloc_obj_t node = hwloc_get_numanode_obj_by_os_index(machine.get(), id);
    ACDR_TRY(const CpuSet cpus, cpus_of_node(files, node, id));
    const std::uint64_t memory = node == nullptr ? 0 : node->attr->numanode.local_memory;
    topology.nodes.push_back({.id = id, .cpus = cpus & topology.online, .memory = Bytes{memory}});
  }
  return {};
}

void assign_nodes(Topology& topology) {
  for (auto& core : topology.cores) {
    const auto node = std::ranges::find_if(
        topology.nodes, [&core](const NumaNode& candidate) { return candidate.cpus.intersects(core.cpus); });
    if (node != topology.nodes.end()) core.node = node->id;
  }
}

Status read_kernel_lists(const TopologyFiles& files, Topology& topology) {
  ACDR_TRY(const auto possible, files.cpus("possible"));
  ACDR_TRY(const auto isolated, files.cpus("isolated"));
  ACDR_TRY(const auto nohz_full, files.cpus("nohz_full"));
  topology.possible = possible.value_or(topology.online);
  topology.isolated = isolated.value_or(CpuSet());
  topology.nohz_full = nohz_full.value_or(CpuSet());
  return {};
}

Result<Topology> read_machine(const TopologyFiles& files, const HwlocTopology& machine) {
  Topology topology;
  ACDR_TRY(auto online, files.cpus("online"));
  if (!online) online = to_cpu_set(hwloc_get_root_obj(machine.get())->cpuset);
  read_cores(machine, *online, topology);
  if (topology.cores.empty()) return failure(ErrorKind::failed, "no CPU is online");
  ACDR_CHECK(read_nodes(files, machine, topology));
  assign_nodes(topology);
  ACDR_CHECK(read_kernel_lists(files, topology));
  return topology;
}

}  // namespace

Result<Topology> read_topology(const std::filesystem::path& root) {
  const bool live = is_live_root(root);
  const auto host = live ? live_access() : recorded_access(root);
  const TopologyFiles files(*host);
  if (!files.has_cpus())
    return failure(ErrorKind::not_found, "{} is not a host root: it has no sys/devices/system/cpu", root.string());
  if (!live) ACDR_CHECK(refuse_escaping_links(root));
  ACDR_TRY(const HwlocTopology machine, HwlocTopology::load(root));
  auto topology = read_machine(files, machine);
  if (!topology && !live) return failure(topology.error().during(root.string()));
  return topology;
}

}  // namespace acdr
