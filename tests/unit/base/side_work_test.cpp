// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/side_work.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <set>
#include <thread>
#include <vector>

namespace acdr::test {
namespace {

TEST(SideWorkTest, EachJobIsDoneOnce) {
  for (const std::size_t count : {0U, 1U, 2U, 100U}) {
    std::vector<int> done(count);
    SideWork work;
    for (auto& one : done) work.add([&one] { ++one; });
    work.finish();
    EXPECT_EQ(done, std::vector<int>(count, 1));
  }
}

TEST(SideWorkTest, WhatIsAddedAfterItWasFinishedIsDoneAsWell) {
  int done = 0;
  SideWork work;
  for (int round = 1; round <= 3; ++round) {
    work.add([&done] { ++done; });
    work.finish();
    EXPECT_EQ(done, round);
  }
}

TEST(SideWorkTest, ItsEndFinishesIt) {
  int done = 0;
  {
    SideWork work;
    work.add([&done] { ++done; });
  }
  EXPECT_EQ(done, 1);
}

TEST(SideWorkTest, ACallerThatMayRunOnOneCpuDoesAllItself) {
  cpu_set_t before;
  ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  for (unsigned cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
  std::set<std::thread::id> threads;
  SideWork work;
  for (int job = 0; job < 100; ++job) work.add([&threads] { threads.insert(std::this_thread::get_id()); });
  work.finish();
  ASSERT_EQ(::sched_setaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(threads, std::set{std::this_thread::get_id()});
}

}  // namespace
}  // namespace acdr::test
