// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/placement/view.hpp"

namespace acdr::placement {

/// What is looked at first where two selections are alike in all that matters more than the helpers' room. That room is
/// enough or it is not, which does not add up: where the compact one has too little, the one that leaves the most is
/// the other to look at.
enum class Favour {
  compactness,  ///< few caches, small gaps left behind
  hosts_share,  ///< as many of the host's CPUs left as can be, for helper threads
};

/// The best of all selections of `pool` that have room for `need`, by what of a score adds up: all of Score but
/// `lacks_memory`, `mixed_kinds` and `no_room_for_helpers`. A cache that several nodes have between them counts once
/// for each. None when there is no room.
[[nodiscard]] std::optional<Selection> search(const HostView& view, const Selection& pool, std::size_t need,
                                              Favour favour);

}  // namespace acdr::placement
