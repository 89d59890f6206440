// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>

#include "engine/plugin.hpp"

namespace acdr {

/// The conditioning `numa-balancing`; see README.md beside this file.
[[nodiscard]] std::unique_ptr<Plugin> numa_balancing();

}  // namespace acdr
