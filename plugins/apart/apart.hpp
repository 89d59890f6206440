// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/plugin.hpp"

namespace acdr {

/// The conditioning `apart`; see README.md beside this file.
[[nodiscard]] std::unique_ptr<Plugin> apart();

}  // namespace acdr
