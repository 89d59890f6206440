// SPDX-License-Identifier: GPL-2.0-or-later
// The conditionings that set texts of the kernel: numa-balancing, ksm, transparent-hugepages, sysctl, sysfs, cpu-power.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

using testing::HasSubstr;

class Settings : public testing::Test {
 protected:
  Settings() {
    world.host.add_file("proc/sys/kernel/numa_balancing", "1");
    world.host.add_file("proc/sys/vm/swappiness", "60");
    world.host.add_file("sys/kernel/mm/ksm/run", "1");
    world.host.add_file("sys/kernel/mm/ksm/pages_to_scan", "100");
    world.host.add_file("sys/kernel/mm/transparent_hugepage/enabled", "always", {"always", "madvise", "never"});
    world.host.add_file("sys/block/vda/queue/scheduler", "mq-deadline", {"none", "mq-deadline"});
    world.host.add_file("sys/devices/system/cpu/cpu5/power/pm_qos_resume_latency_us", "0");
    before = world.host.state();
  }
  Result<ClaimStatus> apply(const std::string& conditioning) {
    world.define("site", conditioning);
    return world.engine->apply("site", {}, nullptr, false);
  }
  void release() {
    ASSERT_TRUE(world.engine->release(Subject::host(), ""));
    EXPECT_EQ(world.host.state(), before);
  }
  std::string refusal(const std::string& conditioning) {
    const auto status = apply(conditioning);
    EXPECT_FALSE(status);
    EXPECT_EQ(world.host.state(), before);
    if (status) return "";
    EXPECT_EQ(status.error().kind(), ErrorKind::usage);
    return status.error().message();
  }
  World world;
  std::string before;
};

TEST_F(Settings, NumaBalancingIsOffWhileTheClaimLives) {
  ASSERT_TRUE(apply("numa-balancing"));
  EXPECT_EQ(world.host.file("proc/sys/kernel/numa_balancing"), "0");
  release();
}

TEST_F(Settings, KsmTakesMergedPagesApart) {
  ASSERT_TRUE(apply("ksm: {run: unmerge, pages: 50}"));
  EXPECT_EQ(world.host.file("sys/kernel/mm/ksm/run"), "2");
  EXPECT_EQ(world.host.file("sys/kernel/mm/ksm/pages_to_scan"), "50");
  release();
}

TEST_F(Settings, OfAFileWithChoicesTheChosenWordIsTheValue) {
  ASSERT_TRUE(apply("transparent-hugepages: {enabled: never}"));
  EXPECT_EQ(world.host.file("sys/kernel/mm/transparent_hugepage/enabled"), "never");
  release();
}

TEST_F(Settings, SeveralSettingsStandInOneLine) {
  ASSERT_TRUE(apply("sysfs: {settings: \"block/vda/queue/scheduler=none, kernel/mm/ksm/pages_to_scan = 7\"}"));
  EXPECT_EQ(world.host.file("sys/block/vda/queue/scheduler"), "none");
  EXPECT_EQ(world.host.file("sys/kernel/mm/ksm/pages_to_scan"), "7");
  release();
}

TEST_F(Settings, WhatThisHostDoesNotHaveIsNamed) {
  const auto status = apply("transparent-hugepages: {defrag: never}");
  ASSERT_TRUE(status) << status.error().message();
  ASSERT_EQ(status->residuals.size(), 1U);
  EXPECT_EQ(status->residuals[0].what, "sysfs:kernel/mm/transparent_hugepage/defrag is not set to never");
  release();
}

