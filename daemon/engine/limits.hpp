// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>

namespace acdr {

/// How many claims may live: far more than a host has domains, and few enough that a pass stays short.
inline constexpr std::size_t most_claims = 1024;

}  // namespace acdr
