// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace acdr::classes {
namespace {

using testing::ElementsAre;

TEST(Names, AreLowerCaseDigitsAndDashes) {
  EXPECT_TRUE(is_name("a"));
  EXPECT_TRUE(is_name("packet-gateway-2"));
  EXPECT_TRUE(is_name("a" + std::string(63, '-')));
  for (const std::string& text :
       {std::string(), std::string("A"), std::string("2a"), std::string("-a"), std::string("a_b"), std::string("a b"),
        std::string("a.b"), std::string("../a"), std::string("\xc3\xa4"), std::string(65, 'a'), std::string("a\0b", 3)})
    EXPECT_FALSE(is_name(text)) << text;
}

TEST(EditDistance, CountsTypingErrors) {
  EXPECT_EQ(edit_distance("irq-ban", "irq-ban"), 0U);
  EXPECT_EQ(edit_distance("irq-bann", "irq-ban"), 1U);
  EXPECT_EQ(edit_distance("irq-bna", "irq-ban"), 1U) << "neighbours swapped";
  EXPECT_EQ(edit_distance("irqban", "irq-ban"), 1U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance(std::string(500, 'a'), std::string(500, 'b')), 64U) << "bounded";
}

TEST(NearestFirst, PutsTheLikeliestFirstAndEqualsInOrder) {
  EXPECT_THAT(nearest_first("irq-bann", {"vnf", "irq-ban", "abc"}), ElementsAre("irq-ban", "abc", "vnf"));
}

TEST(Suggestion, GuessesOnlyWhatIsNear) {
  EXPECT_EQ(suggestion("vnff", {"irq-ban", "vnf"}), "did you mean 'vnf'? known: vnf, irq-ban");
  EXPECT_EQ(suggestion("int", {"integer", "size"}), "did you mean 'integer'? known: integer, size");
  EXPECT_EQ(suggestion("zzzzzz", {"vnf"}), "known: vnf");
  EXPECT_EQ(suggestion("vnf", {}), "there are none");
}

TEST(Join, ShortensLongLists) {
  EXPECT_EQ(join({"a", "b"}), "a, b");
  EXPECT_THAT(join(std::vector<std::string>(50, "x")), testing::EndsWith("x and 10 more"));
}

TEST(InQuotes, ShowsAnythingSafely) {
  EXPECT_EQ(in_quotes("irq-ban"), "'irq-ban'");
  EXPECT_EQ(in_quotes("a\x1b[1m\n\x7f"),
            "'a?[1m?"
            "?'");
  EXPECT_EQ(in_quotes("\xc2\x9b"
                      "1m"),
            "'?1m'");
  EXPECT_EQ(in_quotes(std::string(100, 'x')), "'" + std::string(60, 'x') + "...'");
  EXPECT_EQ(in_quotes(std::string(59, 'x') + "\xc3\xa4\xc3\xa4"), "'" + std::string(59, 'x') + "...'")
      << "no half characters";
}

}  // namespace
}  // namespace acdr::classes
