// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/placement/view.hpp"

namespace acdr::placement {

/// Whether any cores are wanted.
[[nodiscard]] bool wants_cores(const Demand& demand);

/// Whether the groups make sense for what else is demanded. Error: usage.
[[nodiscard]] Status check_groups(const Demand& demand);

/// The cores of the together group's live members. Errors (refused): they do not fit what else is demanded.
[[nodiscard]] Result<Allocation> place_together(const HostView& view);

}  // namespace acdr::placement
