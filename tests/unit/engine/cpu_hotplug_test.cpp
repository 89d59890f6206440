// SPDX-License-Identifier: GPL-2.0-or-later
// CPUs go offline and come back while claims live. The host in memory does what the kernel does then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

using Kernel = FakeHost::Kernel;
using testing::HasSubstr;

class CpuHotplug : public testing::TestWithParam<Kernel> {
 protected:
  void take_offline(unsigned cpu) {
    world.host.take_offline(cpu);
    world.engine->devices_changed();
  }
  void bring_online(unsigned cpu) {
    world.host.bring_online(cpu);
    world.engine->devices_changed();
  }
  [[nodiscard]] CpuSet cores_of(const DomainDefinition& vm) const {
    return world.engine->claims().at({Subject::domain(vm.uuid), ""})->allocation.cores;
  }
  [[nodiscard]] ClaimStatus status() const { return world.engine->status().front(); }
  [[nodiscard]] bool everything_holds() const { return world.engine->verify(std::nullopt).holds(); }

  World world{GetParam()};
  const std::string before = world.host.state();
};
INSTANTIATE_TEST_SUITE_P(EveryKernel, CpuHotplug,
                         testing::Values(Kernel::overwrites_masks, Kernel::keeps_masks, Kernel::has_partitions,
                                         Kernel::keeps_kthread_masks));

