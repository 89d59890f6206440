// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/cpu_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace acdr {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

CpuSet list(std::string_view text) {
  const auto set = CpuSet::parse_list(text);
  EXPECT_TRUE(set) << text << ": " << (set ? "" : set.error().message());
  return set.value_or(CpuSet{});
}

CpuSet mask(std::string_view text) {
  const auto set = CpuSet::parse_mask(text);
  EXPECT_TRUE(set) << text << ": " << (set ? "" : set.error().message());
  return set.value_or(CpuSet{});
}

std::string list_error(std::string_view text) {
  const auto set = CpuSet::parse_list(text);
  EXPECT_FALSE(set) << "'" << text << "' was read as " << (set ? set->to_list() : "");
  return set ? "" : set.error().message();
}

TEST(CpuSet, ReadsTheKernelsLists) {
  EXPECT_THAT(list("0").members(), ElementsAre(0));
  EXPECT_THAT(list("0-3,8").members(), ElementsAre(0, 1, 2, 3, 8));
  EXPECT_THAT(list("8,0-1").members(), ElementsAre(0, 1, 8));
  EXPECT_THAT(list("2-2").members(), ElementsAre(2));
  EXPECT_THAT(list("0-3,2-5").members(), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(list("3,3,3").members(), ElementsAre(3));
}

TEST(CpuSet, ReadsFilesThatEndInANewline) {
  EXPECT_EQ(list("0-3\n"), CpuSet::range(0, 3));
  EXPECT_EQ(list(" 0-3\t\n"), CpuSet::range(0, 3));
  EXPECT_EQ(mask("f\n"), CpuSet::range(0, 3));
}

TEST(CpuSet, ReadsAnEmptyFileAsTheEmptySet) {
  for (const char* text : {"", "\n", " \n"}) EXPECT_TRUE(list(text).empty()) << '\'' << text << '\'';
}

TEST(CpuSet, RefusesListsThatTheKernelRefuses) {
  for (const char* text :
       {"a", "1-", "-1", "1-2-3", "3-1", "1;2", "0x3", "1.5", "1 2", "--1", "-", "+1", "1-+2", "all", "1:2"}) {
    const auto set = CpuSet::parse_list(text);
    ASSERT_FALSE(set) << text;
    EXPECT_EQ(set.error().kind(), ErrorKind::usage) << text;
    EXPECT_THAT(set.error().message(), HasSubstr(text)) << "the message shows what was given";
  }
}

TEST(CpuSet, RefusesListsThatNoKernelPrints) {
  for (const char* text : {",", "1,", ",1", "1,,2", "1, 2", "0-7:2/4"}) EXPECT_FALSE(CpuSet::parse_list(text)) << text;
}

TEST(CpuSet, SaysWhatIsWrongWithAList) {
  EXPECT_EQ(list_error("3-1"), "'3-1' is not a CPU list such as 2-5,8: the range 3-1 runs backwards");
  EXPECT_EQ(list_error("1,"), "'1,' is not a CPU list such as 2-5,8: it ends in a comma");
  EXPECT_EQ(list_error("1,x"), "'1,x' is not a CPU list such as 2-5,8: 'x' is not a number");
  EXPECT_EQ(list_error("4096"), "CPU 4096 in '4096' is beyond the highest possible number 4095");
}

TEST(CpuSet, HoldsAllOf4096CpusAndNoMore) {
  const CpuSet all = list("0-4095");
  EXPECT_EQ(all.count(), 4096U);
  EXPECT_EQ(all.first(), 0U);
  EXPECT_EQ(all.last(), 4095U);
  EXPECT_EQ(all.to_list(), "0-4095");
  EXPECT_EQ(mask(all.to_mask()), all);
  EXPECT_FALSE(CpuSet::parse_list("0-4096"));
  EXPECT_FALSE(CpuSet::parse_list("4294967296"));
  EXPECT_FALSE(CpuSet::parse_list("99999999999999999999"));
}

TEST(CpuSet, DropsWhatIsInsertedBeyondTheLimit) {
  CpuSet set{1};
  set.insert(CpuSet::limit);
  set.insert(~0U);
  EXPECT_THAT(set.members(), ElementsAre(1));
}

TEST(CpuSet, WritesTheKernelsCanonicalList) {
  EXPECT_EQ(CpuSet({8, 0, 1, 2, 3}).to_list(), "0-3,8");
  EXPECT_EQ(CpuSet({1, 2}).to_list(), "1-2");
  EXPECT_EQ(CpuSet({63, 64, 65}).to_list(), "63-65");
  EXPECT_EQ(CpuSet({0, 2, 4}).to_list(), "0,2,4");
  EXPECT_EQ(CpuSet().to_list(), "");
}

TEST(CpuSet, ReadsMasksInGroupsOf32Bits) {
  EXPECT_EQ(mask("0"), CpuSet());
  EXPECT_EQ(mask("ff"), CpuSet::range(0, 7));
  EXPECT_EQ(mask("FF"), CpuSet::range(0, 7));
  EXPECT_EQ(mask("0xff"), CpuSet::range(0, 7));
  EXPECT_EQ(mask("00000001,ffffffff"), CpuSet::range(0, 32));
  EXPECT_EQ(mask("1,00000000,00000000"), CpuSet{64});
  EXPECT_EQ(mask("00000000,0000000f"), CpuSet::range(0, 3));
}

TEST(CpuSet, RefusesMasksThatTheKernelRefuses) {
  for (const char* text : {"", "\n", "g", "1ffffffff", "1,", ",1", "1,,1", "-1", "+1", "1 1", "0x", "1,0x1", "1;1"})
    EXPECT_FALSE(CpuSet::parse_mask(text)) << text;
}

TEST(CpuSet, RefusesMasksBeyondTheLimitButNotTheirEmptyGroups) {
  std::string wide = "1";
  for (int group = 0; group < 128; ++group) wide += ",00000000";
  EXPECT_FALSE(CpuSet::parse_mask(wide)) << "bit 4096";
  wide.front() = '0';
  EXPECT_EQ(mask(wide), CpuSet()) << "a kernel with NR_CPUS=8192 prints such masks";
}

TEST(CpuSet, IsMadeOfTheWordsOfAMask) {
  using Words = std::vector<std::uint64_t>;
  EXPECT_EQ(CpuSet::of_words({}), CpuSet());
  EXPECT_EQ(CpuSet::of_words(Words{0, 0}), CpuSet());
  EXPECT_EQ(CpuSet::of_words(Words{0b1100, 1, 0}), (CpuSet{2, 3, 64}));
  EXPECT_EQ(CpuSet::of_words(Words{0b1100}), (CpuSet{2, 3}));
  EXPECT_TRUE(CpuSet::of_words(Words{0}).empty());
  EXPECT_TRUE((CpuSet{2, 3}.is_of_words(Words{0b1100, 0})));
  EXPECT_FALSE((CpuSet{2, 3}.is_of_words(Words{0b1100, 1})));
  EXPECT_FALSE((CpuSet{2, 3}.is_of_words(Words{0b0100})));
  EXPECT_TRUE(CpuSet().is_of_words({}));
}

TEST(CpuSet, ListsAreReadAndWrittenAnewWhateverCameBefore) {
  CpuSet odd;
  CpuSet even;
  for (unsigned cpu = 0; cpu < 1024; ++cpu) (cpu % 2 == 0 ? even : odd).insert(cpu);
  const std::string text = odd.to_list();
  EXPECT_NE(even.to_list(), text);
  EXPECT_EQ(odd.to_list(), text);
  CpuSet read = CpuSet::parse_list(text).value();
  EXPECT_EQ(read, odd);
  read.erase(1);
  EXPECT_EQ(CpuSet::parse_list(text).value(), odd);
  EXPECT_FALSE(CpuSet::parse_list(text + ","));
  EXPECT_EQ(CpuSet::parse_list(even.to_list()).value(), even);
}

TEST(CpuSet, WritesMasksWithoutLeadingZeros) {
  EXPECT_EQ(CpuSet().to_mask(), "0");
  EXPECT_EQ(CpuSet::range(0, 7).to_mask(), "ff");
  EXPECT_EQ(CpuSet({32}).to_mask(), "1,00000000");
  EXPECT_EQ(CpuSet::range(0, 32).to_mask(), "1,ffffffff");
  EXPECT_EQ(CpuSet({64}).to_mask(), "1,00000000,00000000");
}

TEST(CpuSet, KnowsItsMembers) {
  const CpuSet set{2, 63, 64, 4095};
  EXPECT_TRUE(set.contains(63));
  EXPECT_FALSE(set.contains(62));
  EXPECT_FALSE(set.contains(5000));
  EXPECT_FALSE(set.empty());
  EXPECT_EQ(set.count(), 4U);
  EXPECT_EQ(set.first(), 2U);
  EXPECT_EQ(set.last(), 4095U);
  EXPECT_THAT(set.members(), ElementsAre(2, 63, 64, 4095));
}

TEST(CpuSet, IsIteratedUpwards) {
  std::vector<unsigned> seen;
  for (unsigned cpu : CpuSet{70, 3, 0}) seen.push_back(cpu);
  EXPECT_THAT(seen, ElementsAre(0, 3, 70));
  const CpuSet empty;
  EXPECT_TRUE(empty.begin() == empty.end());
}

TEST(CpuSet, CombinesAsSetsDo) {
  const CpuSet low = CpuSet::range(0, 3);
  const CpuSet middle = CpuSet::range(2, 65);
  EXPECT_EQ((low | middle).to_list(), "0-65");
  EXPECT_EQ((low & middle).to_list(), "2-3");
  EXPECT_EQ((low - middle).to_list(), "0-1");
  EXPECT_EQ((middle - low).to_list(), "4-65");
  EXPECT_TRUE((low - low).empty());
  EXPECT_TRUE(low.intersects(middle));
  EXPECT_FALSE(low.intersects(CpuSet{64}));
  EXPECT_TRUE(CpuSet({2, 3}).subset_of(low));
  EXPECT_FALSE(middle.subset_of(low));
  EXPECT_TRUE(CpuSet().subset_of(low));
}

TEST(CpuSet, ACopyStaysAsItIsWhateverBecomesOfTheOther) {
  const CpuSet before = CpuSet::range(0, 200);
  const auto changed = [&](auto change) {
    CpuSet other = before;
    change(other);
    EXPECT_EQ(before, CpuSet::range(0, 200));
    return other;
  };
  EXPECT_EQ(changed([](CpuSet& set) { set.insert(201); }), CpuSet::range(0, 201));
  EXPECT_EQ(changed([](CpuSet& set) { set.erase(200); }), CpuSet::range(0, 199));
  EXPECT_EQ(changed([](CpuSet& set) { set |= CpuSet{300}; }), CpuSet::range(0, 200) | CpuSet{300});
  EXPECT_EQ(changed([](CpuSet& set) { set &= CpuSet{7, 300}; }), CpuSet{7});
  EXPECT_EQ(changed([](CpuSet& set) { set -= CpuSet::range(1, 200); }), CpuSet{0});
  EXPECT_TRUE(changed([](CpuSet& set) { set -= set; }).empty());
  EXPECT_EQ(changed([](CpuSet& set) { set |= set; }), before);
  CpuSet all = before;
  CpuSet whole;
  whole |= all;  // which it may share
  all.erase(0);
  EXPECT_EQ(whole, before);
}

TEST(CpuSet, IsEqualHoweverItCameAbout) {
  CpuSet shrunk{1, 4000};
  shrunk.erase(4000);
  shrunk.erase(4001);
  EXPECT_EQ(shrunk, CpuSet{1});
  EXPECT_EQ(CpuSet({1, 900}) & CpuSet({1, 901}), CpuSet{1});
  EXPECT_EQ(CpuSet({1, 900}) - CpuSet({900}), CpuSet{1});
  EXPECT_EQ(CpuSet::range(5, 4), CpuSet()) << "no CPU is in a range that runs backwards";
}

TEST(CpuSet, CanBeTheKeyOfAMap) {
  const std::map<CpuSet, int> sizes{{CpuSet{0}, 1}, {CpuSet{0, 1}, 2}, {CpuSet{4000}, 3}};
  EXPECT_EQ(sizes.at(CpuSet({1, 0})), 2);
  EXPECT_EQ(sizes.at(CpuSet({4000})), 3);
}

TEST(CpuSet, ShowsItselfInMessages) {
  EXPECT_EQ(fmt::format("{}", CpuSet{2, 3}), "2-3");
  EXPECT_EQ(fmt::format("{}", CpuSet{}), "none");
}

TEST(NodeSet, HasItsOwnLimitAndName) {
  EXPECT_TRUE(NodeSet::parse_list("0-1023"));
  const auto beyond = NodeSet::parse_list("1024");
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().message(), "node 1024 in '1024' is beyond the highest possible number 1023");
}

TEST(CpuSet, ErrorsAreOneLineHoweverLongAndStrangeTheTextIs) {
  for (const auto& text : {std::string(5000, 'x'), "1\n,\x1b[2J" + std::string(5000, ',')})
    for (const auto& set : {CpuSet::parse_list(text), CpuSet::parse_mask(text)}) {
      ASSERT_FALSE(set);
      EXPECT_LT(set.error().message().size(), 400U);
      EXPECT_EQ(set.error().message().find_first_of("\n\x1b"), std::string::npos);
    }
}

}  // namespace
}  // namespace acdr
