// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>

#include "engine/plugin.hpp"

namespace acdr {

/// The conditioning `transparent-hugepages`; see README.md beside this file.
[[nodiscard]] std::unique_ptr<Plugin> transparent_hugepages();

}  // namespace acdr
