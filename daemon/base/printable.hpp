// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace acdr {

/// Foreign text made fit for one line of a message: control characters as \xNN, cut after 80 bytes.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace acdr
