// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/hwloc_topology.hpp"

#include "host/hwloc_environment.hpp"

#include <cerrno>

namespace acdr {
namespace {

/// INCLUDE_DISALLOWED: a CPU outside the daemon's own cpuset is still a CPU of the host.
/// DONT_CHANGE_BINDING: the x86 discovery would visit every CPU, the isolated ones too.
/// Distances and memory attributes are not used; leaving them out saves reading them.
constexpr unsigned long discovery_flags = HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED |
                                          HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING | HWLOC_TOPOLOGY_FLAG_NO_DISTANCES |
                                          HWLOC_TOPOLOGY_FLAG_NO_MEMATTRS;

Error load_error(const std::filesystem::path& root) {
  return system_error(errno == 0 ? EIO : errno, fmt::format("reading the topology below {} with hwloc", root.string()));
}

}  // namespace

Result<HwlocTopology> HwlocTopology::load(const std::filesystem::path& root) {
  const HwlocEnvironment environment(root);
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) return failure(load_error(root));
  Handle topology(raw);
  if (hwloc_topology_set_flags(raw, discovery_flags) != 0) return failure(load_error(root));
  if (hwloc_topology_set_io_types_filter(raw, HWLOC_TYPE_FILTER_KEEP_NONE) != 0) return failure(load_error(root));
  if (hwloc_topology_load(raw) != 0) return failure(load_error(root));
  return HwlocTopology(std::move(topology));
}

std::vector<hwloc_obj_t> HwlocTopology::objects(hwloc_obj_type_t type) const {
  std::vector<hwloc_obj_t> found;
  for (hwloc_obj_t object = nullptr; (object = hwloc_get_next_obj_by_type(get(), type, object)) != nullptr;)
    found.push_back(object);
  return found;
}

CpuSet to_cpu_set(hwloc_const_bitmap_t bitmap) {
  CpuSet cpus;
  for (int cpu = hwloc_bitmap_first(bitmap); cpu >= 0 && static_cast<unsigned>(cpu) < CpuSet::limit;
       cpu = hwloc_bitmap_next(bitmap, cpu))
    cpus.insert(static_cast<unsigned>(cpu));
  return cpus;
}

}  // namespace acdr
