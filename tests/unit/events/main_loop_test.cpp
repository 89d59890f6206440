// SPDX-License-Identifier: GPL-2.0-or-later
#include "events/main_loop.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace acdr::test {
namespace {

using namespace std::chrono_literals;

TEST(MainLoopTest, WhatATimerHoldsIsFreedWhenItHasFired) {
  auto loop = MainLoop::create();
  ASSERT_TRUE(loop);
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> alive = held;
  (*loop)->after(1ms, [held = std::move(held)] {});
  bool freed = false;
  (*loop)->after(20ms, [&] {
    freed = alive.expired();
    (*loop)->exit(0);
  });
  ASSERT_TRUE((*loop)->run());
  EXPECT_TRUE(freed);
}

TEST(MainLoopTest, ATimerMaySetAnother) {
  auto loop = MainLoop::create();
  ASSERT_TRUE(loop);
  int fired = 0;
  std::function<void()> again = [&] {
    if (++fired == 100) return (*loop)->exit(0);
    (*loop)->after(0ms, again);
  };
  (*loop)->after(0ms, again);
  ASSERT_TRUE((*loop)->run());
  EXPECT_EQ(fired, 100);
}

TEST(MainLoopTest, WhatATimerHoldsThatHasNotFiredGoesWithTheLoop) {
  auto loop = MainLoop::create();
  ASSERT_TRUE(loop);
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> alive = held;
  (*loop)->after(1h, [held = std::move(held)] {});
  EXPECT_FALSE(alive.expired());
  loop->reset();
  EXPECT_TRUE(alive.expired());
}

}  // namespace
}  // namespace acdr::test
