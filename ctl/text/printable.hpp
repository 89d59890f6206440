// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace acdr::ctl {

/// UTF-8 text on one line that a terminal shows and does not obey: line breaks and tabs become blanks, other control
/// characters '?'. Threads, interfaces and domains may be called anything.
[[nodiscard]] std::string printable(std::string_view text);

/// Columns the text takes, one a character.
[[nodiscard]] std::size_t columns(std::string_view text);

}  // namespace acdr::ctl
