// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/words.hpp"

#include <algorithm>

namespace acdr {

std::vector<std::string> words_of(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  std::vector<std::string> words;
  for (auto from = text.find_first_not_of(blanks); from != std::string_view::npos;
       from = text.find_first_not_of(blanks, from)) {
    const auto end = std::min(text.find_first_of(blanks, from), text.size());
    words.emplace_back(text.substr(from, end - from));
    from = end;
  }
  return words;
}

}  // namespace acdr
