// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace acdr::ctl {

/// What a piece of text means to the reader.
enum class Tone { plain, heading, good, warning, bad, faint };

/// Colours, or none.
class Style {
 public:
  explicit Style(bool colour) : colour_(colour) {}
  [[nodiscard]] std::string paint(Tone tone, std::string_view text) const;

 private:
  bool colour_;
};

/// The tone of a claim's state.
[[nodiscard]] Tone tone_of_state(std::string_view state);

}  // namespace acdr::ctl
