// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/text/style.hpp"

#include <fmt/format.h>

namespace acdr::ctl {
namespace {

/// Select Graphic Rendition parameters of ECMA-48; the eight colours every terminal has.
int rendition(Tone tone) {
  switch (tone) {
    case Tone::heading:
      return 1;
    case Tone::good:
      return 32;
    case Tone::warning:
      return 33;
    case Tone::bad:
      return 31;
    case Tone::faint:
      return 2;
    case Tone::plain:
      break;
  }
  return 0;
}

}  // namespace

std::string Style::paint(Tone tone, std::string_view text) const {
  if (!colour_ || tone == Tone::plain || text.empty()) return std::string(text);
  return fmt::format("\033[{}m{}\033[0m", rendition(tone), text);
}

Tone tone_of_state(std::string_view state) {
  if (state == "active") return Tone::good;
  if (state == "degraded" || state == "pending") return Tone::warning;
  return state == "failed" ? Tone::bad : Tone::plain;
}

}  // namespace acdr::ctl
