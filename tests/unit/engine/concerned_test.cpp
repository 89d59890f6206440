// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/concerned.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace acdr::test {
namespace {

const KnobId system_cpus{KnobKind::cgroup_cpus, "system.slice"};
const KnobId web_cpus{KnobKind::cgroup_cpus, "machine.slice/web.scope"};
const KnobId service_thread{KnobKind::thread_affinity, "10@1"};
const KnobId web_thread{KnobKind::thread_affinity, "20@1"};
const KnobId gone_thread{KnobKind::thread_affinity, "99@1"};
const KnobId irq{KnobKind::irq_affinity, "4"};

Wish keep_off(const KnobId& knob, const CpuSet& cpus) { return {knob, Exclude{cpus}, "test", {}}; }

HostPlan plan_of(std::vector<Wish> wishes) {
  HostPlan plan;
  plan.wishes = std::move(wishes);
  plan.cpus = {.online = CpuSet::range(0, 7), .housekeeping = CpuSet::range(0, 3)};
  return plan;
}

HostSnapshot make_host() {
  HostSnapshot snapshot;
  snapshot.threads = {{{10, 1}, "server", "system.slice/a.service", {}}, {{20, 1}, "qemu", web_cpus.object, {}}};
  return snapshot;
}

const HostSnapshot host = make_host();
const HostPlan same = plan_of({keep_off(irq, {4}), keep_off(system_cpus, {4}), keep_off(web_cpus, {4})});
const Area machine_slice{.cgroups = {"machine.slice"}, .machine = false};

TEST(ConcernedTest, WithoutAPlanThatWasCarriedOutEveryKnobIs) {
  EXPECT_TRUE(Concerned().contains(irq));
  EXPECT_FALSE(Concerned().exceeds_area());
}

TEST(ConcernedTest, AfterALookAtTheWholeHostEveryKnobIs) {
  const Concerned concerned(Area{}, host, same, same);
  for (const auto& knob : {irq, system_cpus, web_cpus, service_thread, web_thread, gone_thread})
    EXPECT_TRUE(concerned.contains(knob)) << knob.to_string();
}

TEST(ConcernedTest, KnobsOfTheAreaAreAndOthersAreNot) {
  const Concerned concerned(machine_slice, host, same, same);
  EXPECT_TRUE(concerned.contains(web_cpus));
  EXPECT_TRUE(concerned.contains(web_thread));
  for (const auto& knob : {irq, system_cpus, service_thread, gone_thread})
    EXPECT_FALSE(concerned.contains(knob)) << knob.to_string();
  EXPECT_FALSE(concerned.exceeds_area());
}

TEST(ConcernedTest, WhereDevicesCameOrWentWhatIsInNoCgroupIs) {
  const Concerned concerned(Area{.cgroups = {}, .devices = true}, host, same, same);
  EXPECT_TRUE(concerned.contains(irq));
  for (const auto& knob : {web_cpus, web_thread, system_cpus, service_thread, gone_thread})
    EXPECT_FALSE(concerned.contains(knob)) << knob.to_string();
  EXPECT_FALSE(concerned.exceeds_area());
}

TEST(ConcernedTest, OfASettledScopeOnlyWhatIsWantedOtherwiseIs) {
  const Area settled{.settled = Area::Scopes{web_cpus.object, "machine.slice/b.scope"},
                     .unsettled = {"machine.slice/b.scope"}};
  const HostPlan now = plan_of({keep_off(irq, {4}), keep_off(system_cpus, {4}), keep_off(web_cpus, {5})});
  const Concerned concerned(settled, host, same, now);
  EXPECT_TRUE(concerned.leaves_out(web_cpus.object));
  EXPECT_EQ(concerned.changed(), (std::unordered_set<KnobId, KnobHash>{web_cpus}));
  for (const char* scope : {"machine.slice/b.scope", "machine.slice/c.scope", ""})
    EXPECT_FALSE(concerned.leaves_out(scope)) << scope;
}

TEST(ConcernedTest, WhereOtherCpusAreOnlineNoScopeIsLeftOut) {
  HostPlan now = same;
  now.cpus.online = CpuSet::range(0, 6);
  EXPECT_FALSE(Concerned(Area{.settled = Area::Scopes{web_cpus.object}}, host, same, now).leaves_out(web_cpus.object));
  EXPECT_FALSE(Concerned().leaves_out(web_cpus.object));
}

TEST(ConcernedTest, WhatIsSettledIsNot) {
  Area area = machine_slice;
  area.settled = Area::Scopes{web_cpus.object};
  const Concerned concerned(area, host, same, same);
  EXPECT_FALSE(concerned.contains(web_cpus));
  EXPECT_FALSE(concerned.contains(web_thread));
  EXPECT_TRUE(concerned.contains({KnobKind::cgroup_cpus, "machine.slice/other.scope"}));
}

TEST(ConcernedTest, ThreadsThatWereToldOfAreWhereverTheyAre) {
  const Concerned concerned(Area{.cgroups = {}, .threads = {10}, .machine = false}, host, same, same);
  EXPECT_TRUE(concerned.contains(service_thread));
  EXPECT_FALSE(concerned.contains(web_thread));
}

TEST(ConcernedTest, AThreadThatTheKernelBindsIsWhereItWasToldOfOrIsWantedOtherwise) {
  const KnobId policy{KnobKind::thread_policy, "7@1"};
  const HostPlan now = plan_of({{policy, RealTimeAtLeast{2}, "test", {}}});
  const Area elsewhere{.cgroups = {}, .machine = false};
  EXPECT_FALSE(Concerned(elsewhere, host, now, now).contains(policy));
  EXPECT_TRUE(Concerned(elsewhere, host, same, now).contains(policy));
  EXPECT_TRUE(Concerned(Area{.cgroups = {}, .threads = {7}, .machine = false}, host, now, now).contains(policy));
}

TEST(ConcernedTest, KnobsThatAreWantedOtherwiseAreWhetherTheWishIsNewOrOtherOrGone) {
  const KnobId fresh{KnobKind::irq_affinity, "5"};
  const HostPlan now = plan_of({keep_off(fresh, {4}), keep_off(system_cpus, {4, 5}), keep_off(web_cpus, {4})});
  Area settled{.settled = Area::Scopes{"machine.slice/web.scope"}};
  const Concerned concerned(settled, host, same, now);
  for (const auto& knob : {irq, fresh, system_cpus}) EXPECT_TRUE(concerned.contains(knob)) << knob.to_string();
  EXPECT_FALSE(concerned.contains(web_cpus));
}

TEST(ConcernedTest, ForWhomSomethingIsWantedMakesNoDifference) {
  std::vector<Wish> wishes;
  for (const Wish* wish : same.wishes.by_knob()) wishes.push_back({wish->knob, wish->want, "somebody else", {}});
  const HostPlan now = plan_of(wishes);
  EXPECT_FALSE(Concerned(machine_slice, host, same, now).contains(irq));
}

TEST(ConcernedTest, ASetThatChangesMovesTheThreadsInIt) {
  const HostPlan now = plan_of({keep_off(irq, {4}), keep_off(system_cpus, {4, 5}), keep_off(web_cpus, {4})});
  const Concerned concerned(Area{.cgroups = {"machine.slice", "system.slice/b.service"}, .machine = false}, host, same,
                            now);
  EXPECT_TRUE(concerned.contains(service_thread));
  EXPECT_TRUE(concerned.exceeds_area()) << "nobody has looked at the threads of system.slice";
}

TEST(ConcernedTest, APartitionThatComesOrGoesConcernsEveryThread) {
  HostPlan now = same;
  now.wishes.add({{{KnobKind::cgroup_partition, "machine.slice/b.scope"}, Equal{std::string("isolated")}, "test", {}}});
  now.wishes.sort();
  EXPECT_TRUE(Concerned(machine_slice, host, same, now).exceeds_area());
  const Concerned concerned(Area{.settled = Area::Scopes{web_cpus.object}}, host, same, now);
  EXPECT_FALSE(concerned.exceeds_area());
  for (const auto& thread : {service_thread, web_thread}) EXPECT_TRUE(concerned.contains(thread));
  EXPECT_FALSE(concerned.contains(web_cpus)) << "its set stays what it is";
}

TEST(ConcernedTest, WhatIsWrittenWithoutBeingWantedOtherwiseMovesThreadsAsWell) {
  Concerned concerned(Area{.cgroups = {"machine.slice"}, .settled = Area::Scopes{web_cpus.object}, .machine = false},
                      host, same, same);
  ASSERT_FALSE(concerned.contains(web_thread));
  EXPECT_TRUE(concerned.widen({KnobKind::cgroup_cpus, "machine.slice"}));
  EXPECT_FALSE(concerned.widen({KnobKind::cgroup_cpus, "machine.slice"})) << "that is known";
  EXPECT_FALSE(concerned.widen(irq));
  EXPECT_TRUE(concerned.contains(web_thread));
  EXPECT_TRUE(concerned.widen({KnobKind::cgroup_partition, web_cpus.object}));
  EXPECT_TRUE(concerned.exceeds_area());
}

TEST(ConcernedTest, OtherCpusOnlineConcernEverybody) {
  HostPlan now = same;
  now.cpus.online = CpuSet::range(0, 6);
  EXPECT_TRUE(Concerned(machine_slice, host, same, now).contains(irq));
}

TEST(ConcernedTest, AWriteToTheSetOfWhatIsSettledOrAboveItExceedsEvenALookAtTheWholeHost) {
  const Area settled{.settled = Area::Scopes{"machine.slice/web.scope"}};
  for (const auto* cgroup : {"machine.slice", "machine.slice/web.scope", "machine.slice/web.scope/libvirt"}) {
    Concerned concerned(settled, host, same, same);
    EXPECT_FALSE(concerned.exceeds_area());
    concerned.widen({KnobKind::cgroup_cpus, cgroup});
    EXPECT_TRUE(concerned.exceeds_area()) << cgroup;
  }
  Concerned concerned(settled, host, same, same);
  concerned.widen(system_cpus);
  EXPECT_FALSE(concerned.exceeds_area());
}

}  // namespace
}  // namespace acdr::test
