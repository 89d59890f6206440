// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/result.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace acdr {

/// A number of bytes; written with a binary unit ("1GiB", "2MiB", "4096B").
struct Bytes {
  std::uint64_t value = 0;
  friend auto operator<=>(const Bytes&, const Bytes&) = default;

  /// Reads "<digits><unit>" with unit B, KiB, MiB, GiB, TiB. Errors (usage): no unit, unknown unit, overflow.
  [[nodiscard]] static Result<Bytes> parse(std::string_view text);
  /// The largest unit that divides it: "1GiB", "1536MiB".
  [[nodiscard]] std::string to_string() const;
};

}  // namespace acdr
