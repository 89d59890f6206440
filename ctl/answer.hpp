// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "ctl/console.hpp"

namespace acdr::ctl {

/// Turns a report (engine/report.hpp) into what a person reads.
using View = std::string (*)(const nlohmann::json&, Style);

/// Prints a report, as it is or through the view. Error: it is not of the expected shape.
[[nodiscard]] Status print(const Console& console, const std::string& report, bool json, View view);

}  // namespace acdr::ctl
