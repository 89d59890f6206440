// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/placement/view.hpp"

#include <set>

namespace acdr::placement {

/// Picks `count` of `candidates` (ascending, alike in all that matters more) so that they span the fewest further
/// last-level caches, and among such choices leave the fewest free cores behind in them. `opened` are caches that the
/// rest of the selection spans anyway.
[[nodiscard]] Selection fit_in_caches(const HostView& view, const Selection& candidates, std::size_t count,
                                      const std::set<unsigned>& opened);

}  // namespace acdr::placement
