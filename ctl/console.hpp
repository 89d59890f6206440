// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <ostream>

#include "base/result.hpp"
#include "ctl/text/style.hpp"

namespace acdr::ctl {

/// Where a command's answer and its complaints go.
struct Console {
  std::ostream& out;
  std::ostream& err;
  Style style;
};

[[nodiscard]] int exit_code(ErrorKind kind);

/// Prints "acdrctl: <message>" on one line, and returns the exit code.
int complain(const Console& console, const Error& error);

}  // namespace acdr::ctl
