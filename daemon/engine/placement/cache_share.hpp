// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/placement/view.hpp"

namespace acdr::placement {

/// The CPUs that cannot have the share asked for: other resource groups have them, or too many ways of their caches.
[[nodiscard]] CpuSet cpus_without_ways(const HostView& view);

/// A resource group for the cores, with the ways asked for of each L3 cache that they use: in one run, such that the
/// host keeps the longest run it can, from the top. Members of a together group have one between them. None where the
/// host cannot share its caches out, and for claims without cores. Adds reasons. Error: refused.
[[nodiscard]] Result<std::optional<CacheReserve>> place_cache_share(const HostView& view, Allocation& allocation);

}  // namespace acdr::placement
