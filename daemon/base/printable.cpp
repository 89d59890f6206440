// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/printable.hpp"

#include <fmt/format.h>

namespace acdr {

std::string printable(std::string_view text) {
  constexpr std::size_t longest = 80;
  std::string shown;
  for (const char c : text.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(c);
    shown += byte < ' ' || byte == 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return text.size() > longest ? shown + "..." : shown;
}

}  // namespace acdr
