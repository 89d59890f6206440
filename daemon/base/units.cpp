// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/units.hpp"

#include <array>
#include <charconv>
#include <limits>

#include "base/printable.hpp"

namespace acdr {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
/// Largest first, so that the first one that divides is the one to print.
constexpr std::array units{
    Unit{"TiB", std::uint64_t{1} << 40},
    Unit{"GiB", std::uint64_t{1} << 30},
    Unit{"MiB", std::uint64_t{1} << 20},
    Unit{"KiB", std::uint64_t{1} << 10},
    Unit{"B", 1},
};

std::unexpected<Error> not_a_size(std::string_view text) {
  return failure(ErrorKind::usage, "'{}' is not a size such as 1GiB (decimal digits, then B, KiB, MiB, GiB or TiB)",
                 printable(text));
}

std::unexpected<Error> too_large(std::string_view text) {
  return failure(ErrorKind::usage, "size '{}' is beyond 2^64 bytes", printable(text));
}

const Unit* find_unit(std::string_view name) {
  for (const auto& unit : units)
    if (unit.name == name) return &unit;
  return nullptr;
}

}  // namespace

Result<Bytes> Bytes::parse(std::string_view text) {
  std::uint64_t count = 0;
  const char* const begin = text.data();
  const auto [end, error] = std::from_chars(begin, begin + text.size(), count);
  if (error == std::errc::result_out_of_range) return too_large(text);
  if (error != std::errc{}) return not_a_size(text);
  const auto digits = static_cast<std::size_t>(end - begin);
  // A leading zero is octal to some readers and decimal to others: nobody gets to guess.
  if (digits > 1 && text.front() == '0') return not_a_size(text);
  const Unit* unit = find_unit(text.substr(digits));
  if (unit == nullptr) return not_a_size(text);
  if (count > std::numeric_limits<std::uint64_t>::max() / unit->factor) return too_large(text);
  return Bytes{count * unit->factor};
}

std::string Bytes::to_string() const {
  for (const auto& unit : units)
    if (value != 0 && value % unit.factor == 0) return fmt::format("{}{}", value / unit.factor, unit.name);
  return "0B";
}

}  // namespace acdr
