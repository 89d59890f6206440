// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/text/printable.hpp"

#include <algorithm>

namespace acdr::ctl {
namespace {

unsigned char byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

/// U+0080..U+009F, the C1 control characters, are C2 80..C2 9F; terminals obey some of them (9B is CSI).
bool is_c1(std::string_view text, std::size_t at) {
  const unsigned char second = byte_at(text, at + 1);
  return byte_at(text, at) == 0xC2 && second >= 0x80 && second < 0xA0;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned char byte = byte_at(text, i);
    if (byte == '\n' || byte == '\t' || byte == '\r')
      shown += ' ';
    else if (byte < 0x20 || byte == 0x7F)
      shown += '?';
    else if (is_c1(text, i))
      shown += '?', ++i;
    else
      shown += text[i];
  }
  return shown;
}

std::size_t columns(std::string_view text) {
  const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

}  // namespace acdr::ctl
