// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/placement/view.hpp"

namespace acdr::placement {

/// The best selection of available cores that has room for `need`: on one node, or over several where no node has room
/// and the demand accepts it. None when there is no room.
[[nodiscard]] std::optional<Selection> choose_cores(const HostView& view, std::size_t need);

/// The nodes the demand may use: the wanted one alone where it is required, and those alone that hold the memory where
/// it must be there too.
[[nodiscard]] std::vector<std::size_t> usable_nodes(const HostView& view);
/// Of these the ones that have all of what is to be on one node with the cores: the huge pages as well.
[[nodiscard]] std::vector<std::size_t> nodes_for_all(const HostView& view);

}  // namespace acdr::placement
