// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/exclusions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace acdr::test {
namespace {

const std::string a = "machine.slice/a.scope";
const std::string b = "machine.slice/b.scope";

HostSnapshot host() {
  HostSnapshot snapshot;
  snapshot.cgroup_v2 = true;
  for (const auto& cgroup : {std::string(), std::string("system.slice"), std::string("machine.slice"), a, b})
    snapshot.cgroups[cgroup].has_cpuset = true;
  return snapshot;
}

std::vector<const Exclusion*> pointers(const std::vector<Exclusion>& all) {
  std::vector<const Exclusion*> each;
  for (const auto& one : all) each.push_back(&one);
  return each;
}

struct Kept {
  CpuSet off;
  std::vector<std::string> why;
};

Kept kept(const std::vector<Exclusion>& all, const std::string& cgroup, const HostSnapshot& snapshot = host(),
          const WishList& others = {}) {
  std::vector<Wish> wishes;
  Exclusions(pointers(all), snapshot).add_wishes(others, wishes);
  for (const auto& wish : wishes)
    if (wish.knob.object == cgroup) return {std::get<Exclude>(wish.want).cpus, wish.why.texts()};
  return {};
}

const std::vector<Exclusion> two{{Exclusion::Of::tasks, {2, 3}, "for a", {a}},
                                 {Exclusion::Of::tasks, {4}, "for b", {b}}};

TEST(ExclusionsTest, StrangersAreKeptOffAll) {
  EXPECT_EQ(kept(two, "system.slice").off, (CpuSet{2, 3, 4}));
  EXPECT_THAT(kept(two, "system.slice").why, testing::ElementsAre("for a", "for b"));
}

TEST(ExclusionsTest, CarriersAreKeptOffWhatOthersHave) {
  EXPECT_EQ(kept(two, a).off, CpuSet{4});
  EXPECT_THAT(kept(two, a).why, testing::ElementsAre("for b"));
  EXPECT_EQ(kept(two, b).off, (CpuSet{2, 3}));
  EXPECT_TRUE(kept(two, "machine.slice").off.empty()) << "the way to both";
}

TEST(ExclusionsTest, ACgroupThatIsConfinedToOtherCpusAnywayIsNotAskedFor) {
  HostSnapshot snapshot = host();
  snapshot.topology.online = {0, 1, 2, 3, 4};
  const auto kept_off = [&](const std::string& cgroup, const std::vector<Wish>& wishes) {
    return kept(two, cgroup, snapshot, wishes).off;
  };
  const auto confined = [](const std::string& cgroup, const CpuSet& cpus) {
    return Wish{{KnobKind::cgroup_cpus, cgroup}, Confine{cpus}, "of a test", {}};
  };
  EXPECT_EQ(kept_off(a, {confined(a, {0, 2, 3})}), CpuSet());
  EXPECT_EQ(kept_off("system.slice", {confined("system.slice", {0, 1})}), CpuSet());
  EXPECT_EQ(kept_off(a, {confined(a, {2, 3, 4})}), CpuSet{4});
  EXPECT_EQ(kept_off(a, {confined(a, {0, 4}), confined(a, {0, 2})}), CpuSet()) << "both confine it";
  EXPECT_EQ(kept_off(b, {confined(a, {0, 2, 3})}), (CpuSet{2, 3})) << "another is confined";
  EXPECT_EQ(kept_off(a, {confined(a, {7})}), CpuSet{4}) << "offline: it may fall back to where others are";
  EXPECT_EQ(kept_off(a, {confined(a, {7}), confined(a, {2, 3})}), CpuSet()) << "one that is offline binds nobody";
}

TEST(ExclusionsTest, OneThatAnotherKeepsFreeAsWellStaysFree) {
  const std::vector<Exclusion> overlapping{{Exclusion::Of::tasks, {2, 3}, "for a", {a}},
                                           {Exclusion::Of::tasks, {3, 4}, "for b", {b}}};
  EXPECT_EQ(kept(overlapping, a).off, (CpuSet{3, 4}));
  EXPECT_EQ(kept(overlapping, b).off, (CpuSet{2, 3}));
}

TEST(ExclusionsTest, AReasonThatHoldsForAnotherExclusionAsWellIsNamed) {
  const std::vector<Exclusion> same_reason{{Exclusion::Of::tasks, {2}, "for both", {a}},
                                           {Exclusion::Of::tasks, {3}, "for both", {b}}};
  EXPECT_EQ(kept(same_reason, a).off, CpuSet{3});
  EXPECT_THAT(kept(same_reason, a).why, testing::ElementsAre("for both"));
}

TEST(ExclusionsTest, AThreadBelowTwoOfItsCarriersCountsOnce) {
  HostSnapshot snapshot = host();
  snapshot.threads = {{{10, 1}, "qemu", a + "/emulator", {0}}};
  const std::vector<Exclusion> nested{{Exclusion::Of::tasks, {2, 3}, "for a", {a, a + "/emulator"}},
                                      {Exclusion::Of::tasks, {3, 4}, "for b", {b}}};
  EXPECT_EQ(kept(nested, "10@1", snapshot).off, (CpuSet{3, 4}));
}

TEST(ExclusionsTest, InterruptsThatStayAreNamedForThoseWhoseCpusTheyComeTo) {
  HostSnapshot snapshot = host();
  snapshot.irqs = {
      {.number = 5, .actions = {"nvme0q1"}, .affinity = {2}, .effective = {2}, .mobility = IrqMobility::fixed},
      {.number = 6, .actions = {"eth0"}, .affinity = {0, 1}, .effective = {4}},
      {.number = 7, .actions = {"eth1"}, .affinity = {0, 4}, .effective = {4}}};
  const std::vector<Exclusion> both{{Exclusion::Of::interrupts, {2, 3}, "for a"},
                                    {Exclusion::Of::interrupts, {4}, "for b"}};
  Exclusions exclusions(pointers(both), snapshot);
  const std::vector left{exclusions.residuals(0), exclusions.residuals(1)};
  ASSERT_EQ(left.at(0).size(), 1U);
  EXPECT_EQ(left.at(0).front().what, "IRQ 5 (nvme0q1) stays on 2");
  ASSERT_EQ(left.at(1).size(), 1U) << "IRQ 7 is moved yet";
  EXPECT_EQ(left.at(1).front().what, "IRQ 6 (eth0) may come to 4 once more");
}

ThreadState thread_in(const std::string& cgroup) { return {.id = {7, 1}, .name = "worker", .cgroup = cgroup}; }

CpuSet kept_off_thread(const std::string& cgroup, bool keeps_thread_masks) {
  HostSnapshot snapshot = host();
  snapshot.keeps_thread_masks = keeps_thread_masks;
  snapshot.cgroups["odd.slice"];
  snapshot.cgroups[a + "/libvirt"];
  snapshot.threads = {thread_in(cgroup)};
  return kept(two, snapshot.threads.front().id.to_string(), snapshot).off;
}

TEST(ExclusionsTest, WhereTheKernelKeepsMasksAThreadIsKeptOffWhatNoCpusetTakesFromIt) {
  EXPECT_EQ(kept_off_thread("system.slice", true), CpuSet());
  EXPECT_EQ(kept_off_thread(a, true), CpuSet()) << "its set leaves out what b has";
  EXPECT_EQ(kept_off_thread(a + "/libvirt", true), CpuSet());
  EXPECT_EQ(kept_off_thread("machine.slice", true), (CpuSet{2, 3, 4})) << "on the way to both";
  EXPECT_EQ(kept_off_thread("", true), (CpuSet{2, 3, 4}));
  EXPECT_EQ(kept_off_thread("odd.slice", true), (CpuSet{2, 3, 4})) << "no set bounds it";
}

TEST(ExclusionsTest, WhereTheKernelOverwritesMasksEachThreadWithOneOfItsOwnIsPlannedFor) {
  EXPECT_EQ(kept_off_thread("system.slice", false), (CpuSet{2, 3, 4}));
  EXPECT_EQ(kept_off_thread(a, false), CpuSet{4});
}

}  // namespace
}  // namespace acdr::test
