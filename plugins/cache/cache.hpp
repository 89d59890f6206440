// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>

#include "engine/plugin.hpp"

namespace acdr {

/// The conditioning `cache`; see README.md beside this file.
[[nodiscard]] std::unique_ptr<Plugin> cache();

}  // namespace acdr
