// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/harness.hpp"

#include <algorithm>
#include <stdexcept>

namespace acdr::fuzz {

void promise(bool holds, std::string_view what) {
  if (!holds) throw std::logic_error("a promise is broken: " + std::string(what));
}

void promise_one_line(std::string_view message) {
  constexpr std::size_t longest = 2000;
  promise(!message.empty(), "an error says what is wrong");
  promise(message.size() <= longest, "an error is no longer than a line of a log");
  promise(std::ranges::none_of(message, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }),
          "an error has no control characters");
}

}  // namespace acdr::fuzz
