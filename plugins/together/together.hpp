// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/plugin.hpp"

namespace acdr {

/// The conditioning `together`; see README.md beside this file.
[[nodiscard]] std::unique_ptr<Plugin> together();

}  // namespace acdr
