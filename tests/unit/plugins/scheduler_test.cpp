// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

using testing::HasSubstr;
using Kernel = FakeHost::Kernel;

const DomainDefinition vm = World::domain("web", 2, "timely");

std::vector<Residual> residuals_of(const World& world) { return world.engine->status().at(0).residuals; }

TEST(SchedulerConditioning, VcpuThreadsGetTheRealTimePolicyAndLoseItAgain) {
  World world;
  world.define("timely", "scheduler: {policy: fifo, priority: 10}");
  world.start(vm, 1000);
  EXPECT_EQ(world.host.scheduling_of(1001).to_string(), "fifo 10");
  EXPECT_EQ(world.host.scheduling_of(1002).to_string(), "fifo 10");
  EXPECT_EQ(world.host.scheduling_of(1000).to_string(), "other");
  EXPECT_THAT(residuals_of(world),
              testing::Contains(testing::Field(&Residual::remedy, HasSubstr("rt-throttling: off"))));
  ASSERT_TRUE(world.engine->release(Subject::domain(vm.uuid), ""));
  EXPECT_EQ(world.host.scheduling_of(1001).to_string(), "other");
}

/// The world's fixed kernel thread is ksoftirqd/5.
constexpr int softirqs_of_5 = 20;

TEST(SchedulerConditioning, WhatTheKernelBindsToTheCoresRunsBeforeTheVcpusAndNothingElseDoes) {
  World world;
  world.host.add_kthread(21, "ksoftirqd/1", "1", true);
  world.host.add_kthread(22, "kworker/5:0H", "5", true);
  ASSERT_TRUE(world.host.set_scheduling(22, Scheduling::parse("other nice -20").value()));
  const auto before = world.host.state();
  world.define("timely", "cleaner-cores: {cores: 4-5}\n  - scheduler: {policy: fifo, priority: 10}");
  world.start(vm, 1000);
  EXPECT_EQ(world.host.scheduling_of(softirqs_of_5).to_string(), "fifo 11 reset-on-fork");
  EXPECT_EQ(world.host.scheduling_of(22).to_string(), "fifo 11 reset-on-fork");
  EXPECT_EQ(world.host.scheduling_of(21).to_string(), "other");
  EXPECT_EQ(world.host.scheduling_of(2).to_string(), "other");
  world.stop(vm);
  EXPECT_EQ(world.host.state(), before);
}

TEST(SchedulerConditioning, WhatTheKernelBindsAndHasAHigherPriorityKeepsIt) {
  World world;
  ASSERT_TRUE(world.host.set_scheduling(softirqs_of_5, Scheduling::parse("rr 50").value()));
  world.define("timely", "cleaner-cores: {cores: 4-5}\n  - scheduler: {policy: fifo, priority: 10}");
  world.start(vm, 1000);
  EXPECT_EQ(world.host.scheduling_of(softirqs_of_5).to_string(), "rr 50");
}

TEST(SchedulerConditioning, AThreadThatTheKernelBindsLaterIsRaisedWithoutALookAtAnyOther) {
  World world;
  world.define("timely", "cleaner-cores: {cores: 4-5}\n  - scheduler: {policy: fifo, priority: 10}");
  world.start(vm, 1000);
  world.host.add_kthread(40, "kworker/4:3", "4", true);
  world.host.add_kthread(41, "kworker/1:3", "1", true);
  std::vector<std::string> read;
  world.host.fail_read = [&](const std::string& path) {
    read.push_back(path);
    return 0;
  };
  for (const int tid : {40, 41}) world.engine->kernel_thread_appeared(tid);
  world.host.fail_read = nullptr;
  EXPECT_EQ(world.host.scheduling_of(40).to_string(), "fifo 11 reset-on-fork");
  EXPECT_EQ(world.host.scheduling_of(41).to_string(), "other");
  EXPECT_THAT(read, testing::Each(testing::Not(HasSubstr("system.slice"))));
  world.stop(vm);
  EXPECT_EQ(world.host.scheduling_of(40).to_string(), "other");
}

