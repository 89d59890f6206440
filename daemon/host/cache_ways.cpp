// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/cache_ways.hpp"

#include <algorithm>
#include <charconv>
#include <ranges>

#include "base/printable.hpp"

namespace acdr {
namespace {

constexpr unsigned mask_bits = 32;

bool parse_number(std::string_view text, int base, std::uint32_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string CacheWays::to_string() const {
  std::string text;
  for (const auto& [cache, mask] : masks) text += fmt::format("{}{}={:x}", text.empty() ? "" : ";", cache, mask);
  return text;
}

Result<CacheWays> CacheWays::parse(std::string_view text) {
  CacheWays ways;
  if (text.empty()) return ways;
  for (const auto part : text | std::views::split(';')) {
    const std::string_view item(part.begin(), part.end());
    const auto equals = std::min(item.find('='), item.size());
    std::uint32_t cache = 0;
    std::uint32_t mask = 0;
    if (equals == item.size() || !parse_number(item.substr(0, equals), 10, cache) ||
        !parse_number(item.substr(equals + 1), 16, mask))
      return failure(ErrorKind::usage, "'{}' does not name the ways of caches, as in 0=ff0;1=fff", printable(text));
    ways.masks[cache] = mask;
  }
  return ways;
}

std::uint32_t CacheWays::of(unsigned cache) const {
  const auto found = masks.find(cache);
  return found == masks.end() ? 0 : found->second;
}

bool CacheWays::intersects(const CacheWays& other) const {
  return std::ranges::any_of(masks, [&](const auto& entry) { return (entry.second & other.of(entry.first)) != 0; });
}

bool CacheWays::subset_of(const CacheWays& other) const {
  return std::ranges::all_of(masks, [&](const auto& entry) { return (entry.second & ~other.of(entry.first)) == 0; });
}

CacheWays& CacheWays::operator|=(const CacheWays& other) {
  for (const auto& [cache, mask] : other.masks) masks[cache] |= mask;
  return *this;
}

std::uint32_t run_of_ways(unsigned count, unsigned first) {
  const std::uint64_t run = ((std::uint64_t{1} << std::min(count, mask_bits)) - 1) << first;
  return static_cast<std::uint32_t>(run);
}

std::uint32_t longest_run(std::uint32_t mask) {
  std::uint32_t longest = 0;
  unsigned at = 0;
  while (at < mask_bits && (mask >> at) != 0) {
    at += static_cast<unsigned>(std::countr_zero(mask >> at));
    const auto length = static_cast<unsigned>(std::countr_one(mask >> at));
    if (length > count_ways(longest)) longest = run_of_ways(length, at);
    at += length;
  }
  return longest;
}

}  // namespace acdr
