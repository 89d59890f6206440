// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/names.hpp"
#include "classes/yaml_node.hpp"

namespace acdr::classes {
namespace {

/// Bytes of the well-formed UTF-8 sequence at the beginning of `text` (RFC 3629), 0 if there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t at = 1; at < length; ++at)
    if ((byte(at) & 0xc0U) != 0x80U) return 0;
  // Overlong forms, surrogates and what is beyond U+10FFFF all show in the second byte.
  const unsigned second = byte(1);
  const bool wrong = (lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
                     (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f);
  return wrong ? 0 : length;
}

}  // namespace

std::optional<UncleanText> find_unclean_text(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf"))
    return UncleanText{0, "the file begins with a byte order mark: save it as plain UTF-8"};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(text.substr(at));
    if (length == 0) return UncleanText{at, "this is not UTF-8 text"};
    const std::string_view character = text.substr(at, length);
    const bool layout = character == "\t" || character == "\n" || character == "\r";
    if (!layout && has_control_characters(character)) return UncleanText{at, "this is a control character"};
    at += length;
  }
  return std::nullopt;
}

}  // namespace acdr::classes
