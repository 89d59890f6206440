// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/names.hpp"

#include "classes/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace acdr::classes {
namespace {

constexpr std::size_t max_quoted = 60;  // bytes
constexpr std::size_t max_listed = 40;  // names

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_control(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x20 || byte == 0x7f) return true;
  // U+0080..U+009F are C2 80..C2 9F in UTF-8; a terminal may read them as escapes too.
  return byte == 0xc2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0;
}

/// Never cuts a UTF-8 sequence in two.
std::string_view shortened(std::string_view text) {
  if (text.size() <= max_quoted) return text;
  std::size_t end = max_quoted;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return text.substr(0, end);
}

/// As edit_distance, but what was cut short ("int" for "integer") is near too.
std::size_t distance(std::string_view name, std::string_view candidate) {
  constexpr std::size_t telling = 3;
  const bool cut_short = name.size() >= telling && candidate.starts_with(name);
  return cut_short ? 1 : edit_distance(name, candidate);
}

/// How far a typing error may be from what was meant.
std::size_t tolerance(std::string_view name) { return std::max<std::size_t>(1, name.size() / 3); }

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= max_name_length && is_lower(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

bool has_control_characters(std::string_view utf8) {
  for (std::size_t at = 0; at < utf8.size(); ++at)
    if (is_control(utf8, at)) return true;
  return false;
}

std::string in_quotes(std::string_view text) {
  const std::string_view shown = shortened(text);
  std::string result = "'";
  for (std::size_t at = 0; at < shown.size(); ++at) {
    const bool control = is_control(shown, at);
    result += control ? '?' : shown[at];
    if (control && static_cast<unsigned char>(shown[at]) == 0xc2) ++at;
  }
  result += shown.size() < text.size() ? "...'" : "'";
  return result;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, max_name_length);
  b = b.substr(0, max_name_length);
  std::array<std::array<std::size_t, max_name_length + 1>, max_name_length + 1> cost{};
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      cost[i][j] =
          std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

std::vector<std::string> nearest_first(std::string_view name, std::vector<std::string> known) {
  std::vector<std::pair<std::size_t, std::string>> ranked;
  ranked.reserve(known.size());
  for (auto& candidate : known) {
    const std::size_t away = distance(name, candidate);
    ranked.emplace_back(away, std::move(candidate));
  }
  std::ranges::sort(ranked);
  std::vector<std::string> sorted;
  sorted.reserve(ranked.size());
  for (auto& [away, candidate] : ranked) sorted.push_back(std::move(candidate));
  return sorted;
}

std::string suggestion(std::string_view name, std::vector<std::string> known) {
  if (known.empty()) return "there are none";
  const auto sorted = nearest_first(name, std::move(known));
  if (distance(name, sorted.front()) > tolerance(name)) return "known: " + join(sorted);
  return fmt::format("did you mean '{}'? known: {}", sorted.front(), join(sorted));
}

std::string join(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), max_listed);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

}  // namespace acdr::classes
