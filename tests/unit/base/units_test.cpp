// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/units.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace acdr {
namespace {

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;
constexpr std::uint64_t gib = 1024 * mib;
constexpr std::uint64_t tib = 1024 * gib;

std::uint64_t value_of(std::string_view text) {
  const auto size = Bytes::parse(text);
  EXPECT_TRUE(size) << text;
  return size ? size->value : 0;
}

TEST(Bytes, AreReadWithEachUnit) {
  EXPECT_EQ(value_of("4096B"), 4096U);
  EXPECT_EQ(value_of("3KiB"), 3 * kib);
  EXPECT_EQ(value_of("2MiB"), 2 * mib);
  EXPECT_EQ(value_of("1GiB"), gib);
  EXPECT_EQ(value_of("5TiB"), 5 * tib);
  EXPECT_EQ(value_of("0B"), 0U);
  EXPECT_EQ(value_of("0GiB"), 0U);
}

TEST(Bytes, AreWrittenWithTheLargestUnitThatDivides) {
  EXPECT_EQ(Bytes{gib}.to_string(), "1GiB");
  EXPECT_EQ(Bytes{1536 * mib}.to_string(), "1536MiB");
  EXPECT_EQ(Bytes{1024 * gib}.to_string(), "1TiB");
  EXPECT_EQ(Bytes{4095}.to_string(), "4095B");
  EXPECT_EQ(Bytes{4096}.to_string(), "4KiB");
  EXPECT_EQ(Bytes{0}.to_string(), "0B");
  EXPECT_EQ(Bytes{std::numeric_limits<std::uint64_t>::max()}.to_string(), "18446744073709551615B");
}

TEST(Bytes, NeedAUnitThatIsWrittenOut) {
  for (const char* text :
       {"", "1", "1024", "1G", "1g", "1GB", "1gib", "1Gib", "1 GiB", "GiB", "1GiB ", " 1GiB", "1PiB", "1GiBs"}) {
    const auto size = Bytes::parse(text);
    ASSERT_FALSE(size) << text;
    EXPECT_EQ(size.error().kind(), ErrorKind::usage);
    EXPECT_EQ(size.error().message(),
              std::string("'") + text + "' is not a size such as 1GiB (decimal digits, then B, KiB, MiB, GiB or TiB)");
  }
}

TEST(Bytes, TakeNoNumberThatIsOpenToGuessing) {
  for (const char* text : {"010MiB", "00B", "0x10KiB", "1e3B", "+1B", "-1B", "1.5GiB", "1_000B", "1,000B"})
    EXPECT_FALSE(Bytes::parse(text)) << text;
}

TEST(Bytes, DoNotOverflow) {
  EXPECT_EQ(value_of("18446744073709551615B"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(value_of("16777215TiB"), 16777215 * tib);
  for (const char* text :
       {"18446744073709551616B", "16777216TiB", "18014398509481984KiB", "99999999999999999999999GiB"}) {
    const auto size = Bytes::parse(text);
    ASSERT_FALSE(size) << text;
    EXPECT_EQ(size.error().message(), std::string("size '") + text + "' is beyond 2^64 bytes");
  }
}

TEST(Bytes, AreOrderedByTheirNumber) {
  EXPECT_LT(Bytes{1}, Bytes{2});
  EXPECT_EQ(Bytes{gib}, Bytes{1024 * mib});
}

RC_GTEST_PROP(BytesProperty, AnySizeReadsBackAsWhatWasWritten, (std::uint64_t value)) {
  const auto again = Bytes::parse(Bytes{value}.to_string());
  RC_ASSERT(again.has_value());
  RC_ASSERT(again->value == value);
}

RC_GTEST_PROP(BytesProperty, AnyTextIsReadOrRefusedWithAReason, (const std::string& text)) {
  const auto size = Bytes::parse(text);
  if (!size) RC_ASSERT(!size.error().message().empty());
}

}  // namespace
}  // namespace acdr
