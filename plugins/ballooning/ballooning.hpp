// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>

#include "engine/plugin.hpp"

namespace acdr {

/// The conditioning `ballooning`; see README.md beside this file.
[[nodiscard]] std::unique_ptr<Plugin> ballooning();

}  // namespace acdr
