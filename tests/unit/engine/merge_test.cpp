// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/merge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace acdr::test {
namespace {

const KnobId knob{KnobKind::cgroup_cpus, "system.slice"};
const CpuSet housekeeping = CpuSet::range(0, 1);
const HostCpus cpus{.online = CpuSet::range(0, 7), .housekeeping = housekeeping};

CpuSet merged(const CpuSet& baseline, const std::vector<Wish>& wishes) {
  std::vector<const Wish*> all;
  for (const auto& wish : wishes) all.push_back(&wish);
  return std::get<CpuSet>(merge(baseline, all, cpus)->value);
}

TEST(Merge, WithoutWishesTheBaselineIsDesired) { EXPECT_EQ(merged(CpuSet::range(0, 7), {}), CpuSet::range(0, 7)); }

TEST(Merge, ExclusionsAddUp) {
  EXPECT_EQ(merged(CpuSet::range(0, 7), {{knob, Exclude{{2, 3}}, "a"}, {knob, Exclude{{3, 4}}, "b"}}),
            (CpuSet{0, 1, 5, 6, 7}));
}

TEST(Merge, ConfinementsIntersect) {
  EXPECT_EQ(merged(CpuSet::range(0, 7), {{knob, Confine{{2, 3, 4}}, "a"}, {knob, Confine{{3, 4, 5}}, "b"}}),
            (CpuSet{3, 4}));
}

TEST(Merge, AConfinementWinsOverABaselineElsewhere) {
  EXPECT_EQ(merged(CpuSet{7}, {{knob, Confine{{2, 3}}, "a"}}), (CpuSet{2, 3}));
}

TEST(Merge, AnEmptyResultFallsBackToHousekeepingAndSaysSo) {
  const Wish wish{knob, Exclude{{5}}, "a"};
  const auto result = merge(CpuSet{5}, {&wish}, cpus);
  EXPECT_EQ(std::get<CpuSet>(result->value), housekeeping);
  EXPECT_THAT(result->note, testing::HasSubstr("housekeeping"));
}

TEST(Merge, TheFallbackKeepsOffTheExclusionsToo) {
  EXPECT_EQ(merged(CpuSet{5}, {{knob, Exclude{{0, 5}}, "a"}}), CpuSet{1});
}

TEST(Merge, AConfinementToOfflineCpusBindsNobodyWhereThereIsAnother) {
  EXPECT_EQ(merged(CpuSet::range(0, 7), {{knob, Confine{{4, 5}}, "a"}, {knob, Confine{{9}}, "b"}}), (CpuSet{4, 5}));
  EXPECT_EQ(merged(CpuSet::range(0, 7), {{knob, Confine{{9}}, "b"}, {knob, Confine{{4, 5}}, "a"}}), (CpuSet{4, 5}));
}

TEST(Merge, WhatHasNoCpuOnlineFallsBackToHousekeeping) {
  EXPECT_EQ(merged(CpuSet::range(0, 7), {{knob, Confine{{8, 9}}, "a"}}), housekeeping);
  EXPECT_EQ(merged(CpuSet{5, 9}, {{knob, Exclude{{5}}, "a"}}), housekeeping);
}

TEST(Merge, OfflineCpusStayInASetThatHasOthers) {
  EXPECT_EQ(merged(CpuSet{3, 5, 9}, {{knob, Exclude{{5}}, "a"}}), (CpuSet{3, 9}));
}

TEST(Merge, ABanGrowsAndMayBeEmpty) {
  EXPECT_EQ(merged({}, {{knob, Include{{2}}, "a"}, {knob, Include{{3}}, "b"}}), (CpuSet{2, 3}));
  EXPECT_EQ(merged({}, {}), CpuSet());
}

TEST(Merge, TwoDifferentValuesAreRefusedNamingBothHolders) {
  const Wish a{knob, Equal{std::string("isolated")}, "x of domain a"};
  const Wish b{knob, Equal{std::string("root")}, "x of domain b"};
  const auto result = merge(std::string("member"), {&a, &b}, cpus);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind(), ErrorKind::refused);
  EXPECT_THAT(result.error().message(), testing::AllOf(testing::HasSubstr("domain a"), testing::HasSubstr("domain b")));
}

TEST(Merge, AValueThatMeetsEveryWishSatisfiesThem) {
  const Wish exclude{knob, Exclude{{2, 3}}, "a"};
  EXPECT_TRUE(satisfies(CpuSet{4}, {&exclude}));
  EXPECT_FALSE(satisfies(CpuSet{3, 4}, {&exclude}));
}

std::string scheduling(const std::string& baseline, const std::vector<Wish>& wishes) {
  std::vector<const Wish*> all;
  for (const auto& wish : wishes) all.push_back(&wish);
  const auto value = std::get<std::string>(merge(baseline, all, cpus)->value);
  EXPECT_TRUE(satisfies(value, all));
  EXPECT_EQ(satisfies(baseline, all), value == baseline);
  return value;
}

TEST(Merge, OfRealTimePrioritiesTheHighestWinsAndWhatHasMoreKeepsIt) {
  const KnobId thread{KnobKind::thread_policy, "20@1"};
  const std::vector<Wish> wishes = {{thread, RealTimeAtLeast{5}, "a", {}}, {thread, RealTimeAtLeast{9}, "b", {}}};
  EXPECT_EQ(scheduling("other nice -20", wishes), "fifo 9 reset-on-fork");
  EXPECT_EQ(scheduling("rr 8", wishes), "fifo 9 reset-on-fork");
  for (const auto* text : {"fifo 9", "rr 50", "policy-6"}) EXPECT_EQ(scheduling(text, wishes), text);
  EXPECT_EQ(scheduling("other", {}), "other");
}

}  // namespace
}  // namespace acdr::test
