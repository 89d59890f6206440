// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace acdr {

/// What stands between blanks, tabs and line ends.
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);

}  // namespace acdr