TEST_P(CpuHotplug, ADomainWhoseCoreGoesIsDegradedUntilItIsBack) {
  const auto vm = World::domain("web", 2, "vnf");
  world.start(vm, 1000);
  const CpuSet cores = cores_of(vm);
  ASSERT_EQ(status().state, "active");
  take_offline(cores.last());
  EXPECT_EQ(status().state, "degraded");
  ASSERT_FALSE(status().problems.empty());
  EXPECT_THAT(status().problems.front(),
              testing::AllOf(HasSubstr(fmt::format("CPU {} is offline", cores.last())), HasSubstr("domain web")));
  EXPECT_FALSE(everything_holds());
  EXPECT_EQ(cores_of(vm), cores);
  bring_online(cores.last());
  EXPECT_EQ(status().state, "active");
  EXPECT_TRUE(everything_holds());
  EXPECT_EQ(world.host.mask_of(1002), CpuSet{cores.last()});
  world.stop(vm);
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(CpuHotplug, IsFollowedAlsoWhileNothingIsHeld) {
  take_offline(7);
  EXPECT_FALSE(world.engine->topology().online.contains(7));
  bring_online(7);
  EXPECT_TRUE(world.engine->topology().online.contains(7));
}

TEST_P(CpuHotplug, AVcpuWithoutItsCoreIsNeverOnTheCoresOfANeighbour) {
  const auto vm = World::domain("web", 1, "vnf");
  const auto neighbour = World::domain("near", 2, "vnf");
  world.start(vm, 1000);
  world.start(neighbour, 2000);
  take_offline(cores_of(vm).first());
  EXPECT_FALSE(world.host.mask_of(1001).empty());
  EXPECT_TRUE(world.host.mask_of(1001).subset_of(world.host.online()));
  EXPECT_FALSE(world.host.mask_of(1001).intersects(cores_of(neighbour)));
  EXPECT_EQ(world.host.mask_of(2001) | world.host.mask_of(2002), cores_of(neighbour));
}

TEST_P(CpuHotplug, NobodyElseIsOnACoreWhenItComesBack) {
  const auto vm = World::domain("web", 1, "vnf");
  world.start(vm, 1000);
  const CpuSet core = cores_of(vm);
  take_offline(core.first());
  world.host.bring_online(core.first());  // and the daemon has not heard of it yet
  for (const int tid : {1, 2, 30, 31, 500, 501, 502}) EXPECT_FALSE(world.host.mask_of(tid).intersects(core)) << tid;
}

TEST_P(CpuHotplug, NoNewClaimGetsAnOfflineCpu) {
  for (const unsigned cpu : {1U, 2U, 5U}) world.host.take_offline(cpu);
  world.start(World::domain("web", 2, "vnf"), 1000);
  EXPECT_FALSE(status().allocation.cores.intersects(CpuSet{1, 2, 5}));
  EXPECT_FALSE(status().allocation.helpers.intersects(CpuSet{1, 2, 5}));
  EXPECT_TRUE(everything_holds());
  const auto named = world.engine->apply("cleaner-cores", {{"cores", "5"}}, nullptr, false);
  ASSERT_FALSE(named);
  EXPECT_EQ(named.error().kind(), ErrorKind::usage);
  EXPECT_THAT(named.error().message(), HasSubstr("online"));
}

TEST_P(CpuHotplug, AKernelThreadHasTheCpuAgainThatWasOfflineAllTheWhile) {
  world.host.take_offline(7);
  const auto vm = World::domain("web", 2, "vnf");
  world.start(vm, 1000);
  world.stop(vm);
  bring_online(7);
  EXPECT_EQ(world.host.mask_of(2), CpuSet::range(0, 7));
  EXPECT_EQ(world.host.mask_of(31), CpuSet::range(4, 7));
  EXPECT_TRUE(world.engine->held_files().empty());
}

TEST_P(CpuHotplug, WhatTheKernelMakesOfAnInterruptWithoutACpuIsNobodysChoice) {
  ASSERT_TRUE(world.engine->apply("cleaner-cores", {{"cores", "5"}}, nullptr, false));
  ASSERT_TRUE(world.engine->apply("irq-ban", {{"cores", "5"}}, nullptr, false));
  const CpuSet moved = world.host.irq_mask(25);
  ASSERT_FALSE(moved.contains(5));
  for (const unsigned cpu : moved)
    if (cpu != 0) world.host.take_offline(cpu);
  for (const unsigned cpu : moved) world.host.bring_online(cpu);
  world.engine->host_changed();
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  EXPECT_EQ(world.host.irq_mask(25), CpuSet{5});
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(CpuHotplug, AnInterruptWhoseOnlyCpuIsOfflineIsGivenBackAsTheKernelWould) {
  ASSERT_TRUE(world.engine->apply("irq-ban", {{"cores", "5"}}, nullptr, false));
  take_offline(5);
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  EXPECT_EQ(world.host.irq_mask(25), world.host.online());
  EXPECT_TRUE(world.engine->held_files().empty());
}

TEST_P(CpuHotplug, AGovernorIsGivenBackAlthoughItsCpuWasOfflineAtTheEnd) {
  const std::string file = "sys/devices/system/cpu/cpu{}/cpufreq/scaling_governor";
  for (unsigned cpu = 0; cpu < 8; ++cpu) world.host.add_file(fmt::format(fmt::runtime(file), cpu), "schedutil");
  const auto vm = World::domain("quick", 1, "latency");
  world.start(vm, 1000);
  const std::string governor = fmt::format(fmt::runtime(file), cores_of(vm).first());
  const unsigned cpu = cores_of(vm).first();
  ASSERT_EQ(world.host.file(governor), "performance");
  take_offline(cpu);
  world.stop(vm);
  bring_online(cpu);
  EXPECT_EQ(world.host.file(governor), "schedutil");
}

TEST_P(CpuHotplug, ADaemonThatStartsMeanwhileKeepsTheClaimAndItsCore) {
  const auto vm = World::domain("web", 2, "vnf");
  world.start(vm, 1000);
  const CpuSet cores = cores_of(vm);
  world.host.take_offline(cores.first());
  world.restart();
  EXPECT_EQ(status().state, "degraded");
  world.host.bring_online(cores.first());
  world.restart();
  EXPECT_EQ(cores_of(vm), cores);
  EXPECT_TRUE(everything_holds());
  world.stop(vm);
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(CpuHotplug, WithEveryHousekeepingCpuOfflineTheHostLivesOn) {
  const auto vm = World::domain("web", 3, "cleaner-cores");
  world.start(vm, 1000);
  for (const unsigned cpu : CpuSet::range(0, 7) - cores_of(vm)) world.host.take_offline(cpu);
  world.engine->host_changed();
  EXPECT_TRUE(world.host.effective("system.slice").intersects(world.host.online()));
  for (const unsigned cpu : world.host.offline()) world.host.bring_online(cpu);
  world.engine->host_changed();
  EXPECT_TRUE(everything_holds());
}

}  // namespace
}  // namespace acdr::test
