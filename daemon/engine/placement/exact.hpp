// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/placement/view.hpp"

namespace acdr::placement {

/// Honours an admin's own list of cores, or says why not. Fills cores, vcpu_cpus, node and reasons.
[[nodiscard]] Result<Allocation> place_exact(const HostView& view, const PlacementLimits& limits);

/// Whether an admin's own list of helper CPUs can be honoured.
[[nodiscard]] Status check_exact_helpers(const HostView& view);

}  // namespace acdr::placement
