// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/claim.hpp"

namespace acdr {

/// Where a claim's helper threads may be now. A later claim may have been given some of their CPUs by name, and then
/// they have to leave those; with none left they are where the host's own work is (`housekeeping`).
[[nodiscard]] CpuSet helpers_now(const Claim& claim, const CpuSet& housekeeping);

}  // namespace acdr
