// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <bit>
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace acdr {

/// Ways of L3 caches, a bit each, by the cache's id.
struct CacheWays {
  std::map<unsigned, std::uint32_t> masks;

  /// As resctrl writes them: "0=ff0;1=fff".
  [[nodiscard]] std::string to_string() const;
  /// The inverse. Error (usage): not such a text.
  [[nodiscard]] static Result<CacheWays> parse(std::string_view text);

  /// Those of one cache; none of one that is not listed.
  [[nodiscard]] std::uint32_t of(unsigned cache) const;
  [[nodiscard]] bool intersects(const CacheWays& other) const;
  [[nodiscard]] bool subset_of(const CacheWays& other) const;
  CacheWays& operator|=(const CacheWays& other);
  friend auto operator<=>(const CacheWays&, const CacheWays&) = default;
};

[[nodiscard]] inline unsigned count_ways(std::uint32_t mask) { return static_cast<unsigned>(std::popcount(mask)); }
/// So many ways beside each other, from this one upwards.
[[nodiscard]] std::uint32_t run_of_ways(unsigned count, unsigned first);
/// The longest run of ways beside each other, the lowest of several; processors take no other masks.
[[nodiscard]] std::uint32_t longest_run(std::uint32_t mask);

}  // namespace acdr
