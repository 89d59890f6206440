// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/cpu_set.hpp"
#include "base/result.hpp"

#include <hwloc.h>

#include <filesystem>
#include <memory>
#include <vector>

namespace acdr {

/// An owned, loaded hwloc topology.
class HwlocTopology {
 public:
  /// Loads this machine ("/") or a recorded root. Nothing of the caller's own binding, cgroup or HWLOC_* variables
  /// changes what is found, and no thread is moved to find it.
  [[nodiscard]] static Result<HwlocTopology> load(const std::filesystem::path& root);

  [[nodiscard]] hwloc_topology_t get() const { return topology_.get(); }
  /// Every object of a type, in hwloc's logical order.
  [[nodiscard]] std::vector<hwloc_obj_t> objects(hwloc_obj_type_t type) const;

 private:
  struct Destroy {
    void operator()(hwloc_topology_t topology) const { hwloc_topology_destroy(topology); }
  };
  using Handle = std::unique_ptr<hwloc_topology, Destroy>;
  explicit HwlocTopology(Handle topology) : topology_(std::move(topology)) {}

  Handle topology_;
};

/// The finite part of a bitmap that fits a CpuSet.
[[nodiscard]] CpuSet to_cpu_set(hwloc_const_bitmap_t bitmap);

}  // namespace acdr
