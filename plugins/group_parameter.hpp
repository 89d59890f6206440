// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "engine/plugin.hpp"

namespace acdr {

/// The parameter `group` of conditionings that relate claims to each other.
[[nodiscard]] ParameterSpec group_parameter();

/// The group's name. Error (usage): none was given.
[[nodiscard]] Result<std::string> group_of(const std::string& conditioning, const ParameterValues& parameters);

}  // namespace acdr
