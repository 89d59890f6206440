// SPDX-License-Identifier: GPL-2.0-or-later
// irq-ban and a running irqbalance, which shows and follows what it was told only from its next round on.
#include <gtest/gtest.h>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

class WithIrqbalance : public testing::Test {
 protected:
  WithIrqbalance() {
    world.host.start_irqbalance("527", "7");
    world.engine->host_changed();
  }
  void ban(const std::string& cores) {
    ASSERT_TRUE(world.engine->apply("irq-ban", {{"cores", cores}}, nullptr, false));
  }
  World world;
};

TEST_F(WithIrqbalance, ItBansTheCoresBesidesItsOwnAndGetsItsSettingBack) {
  ban("4-5");
  world.host.irqbalance_round();
  EXPECT_EQ(world.host.banned(), (CpuSet{4, 5, 7}));
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  world.host.irqbalance_round();
  EXPECT_EQ(world.host.banned(), CpuSet{7});
}

TEST_F(WithIrqbalance, WhatItShowsARoundLateIsNotTakenForSomebodyElsesSetting) {
  ban("4-5");
  world.host.irqbalance_round();
  ban("3-5");
  world.engine->host_changed();
  world.host.irqbalance_round();
  EXPECT_EQ(world.host.banned(), (CpuSet{3, 4, 5, 7}));
  world.engine->host_changed();
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  world.host.irqbalance_round();
  EXPECT_EQ(world.host.banned(), CpuSet{7});
}

}  // namespace
}  // namespace acdr::test
