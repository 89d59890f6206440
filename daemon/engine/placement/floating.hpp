// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/placement/view.hpp"

namespace acdr::placement {

/// A node for vCPUs and memory that must be together and want no cores of their own: the wanted one, else the one with
/// the most memory left. Nothing where no node is needed. Error: refused.
[[nodiscard]] Result<Allocation> place_floating(const HostView& view);

}  // namespace acdr::placement