TEST_F(Settings, OnlyListedSettingsWithinTheirBoundsAreTaken) {
  EXPECT_THAT(refusal("sysctl: {settings: kernel.core_pattern=x}"), HasSubstr("not among the settings a class may"));
  EXPECT_THAT(refusal("sysctl: {settings: vm.swappiness=201}"), HasSubstr("cannot be '201'; it may be 0 to 200"));
  EXPECT_THAT(refusal("sysctl: {settings: vm.swappiness}"), HasSubstr("is not name=value"));
  EXPECT_THAT(refusal("sysctl: {settings: \"vm.swappiness=1,vm.swappiness=2\"}"), HasSubstr("twice"));
  EXPECT_THAT(refusal("sysctl"), HasSubstr("no settings"));
  EXPECT_THAT(refusal("sysfs: {settings: block/../../x/queue/scheduler=none}"), HasSubstr("not among"));
  EXPECT_THAT(refusal("sysfs: {settings: block/vda/queue/scheduler=cfq}"), HasSubstr("one of: none"));
}

TEST_F(Settings, TwoClaimsThatWantDifferentValuesAreNotBothAdmitted) {
  world.define("calm", "sysctl: {settings: vm.swappiness=10}");
  world.define("eager", "sysctl: {settings: vm.swappiness=90}");
  ASSERT_TRUE(world.engine->apply("calm", {}, nullptr, false));
  const auto second = world.engine->apply("eager", {}, nullptr, false);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), ErrorKind::refused);
  EXPECT_THAT(second.error().message(), HasSubstr("sysctl:vm.swappiness must be 10 for sysctl of host class calm"));
  EXPECT_EQ(world.host.file("proc/sys/vm/swappiness"), "10");
  release();
}

/// Only `balanced` wants the opposite of the others, and is for hosts without them.
TEST(ShippedClasses, ThatMeetOnOneHostAgreeAboutIt) {
  World world;
  for (const auto* name :
       {"kernel/numa_balancing", "kernel/timer_migration", "kernel/nmi_watchdog", "kernel/sched_rt_runtime_us",
        "vm/stat_interval", "vm/dirty_ratio", "vm/dirty_background_ratio"})
    world.host.add_file(std::string("proc/sys/") + name, "1");
  for (const auto* name : {"ksm/run", "transparent_hugepage/enabled", "transparent_hugepage/defrag",
                           "transparent_hugepage/khugepaged/defrag"})
    world.host.add_file(std::string("sys/kernel/mm/") + name, "x");
  ASSERT_TRUE(world.engine->apply("quiet-host", {{"cores", "7"}}, nullptr, false));
  int tid = 1000;
  for (const auto* name : {"vnf", "realtime", "latency", "throughput", "nested"}) {
    const auto vm = World::domain(name, 1, name);
    world.start(vm, tid += 100);
    const auto status = world.engine->status();
    const auto mine = std::ranges::find(status, "domain " + vm.name, &ClaimStatus::name);
    ASSERT_NE(mine, status.end());
    EXPECT_EQ(mine->state, "active") << name << ": " << testing::PrintToString(mine->problems);
  }
}

TEST_F(Settings, AValueTheKernelRefusesLeavesTheHostAsItWas) {
  world.host.fail_write = [](const std::string& path) { return path.ends_with("swappiness") ? EINVAL : 0; };
  ASSERT_FALSE(apply("sysctl: {settings: vm.swappiness=10}"));
  EXPECT_EQ(world.host.state(), before);
  EXPECT_TRUE(world.engine->claims().empty());
}

TEST_F(Settings, AZeroLatencyLimitIsTheKernelsNotApplicable) {
  ASSERT_TRUE(apply("cpu-power: {cores: \"5\", latency: 0}"));
  EXPECT_EQ(world.host.file("sys/devices/system/cpu/cpu5/power/pm_qos_resume_latency_us"), "n/a");
  release();
}

TEST_F(Settings, ACoreWithoutFrequencyControlIsNamedWithTheRemedy) {
  const auto status = apply("cpu-power: {cores: \"5\", governor: performance}");
  ASSERT_TRUE(status);
  ASSERT_EQ(status->residuals.size(), 1U);
  EXPECT_THAT(status->residuals[0].remedy, HasSubstr("cpufreq driver"));
  release();
}

}  // namespace
}  // namespace acdr::test
