// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/placement/view.hpp"

namespace acdr::placement {

/// Whether the node has room for the huge pages asked for.
[[nodiscard]] bool has_pages(const HostView& view, unsigned node);

/// The huge pages asked for: those that are free first, the rest to be added. On the node that is asked for, else that
/// of the cores, else the one with the most room. Adds reasons. Error: refused.
[[nodiscard]] Result<PageReserve> place_pages(const HostView& view, Allocation& allocation);

}  // namespace acdr::placement
