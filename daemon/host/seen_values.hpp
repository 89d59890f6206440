// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>

#include "host/snapshot.hpp"

namespace acdr {

using KnobValues = std::map<KnobId, KnobValue>;

/// The values of those knobs that a snapshot has looked at already, as their backends would read them. What was not
/// there, or could not be read, is not among them.
[[nodiscard]] KnobValues seen_values(const HostSnapshot& host);

}  // namespace acdr
