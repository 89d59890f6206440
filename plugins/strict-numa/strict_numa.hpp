// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/plugin.hpp"

namespace acdr {

/// The conditioning `strict-numa`; see README.md beside this file.
[[nodiscard]] std::unique_ptr<Plugin> strict_numa();

}  // namespace acdr
