// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/plugin.hpp"

namespace acdr {

/// Every conditioning this build knows. A new one is a folder and one line in registry.cpp.
[[nodiscard]] PluginRegistry all_plugins();

}  // namespace acdr
