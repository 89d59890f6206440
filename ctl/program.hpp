// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace acdr::ctl {

/// Runs a program with this process's input and output, and returns its exit code. `command` is the program (looked up
/// in $PATH unless it has a '/') and its arguments. Errors: failed (there is none, it was ended by a signal).
[[nodiscard]] Result<int> run_program(const std::vector<std::string>& command);

}  // namespace acdr::ctl
