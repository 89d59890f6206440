// SPDX-License-Identifier: GPL-2.0-or-later
// Parameters given at apply time, and how they reach conditionings through includes.
#include "support/class_texts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace acdr::test {
namespace {

using testing::HasSubstr;

constexpr std::string_view quiet =
    "parameters:\n  cores: {type: cpus, choices: [auto], default: auto}\n  count: {type: integer, min: 1, max: 4096}\n"
    "conditionings:\n  - cleaner-cores: {cores: \"${cores}\", count: \"${count}\"}\n";
constexpr std::string_view helpers =
    "parameters:\n  count: {type: integer, min: 1, max: 64, default: 3}\n"
    "conditionings:\n  - emulator-pinning: {count: \"${count}\"}\n";

TEST(Resolve, PutsGivenParametersWhereTheyAreUsed) {
  const Fixture fixture{{"quiet", quiet}};
  EXPECT_EQ(fixture.resolve("quiet", {{"cores", "8,2-5"}}), "cores=2-5,8\ncleaner-cores cores=2-5,8\n");
  EXPECT_EQ(fixture.resolve("quiet", {{"count", "4"}}), "cores=auto\ncount=4\ncleaner-cores cores=auto count=4\n");
}

TEST(Resolve, RefusesUnknownParametersAndUnsuitableValues) {
  const Fixture fixture{{"quiet", quiet}, {"plain", "conditionings:\n  - irq-ban\n"}};
  EXPECT_EQ(fixture.resolve("quiet", {{"core", "2"}}),
            "error: class 'quiet' has no parameter 'core'; did you mean 'cores'? known: cores, count");
  EXPECT_EQ(fixture.resolve("plain", {{"x", "2"}}), "error: class 'plain' has no parameter 'x'; there are none");
  EXPECT_EQ(fixture.resolve("quiet", {{"count", "0"}}),
            "error: class 'quiet': parameter 'count': 0 is out of range: allowed is 1..4096");
  EXPECT_EQ(fixture.resolve("quiet", {{"count", "010"}}),
            "error: class 'quiet': parameter 'count': '010' is not a decimal integer");
  EXPECT_EQ(fixture.catalogue().resolve("quiet", {{"core", "2"}}).error().kind(), ErrorKind::usage);
}

TEST(Resolve, TakesAGivenTextAsItIs) {
  const Fixture fixture{{"a",
                         "parameters:\n  node: {type: string, default: auto}\n  other: {type: string, default: x}\n"
                         "conditionings:\n  - dedicated-cores: {node: \"${node}\"}\n"}};
  EXPECT_THAT(fixture.resolve("a", {{"node", "${other}"}}), HasSubstr("dedicated-cores node=${other} "))
      << "not expanded";
}

TEST(Resolve, LeavesAParameterWithoutValueToThePlugin) {
  const Fixture fixture{{"a",
                         "parameters:\n  n: {type: integer, min: 1, max: 64}\nconditionings:\n"
                         "  - emulator-pinning: {count: \"${n}\"}\n  - cleaner-cores: {count: \"${n}\"}\n"}};
  EXPECT_EQ(fixture.resolve("a"), "emulator-pinning cores=helper count=1\ncleaner-cores cores=auto\n");
}

TEST(Resolve, PutsTextTogether) {
  const Fixture fixture{
      {"a",
       "parameters:\n  port: {type: integer, default: 1}\n  card: {type: string, default: eth}\n"
       "conditionings:\n  - flow-pinning: {interfaces: \"${card}${port}s-${port}\"}\n"},
      {"b", "parameters:\n  p: {type: integer, default: 7}\ninclude:\n  - a: {port: \"${p}\", card: \"x${p}y\"}\n"}};
  EXPECT_THAT(fixture.resolve("a", {{"port", "4"}}), HasSubstr("interfaces=eth4s-4 "));
  EXPECT_THAT(fixture.resolve("b", {{"p", "9"}}), HasSubstr("interfaces=x9y9s-9 "));
  EXPECT_THAT(fixture.resolve("a", {{"card", std::string(1023, 'x')}}), HasSubstr("is longer than 1024 bytes"));
}

TEST(Include, DoesNotReExportParameters) {
  const Fixture fixture{{"quiet", quiet}, {"outer", "include:\n  - quiet\n"}};
  EXPECT_THAT(fixture.resolve("outer", {{"cores", "2"}}), HasSubstr("class 'outer' has no parameter 'cores'"));
}

TEST(Include, PassesParametersThroughSeveralLevels) {
  const Fixture fixture{
      {"quiet", quiet},
      {"middle", "parameters:\n  c: {type: cpus, default: 9}\ninclude:\n  - quiet: {cores: \"${c}\"}\n"},
      {"top", "parameters:\n  t: {type: cpus, default: 7}\ninclude:\n  - middle: {c: \"${t}\"}\n"}};
  EXPECT_EQ(fixture.resolve("middle"), "c=9\ncleaner-cores cores=9\n");
  EXPECT_EQ(fixture.resolve("top"), "t=7\ncleaner-cores cores=7\n");
  EXPECT_EQ(fixture.resolve("top", {{"t", "1-2"}}), "t=1-2\ncleaner-cores cores=1-2\n");
}

TEST(Include, UsesTheIncludedDefaultWhenAnOptionalParameterIsNotGiven) {
  const Fixture fixture{
      {"helpers", helpers},
      {"outer", "parameters:\n  n: {type: integer, min: 1, max: 8}\ninclude:\n  - helpers: {count: \"${n}\"}\n"},
      {"top", "parameters:\n  m: {type: integer, min: 1, max: 4}\ninclude:\n  - outer: {n: \"${m}\"}\n"}};
  EXPECT_EQ(fixture.resolve("outer"), "emulator-pinning cores=helper count=3\n");
  EXPECT_EQ(fixture.resolve("outer", {{"n", "5"}}), "n=5\nemulator-pinning cores=helper count=5\n");
  EXPECT_EQ(fixture.resolve("top"), "emulator-pinning cores=helper count=3\n");
  EXPECT_EQ(fixture.resolve("top", {{"m", "2"}}), "m=2\nemulator-pinning cores=helper count=2\n");
}

TEST(Include, StillCountsWhenTheIncludersOptionalParameterIsNotGiven) {
  const Fixture fixture{{"helpers", helpers},
                        {"outer",
                         "parameters:\n  n: {type: integer, min: 1, max: 8}\ninclude:\n  - helpers\n"
                         "conditionings:\n  - emulator-pinning: {count: \"${n}\"}\n"}};
  EXPECT_EQ(fixture.resolve("outer"), "emulator-pinning cores=helper count=3\n") << "as if the line were not there";
  EXPECT_EQ(fixture.resolve("outer", {{"n", "5"}}), "n=5\nemulator-pinning cores=helper count=5\n");
}

TEST(Include, MergesParameterByParameter) {
  const Fixture fixture{{"a", "conditionings:\n  - emulator-pinning: {count: 2}\n"},
                        {"b", "conditionings:\n  - emulator-pinning: {cores: 4-5}\n"},
                        {"c", "include:\n  - a\n  - b\n"},
                        {"d", "include:\n  - c\nconditionings:\n  - emulator-pinning: {count: 9}\n"}};
  EXPECT_EQ(fixture.resolve("c"), "emulator-pinning cores=4-5 count=2\n");
  EXPECT_EQ(fixture.resolve("d"), "emulator-pinning cores=4-5 count=9\n");
}

TEST(Include, LetsWhatWasAskedForWinOverAnIncludedDefault) {
  const Fixture fixture{{"quiet", quiet},
                        {"fixed", "include:\n  - quiet: {cores: 2-5}\n"},
                        {"one", "include:\n  - quiet\n  - fixed\n"},
                        {"two", "include:\n  - fixed\n  - quiet\n"}};
  EXPECT_EQ(fixture.resolve("one"), "cleaner-cores cores=2-5\n");
  EXPECT_EQ(fixture.resolve("two"), "cleaner-cores cores=2-5\n");
}

TEST(Include, SeesNoConflictWhereOneParameterArrivesTwice) {
  const Fixture fixture{
      {"quiet", quiet},
      {"other",
       "parameters:\n  c: {type: cpus, choices: [auto], default: auto}\ninclude:\n  - quiet: {cores: \"${c}\"}\n"},
      {"both",
       "parameters:\n  cores: {type: cpus, default: 2-3}\n"
       "include:\n  - quiet: {cores: \"${cores}\"}\n  - other: {c: \"${cores}\"}\n"}};
  EXPECT_EQ(fixture.resolve("both", {{"cores", "6"}}), "cores=6\ncleaner-cores cores=6\n");
}

TEST(Include, FindsAConflictThatOnlySomeValuesWouldShow) {
  const Fixture fixture{{"quiet", quiet},
                        {"both",
                         "parameters:\n  cores: {type: cpus, choices: [auto], default: auto}\n"
                         "include:\n  - quiet: {cores: \"${cores}\"}\n  - fixed\n"},
                        {"fixed", "include:\n  - quiet: {cores: auto}\n"}};
  EXPECT_THAT(fixture.faults(), HasSubstr("both.yaml:8:5: 'cleaner-cores' is given 'cores' ${cores} through 'quiet'"));
}

TEST(Include, KeepsTheOriginOfEachConditioning) {
  const Fixture fixture{{"quiet", quiet}, {"outer", "include:\n  - quiet\nconditionings:\n  - irq-ban\n"}};
  const auto resolved = fixture.catalogue().resolve("outer", {});
  ASSERT_TRUE(resolved);
  ASSERT_EQ(resolved->conditionings.size(), 2U);
  EXPECT_EQ(resolved->conditionings[0].from_class, "quiet");
  EXPECT_THAT(resolved->conditionings[0].origin.to_string(), HasSubstr("/quiet.yaml:8:5"));
  EXPECT_EQ(resolved->conditionings[1].from_class, "outer");
  EXPECT_THAT(resolved->conditionings[1].origin.to_string(), HasSubstr("/outer.yaml:7:5"));
}

TEST(Include, MayBeNestedOnlySoDeep) {
  const TemporaryDirectory directory;
  const auto chain = [&](int length, bool upwards) {
    for (int i = 0; i < length; ++i) {
      const int next = upwards ? i + 1 : i - 1;
      const bool last = next == (upwards ? length : -1);
      const std::string rest = last ? "conditionings:\n  - irq-ban\n" : fmt::format("include:\n  - c{:04}\n", next);
      directory.write(fmt::format("c{:04}.yaml", i), class_text(fmt::format("c{:04}", i), rest));
    }
    return Catalogue::load({directory.path()}, specs()).diagnostics;
  };
  for (const bool upwards : {true, false}) {
    for (const auto& entry : std::filesystem::directory_iterator(directory.path())) std::filesystem::remove(entry);
    EXPECT_TRUE(chain(32, upwards).empty());
    const auto faults = chain(1000, upwards);
    ASSERT_FALSE(faults.empty());
    EXPECT_EQ(faults.front().message, "includes are nested more than 32 deep");
  }
}

TEST(Required, IsTakenOverFromIncludesUnlessTheIncluderSaysOtherwise) {
  const Fixture fixture{{"must", "conditionings:\n  - irq-ban\nrequired: true\n"},
                        {"inherits", "include:\n  - must\n"},
                        {"declines", "include:\n  - must\nrequired: false\n"},
                        {"beyond", "include:\n  - declines\n"},
                        {"plain", "conditionings:\n  - irq-ban\n"}};
  const auto required = [&](std::string_view name) { return fixture.catalogue().resolve(name, {})->required; };
  EXPECT_TRUE(required("must"));
  EXPECT_TRUE(required("inherits"));
  EXPECT_FALSE(required("declines"));
  EXPECT_FALSE(required("beyond"));
  EXPECT_FALSE(required("plain"));
}

}  // namespace
}  // namespace acdr::test
