// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/catalogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace acdr {
namespace {

using testing::HasSubstr;

ParameterSpec spec(ParameterType type, std::vector<std::string> choices = {}) {
  ParameterSpec result;
  result.name = "p";
  result.type = type;
  result.choices = std::move(choices);
  return result;
}

ParameterSpec limited(ParameterType type, std::optional<std::int64_t> min, std::optional<std::int64_t> max) {
  ParameterSpec result = spec(type);
  result.min = min;
  result.max = max;
  return result;
}

std::string error(const ParameterSpec& parameter, std::string_view text) {
  const auto value = parse_value(parameter, text);
  EXPECT_FALSE(value) << text << " was read as " << (value ? to_text(*value) : "");
  if (value) return "";
  EXPECT_EQ(value.error().kind(), ErrorKind::usage);
  return value.error().message();
}

TEST(ParseValue, ReadsEachType) {
  EXPECT_EQ(parse_value(spec(ParameterType::integer), "-12"), ParameterValue(std::int64_t{-12}));
  EXPECT_EQ(parse_value(spec(ParameterType::integer), "0"), ParameterValue(std::int64_t{0}));
  EXPECT_EQ(parse_value(spec(ParameterType::boolean), "true"), ParameterValue(true));
  EXPECT_EQ(parse_value(spec(ParameterType::boolean), "false"), ParameterValue(false));
  EXPECT_EQ(parse_value(spec(ParameterType::string), ""), ParameterValue(std::string()));
  EXPECT_EQ(parse_value(spec(ParameterType::string), "größe 1"), ParameterValue(std::string("größe 1")));
  EXPECT_EQ(parse_value(spec(ParameterType::choice, {"a", "b"}), "b"), ParameterValue(std::string("b")));
  EXPECT_EQ(parse_value(spec(ParameterType::size), "1GiB"), ParameterValue(Bytes{1 << 30}));
  EXPECT_EQ(parse_value(spec(ParameterType::cpus), "2-3"), ParameterValue(CpuSelection{CpuSet{2, 3}}));
  EXPECT_EQ(parse_value(spec(ParameterType::cpus, {"auto"}), "auto"), ParameterValue(CpuSelection{"auto"}));
  EXPECT_EQ(parse_value(spec(ParameterType::cpus, {"auto"}), "0-4095"),
            ParameterValue(CpuSelection{CpuSet::range(0, 4095)}));
}

TEST(ParseValue, ReadsEveryTypesTextBack) {
  const std::vector<std::pair<ParameterSpec, ParameterValue>> values{
      {spec(ParameterType::integer), std::numeric_limits<std::int64_t>::min()},
      {spec(ParameterType::integer), std::numeric_limits<std::int64_t>::max()},
      {spec(ParameterType::boolean), true},
      {spec(ParameterType::string), std::string("a b")},
      {spec(ParameterType::choice, {"x y"}), std::string("x y")},
      {spec(ParameterType::size), Bytes{std::numeric_limits<std::uint64_t>::max()}},
      {spec(ParameterType::cpus), CpuSelection{CpuSet{0, 1, 2, 4095}}},
      {spec(ParameterType::cpus, {"nic"}), CpuSelection{"nic"}},
  };
  for (const auto& [parameter, value] : values) EXPECT_EQ(parse_value(parameter, to_text(value)), value);
}

TEST(ParseValue, NamesTheParameterTheTextAndWhatIsAllowed) {
  EXPECT_EQ(error(limited(ParameterType::integer, 1, 64), "65"), "parameter 'p': 65 is out of range: allowed is 1..64");
  EXPECT_EQ(error(limited(ParameterType::integer, 1, {}), "0"),
            "parameter 'p': 0 is out of range: allowed is at least 1");
  EXPECT_EQ(error(limited(ParameterType::integer, {}, -1), "0"),
            "parameter 'p': 0 is out of range: allowed is at most -1");
  EXPECT_EQ(error(limited(ParameterType::size, 1 << 20, 1 << 30), "4KiB"),
            "parameter 'p': 4KiB is out of range: allowed is 1MiB..1GiB");
  EXPECT_EQ(error(spec(ParameterType::boolean), "yes"), "parameter 'p': 'yes' is neither true nor false");
  EXPECT_EQ(error(spec(ParameterType::choice, {"idle", "use"}), "idel"),
            "parameter 'p': 'idel' is not one of the choices; did you mean 'idle'? known: idle, use");
  EXPECT_EQ(error(spec(ParameterType::cpus, {"auto"}), "atuo"),
            "parameter 'p': 'atuo' is neither a CPU list such as 2-5,8 nor an allowed word; did you mean 'auto'? "
            "known: auto");
}

TEST(ParseValue, ReadsDecimalIntegersOnly) {
  for (const char* text :
       {"", "010", "00", "-0", "0x8", "0o7", "1e3", "1.0", "+1", " 1", "1 ", "1_000", "1,000", "--1", "-", "one"})
    EXPECT_EQ(error(spec(ParameterType::integer), text),
              std::string("parameter 'p': '") + text + "' is not a decimal integer");
  EXPECT_THAT(error(spec(ParameterType::integer), "9223372036854775808"), HasSubstr("beyond 64 bits"));
  EXPECT_THAT(error(spec(ParameterType::integer), "-9223372036854775809"), HasSubstr("beyond 64 bits"));
}

TEST(ParseValue, ReadsTrueAndFalseOnly) {
  for (const char* text : {"", "yes", "no", "on", "off", "True", "TRUE", "1", "0", "y", " true"})
    EXPECT_THAT(error(spec(ParameterType::boolean), text), HasSubstr("neither true nor false"));
}

TEST(ParseValue, ComparesSizesBeyondTheSignedRangeRightly) {
  EXPECT_THAT(error(limited(ParameterType::size, {}, std::numeric_limits<std::int64_t>::max()), "8388608TiB"),
              HasSubstr("out of range"));
  EXPECT_TRUE(parse_value(limited(ParameterType::size, 1, {}), "16777215TiB"));
}

TEST(ParseValue, AllowsOnlyTheWordsOfTheParameter) {
  EXPECT_THAT(error(spec(ParameterType::cpus), "auto"), HasSubstr("not a CPU list"));
  EXPECT_THAT(error(spec(ParameterType::cpus, {"helper"}), "auto"), HasSubstr("known: helper"));
  EXPECT_THAT(error(spec(ParameterType::cpus), ""), HasSubstr("names no CPU"));
  EXPECT_THAT(error(spec(ParameterType::cpus, {"auto"}), "4096"), HasSubstr("highest possible number 4095"));
}

TEST(ParseValue, KeepsControlCharactersAndHugeTextsOutOfItsMessages) {
  for (const auto type : {ParameterType::integer, ParameterType::boolean, ParameterType::string, ParameterType::choice,
                          ParameterType::size, ParameterType::cpus}) {
    for (const std::string& text : {std::string("1\x1b[31m"), std::string("\xc2\x9b") + "1", std::string("1\n2")}) {
      const std::string message = error(spec(type), text);
      EXPECT_THAT(message, testing::Not(HasSubstr("\x1b")));
      EXPECT_THAT(message, testing::Not(HasSubstr("\n")));
      EXPECT_THAT(message, testing::Not(HasSubstr("\xc2\x9b")));
    }
    EXPECT_LT(error(spec(type), std::string(1'000'000, '1')).size(), 200U);
    EXPECT_LT(error(spec(type), std::string(2'000, 'x')).size(), 200U);
  }
}

TEST(OriginAndDiagnostic, ReadAsCompilersWriteThem) {
  EXPECT_EQ((Origin{"/etc/a.yaml", 3, 7}).to_string(), "/etc/a.yaml:3:7");
  EXPECT_EQ((Origin{"/etc/acdr/classes.d", 0, 0}).to_string(), "/etc/acdr/classes.d");
  EXPECT_EQ((Diagnostic{{"a.yaml", 3, 7}, "wrong"}).to_string(), "a.yaml:3:7: wrong");
}

}  // namespace
}  // namespace acdr
