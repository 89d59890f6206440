// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "ctl/console.hpp"

namespace acdr::ctl {

/// Runs one acdrctl command line (without the program's name) and returns the exit code: 0 done, 1 failed, 2 usage, 3
/// not found, 4 refused, 5 daemon not reachable.
[[nodiscard]] int run(const std::vector<std::string>& arguments, const Console& console);

}  // namespace acdr::ctl
