// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/placement/view.hpp"

namespace acdr::placement {

/// The proposal where cores are wanted and nothing says how many (`cores: auto` on the host): every free core isolated
/// at boot, since nothing else can use those; else the most cores of one kind on one node, at most half of the
/// machine's. None when there is nothing to give.
[[nodiscard]] std::optional<Selection> propose_cores(const HostView& view);

}  // namespace acdr::placement
