// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/placement/view.hpp"

namespace acdr::placement {

/// Chooses CPUs of the host's share for emulator, iothread and vhost threads; fills helpers and adds reasons. Fewer
/// than asked for is no failure: a workload starts with what there is, and the reasons say so.
void choose_helpers(const HostView& view, Allocation& allocation);

}  // namespace acdr::placement
