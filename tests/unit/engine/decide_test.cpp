// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/decide.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace acdr::test {
namespace {

const KnobId irq{KnobKind::irq_affinity, "45"};
const CpuSet all = CpuSet::range(0, 7);
const HostCpus cpus{.online = all, .housekeeping = CpuSet::range(0, 1)};

std::vector<Decision> decided(const LedgerRows& rows, const std::vector<Wish>& wishes,
                              const std::map<KnobId, Observation>& observed) {
  return decide({rows, wishes, observed, cpus}).value();
}

TEST(Decide, TheFirstTouchTakesWhatIsFoundAsBaseline) {
  const auto decisions = decided({}, {{irq, Exclude{{2, 3}}, "a"}}, {{irq, {all, {}}}});
  EXPECT_EQ(decisions.front().baseline, KnobValue(all));
  EXPECT_EQ(decisions.front().desired, KnobValue(all - CpuSet{2, 3}));
}

TEST(Decide, WithoutAWishAKnobGoesBackToItsBaseline) {
  const auto decisions = decided({{irq, {all, KnobValue(CpuSet{0})}}}, {}, {{irq, {CpuSet{0}, {}}}});
  EXPECT_TRUE(decisions.front().release);
  EXPECT_FALSE(decisions.front().leave);
  EXPECT_EQ(decisions.front().desired, KnobValue(all));
}

TEST(Decide, AForeignValueAtReleaseIsLeftAlone) {
  const auto decisions = decided({{irq, {all, KnobValue(CpuSet{0})}}}, {}, {{irq, {CpuSet{5}, {}}}});
  EXPECT_TRUE(decisions.front().leave);
  EXPECT_THAT(decisions.front().note, testing::HasSubstr("left alone"));
}

TEST(Decide, AValueTheKernelResetIsNotForeign) {
  const auto decisions =
      decided({{irq, {all, KnobValue(CpuSet{0})}}}, {}, {{irq, {CpuSet{5}, {KnobValue(CpuSet{5})}}}});
  EXPECT_FALSE(decisions.front().leave);
  EXPECT_EQ(decisions.front().desired, KnobValue(all));
}

TEST(Decide, AForeignValueUnderAWishBecomesTheBaselineLessWhatTheWishTakes) {
  const auto decisions =
      decided({{irq, {all, KnobValue(CpuSet{0})}}}, {{irq, Exclude{{2, 3}}, "a"}}, {{irq, {CpuSet{3, 4}, {}}}});
  EXPECT_TRUE(decisions.front().foreign);
  EXPECT_EQ(decisions.front().baseline, KnobValue(CpuSet{3, 4}));
  EXPECT_EQ(decisions.front().desired, KnobValue(CpuSet{4}));
}

TEST(Decide, AWriteThatWasCutShortIsNeverTakenForSomebodyElses) {
  const auto decisions = decided({{irq, {all, std::nullopt}}}, {}, {{irq, {CpuSet{5}, {}}}});
  EXPECT_FALSE(decisions.front().leave);
  EXPECT_EQ(decisions.front().desired, KnobValue(all));
}

TEST(Decide, WhatIsGoneIsNotDecided) { EXPECT_TRUE(decided({{irq, {all, KnobValue(all)}}}, {}, {}).empty()); }

TEST(Decide, NarrowingComesBeforeWideningAndThreadsComeLast) {
  const KnobId slice{KnobKind::cgroup_cpus, "system.slice"};
  const KnobId machines{KnobKind::cgroup_cpus, "machine.slice"};
  const KnobId thread{KnobKind::thread_affinity, "7@1"};
  const auto decisions =
      decided({{machines, {all, KnobValue(CpuSet{0})}}}, {{slice, Exclude{{2}}, "a"}, {thread, Exclude{{2}}, "a"}},
              {{slice, {all, {}}}, {machines, {CpuSet{0}, {}}}, {thread, {all, {}}}});
  ASSERT_EQ(decisions.size(), 3U);
  EXPECT_EQ(decisions[0].knob, slice);
  EXPECT_EQ(decisions[1].knob, machines);
  EXPECT_EQ(decisions[2].knob, thread);
}

TEST(Decide, NarrowingGoesFromTheLeavesUpAndWideningFromTheRootDown) {
  const KnobId slice{KnobKind::cgroup_cpus, "machine.slice"};
  const KnobId scope{KnobKind::cgroup_cpus, "machine.slice/a.scope"};
  auto decisions =
      decided({}, {{slice, Exclude{{2}}, "a"}, {scope, Exclude{{2}}, "a"}}, {{slice, {all, {}}}, {scope, {all, {}}}});
  EXPECT_EQ(decisions.front().knob, scope);
  const LedgerRow row{all, KnobValue(CpuSet{0})};
  decisions = decided({{slice, row}, {scope, row}}, {}, {{slice, {CpuSet{0}, {}}}, {scope, {CpuSet{0}, {}}}});
  EXPECT_EQ(decisions.front().knob, slice);
}

TEST(Decide, ANicSteersBeforeItsRulesAreMadeAndStopsAfterTheyWereTakenBack) {
  const KnobId steering{KnobKind::flow_steering, "eth0"};
  const KnobId rule{KnobKind::flow_rule, "eth0:52:54:00:00:00:01"};
  const KnobValue off = std::string("off");
  const KnobValue on = std::string("on");
  const KnobValue none = std::string("none");
  const KnobValue queue = std::string("queue 1");
  const auto taken =
      decided({}, {{rule, Equal{queue}, "a"}, {steering, Equal{on}, "a"}}, {{steering, {off, {}}}, {rule, {none, {}}}});
  EXPECT_EQ(taken.front().knob, steering);
  const auto given =
      decided({{steering, {off, on}}, {rule, {none, queue}}}, {}, {{steering, {on, {}}}, {rule, {queue, {}}}});
  EXPECT_EQ(given.front().knob, rule);
}

TEST(Decide, AModuleIsLoadedBeforeAnythingElseIsDone) {
  const KnobId module{KnobKind::module_parameter, "kvm_amd:nested"};
  const KnobId pages{KnobKind::huge_pages, "1:2MiB"};
  const auto decisions =
      decided({}, {{pages, Add{{4}}, "a"}, {irq, Exclude{{2}}, "a"}, {module, Equal{std::string("1")}, "a"}},
              {{irq, {all, {}}}, {pages, {Count{0}, {}}}, {module, {std::string("0"), {}}}});
  EXPECT_EQ(decisions.front().knob, module);
}

TEST(Decide, ARowOfAnotherTypeIsLeftAloneAtRelease) {
  const auto decisions = decided({{irq, {std::string("on"), KnobValue(std::string("off"))}}}, {}, {{irq, {all, {}}}});
  EXPECT_TRUE(decisions.front().leave);
  EXPECT_THAT(decisions.front().note, testing::HasSubstr("none of its values"));
}

TEST(Decide, ARowOfAnotherTypeCountsAsNoneWhileThereIsAWish) {
  const auto decisions = decided({{irq, {all, KnobValue(std::string("off"))}}}, {{irq, Exclude{{2, 3}}, "a"}},
                                 {{irq, {CpuSet{1, 2}, {}}}});
  EXPECT_EQ(decisions.front().baseline, KnobValue(CpuSet{1, 2}));
  EXPECT_EQ(decisions.front().desired, KnobValue(CpuSet{1}));
}

}  // namespace
}  // namespace acdr::test