TEST(SchedulerConditioning, WhereWhatTheKernelBindsIsNotRaisedThePlanSaysSo) {
  for (const auto& [more, cores, remedy] :
       {std::tuple{", bound-threads: keep", "cleaner-cores: {cores: 4-5}\n  - ", "bound-threads: raise"},
        std::tuple{", priority: 99", "cleaner-cores: {cores: 4-5}\n  - ", "below 99"},
        std::tuple{"", "", "dedicated-cores"}}) {
    World world;
    world.host.add_file("proc/sys/kernel/sched_rt_runtime_us", "950000");
    world.define("timely", fmt::format("{}scheduler: {{policy: fifo, rt-throttling: \"off\"{}}}", cores, more));
    world.start(vm, 1000);
    EXPECT_EQ(world.host.scheduling_of(softirqs_of_5).to_string(), "other");
    const auto residuals = residuals_of(world);
    EXPECT_THAT(residuals, testing::Contains(testing::Field(&Residual::remedy, HasSubstr(remedy))));
  }
}

TEST(SchedulerConditioning, RealTimeThrottlingGoesOffWithTheClaimAndComesBack) {
  World world;
  world.host.add_file("proc/sys/kernel/sched_rt_runtime_us", "950000");
  const auto before = world.host.state();
  world.define("timely",
               "cleaner-cores: {cores: 4-5}\n  - scheduler: {policy: rr, priority: 3, rt-throttling: \"off\"}");
  world.start(vm, 1000);
  EXPECT_EQ(world.host.file("proc/sys/kernel/sched_rt_runtime_us"), "-1");
  EXPECT_THAT(residuals_of(world),
              testing::Each(testing::Field(&Residual::reason, HasSubstr("the kernel binds them"))));
  world.stop(vm);
  EXPECT_EQ(world.host.state(), before);
}

TEST(SchedulerConditioning, ATimeSliceIsSetWhereTheKernelHasOneForEachTask) {
  World world(Kernel::has_partitions);
  world.define("timely", "scheduler: {slice: 20000}");
  world.start(vm, 1000);
  EXPECT_EQ(world.host.scheduling_of(1001).slice, std::chrono::milliseconds(20));
}

TEST(SchedulerConditioning, ElsewhereThePlanSaysThatThereIsNone) {
  World world(Kernel::overwrites_masks);
  world.define("timely", "scheduler: {slice: 20000}");
  world.start(vm, 1000);
  EXPECT_EQ(world.host.scheduling_of(1001), Scheduling{});
  EXPECT_THAT(residuals_of(world).at(0).remedy, HasSubstr("6.12"));
}

TEST(SchedulerConditioning, ThePreemptionIntervalIsTheKernelsOwnTunable) {
  for (const auto* name : {"base_slice_ns", "min_granularity_ns"}) {
    World world;
    const std::string path = std::string("sys/kernel/debug/sched/") + name;
    world.host.add_file(path, "3000000");
    world.define("timely", "scheduler: {interval: 10000}");
    ASSERT_TRUE(world.engine->apply("timely", {}, nullptr, false));
    EXPECT_EQ(world.host.file(path), "10000000");
    ASSERT_TRUE(world.engine->release(Subject::host(), ""));
    EXPECT_EQ(world.host.file(path), "3000000");
  }
}

TEST(SchedulerConditioning, ARealTimePolicyHasNoTimeSlice) {
  World world;
  world.define("timely", "scheduler: {policy: fifo, slice: 1000}");
  EXPECT_EQ(world.engine->apply("timely", {}, &vm, false).error().kind(), ErrorKind::usage);
}

TEST(SchedulingText, IsReadAsItIsWritten) {
  for (const auto* text : {"other", "other nice -5", "batch nice 3", "fifo 99", "rr 1 reset-on-fork",
                           "other nice 1 slice 3000000ns reset-on-fork", "idle"})
    EXPECT_EQ(Scheduling::parse(text).value().to_string(), text);
  for (const auto* text : {"", "fifo", "fifo x", "other slice 3", "deadline", "other nice"})
    EXPECT_FALSE(Scheduling::parse(text)) << text;
}

}  // namespace
}  // namespace acdr::test
