// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/placement/view.hpp"

#include <compare>

namespace acdr::placement {

/// How good a selection is: the lowest, compared member by member, is the best. The order of the members is the order
/// of preferences that placement.hpp promises.
struct Score {
  std::size_t off_wanted_node = 0;  ///< cores away from the wanted node
  std::size_t nodes = 0;            ///< nodes spanned
  std::size_t packages = 0;         ///< packages these nodes are in
  bool lacks_memory = false;        ///< the guest does not fit in these nodes
  std::size_t not_isolated = 0;     ///< cores that are not isolated at boot
  std::size_t not_cleared = 0;      ///< cores that are neither that nor cleared ahead of time
  bool mixed_kinds = false;         ///< cores of different speed
  std::size_t slowness = 0;         ///< sum over the cores
  std::size_t pinned = 0;           ///< cores that others are pinned to
  std::size_t cores = 0;
  bool no_room_for_helpers = false;  ///< too few CPUs of these nodes stay with the host
  std::size_t caches = 0;            ///< last-level caches spanned
  std::size_t left_in_nodes = 0;     ///< best fit: free cores left behind in the nodes ...
  std::size_t left_in_caches = 0;    ///< ... and in the caches
  std::vector<unsigned> which_caches;
  Selection which_cores;

  friend auto operator<=>(const Score&, const Score&) = default;
};

[[nodiscard]] Score score(const HostView& view, const Selection& selection);

}  // namespace acdr::placement
