// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "support/network_world.hpp"

namespace acdr::test {
namespace {

class IrqPinning : public testing::Test {
 protected:
  void define(const std::string& parameters) { world.define("pin", "irq-pinning: {" + parameters + "}"); }
  NetworkWorld world;
};

TEST_F(IrqPinning, NumbersNamesAndPatternsGoToTheCoresAndComeBack) {
  define("irqs: \"4 virtio1 uplink0-TxRx-[01]\", cores: \"4-5\"");
  ASSERT_EQ(world.apply("pin"), "");
  for (const unsigned irq : {4U, 41U, 42U, 50U, 51U, 52U}) EXPECT_EQ(world.host.irq_mask(irq), (CpuSet{4, 5})) << irq;
  for (const unsigned irq : {40U, 43U, 44U}) EXPECT_EQ(world.host.irq_mask(irq), CpuSet::range(0, 7)) << irq;
  EXPECT_TRUE(world.verified());
  EXPECT_TRUE(world.released());
}

TEST_F(IrqPinning, AnInterfaceStandsForAllItsInterrupts) {
  define("irqs: uplink0, cores: \"6\"");
  ASSERT_EQ(world.apply("pin"), "");
  for (unsigned irq = 40; irq <= 44; ++irq) EXPECT_EQ(world.host.irq_mask(irq), CpuSet{6});
  EXPECT_TRUE(world.released());
}

TEST_F(IrqPinning, ADeviceIsNotTakenForAnotherWhoseNameGoesOnWithADigit) {
  world.host.add_irq(60, "virtio10-config", "0-7");
  define("irqs: virtio1, cores: \"6\"");
  ASSERT_EQ(world.apply("pin"), "");
  EXPECT_EQ(world.host.irq_mask(50), CpuSet{6});
  EXPECT_EQ(world.host.irq_mask(60), CpuSet::range(0, 7));
}

TEST_F(IrqPinning, ItGoesTogetherWithABanOfOtherCores) {
  define("irqs: uplink0-TxRx-0, cores: \"4-6\"");
  ASSERT_EQ(world.apply("pin"), "");
  ASSERT_TRUE(world.engine->apply("irq-ban", {{"cores", "5-7"}}, nullptr, false));
  EXPECT_EQ(world.host.irq_mask(41), CpuSet{4});
  EXPECT_EQ(world.host.irq_mask(42), CpuSet::range(0, 4));
  ASSERT_TRUE(world.engine->release(Subject::host(), "irq-ban"));
  EXPECT_EQ(world.host.irq_mask(41), (CpuSet{4, 5, 6}));
  EXPECT_TRUE(world.released());
}

TEST_F(IrqPinning, ADomainsInterruptsGoToItsHelperAndBackWhenItStops) {
  define("irqs: eth1");
  const auto domain = world.start_on_bridge("pin");
  ASSERT_EQ(world.helpers().count(), 1U);
  EXPECT_EQ(world.host.irq_mask(51), world.helpers());
  EXPECT_TRUE(world.verified());
  world.stop_on_bridge(domain);
  EXPECT_EQ(world.host.state(), world.before);
}

TEST_F(IrqPinning, OneThatTheKernelManagesIsNamedWithTheRemedyAndLeft) {
  define("irqs: virtio0, cores: \"4\"");
  ASSERT_EQ(world.apply("pin"), "");
  EXPECT_EQ(world.host.irq_mask(35), (CpuSet{4, 5}));
  const auto residuals = world.engine->status().front().residuals;
  ASSERT_EQ(residuals.size(), 1U);
  EXPECT_EQ(residuals.front().what, "IRQ 35 (virtio0-req.0) stays on 4-5");
  EXPECT_EQ(residuals.front().remedy, "boot with isolcpus=managed_irq,5");
}

TEST_F(IrqPinning, APatternThatMatchesNothingYetIsToldAndFollowedOnceItDoes) {
  define("irqs: \"nvme0q*\", cores: \"3\"");
  ASSERT_EQ(world.apply("pin"), "");
  EXPECT_TRUE(world.tells("'nvme0q*' pins no interrupt"));
  world.host.add_irq(70, "nvme0q1", "0-7");
  world.engine->host_changed();
  EXPECT_FALSE(world.tells("'nvme0q*' pins no interrupt"));
  EXPECT_EQ(world.host.irq_mask(70), CpuSet{3});
}

TEST_F(IrqPinning, AnInterruptWithoutAHandlerIsLeftAlone) {
  world.host.add_irq(41, "", "0-7");
  define("irqs: 41, cores: \"3\"");
  ASSERT_EQ(world.apply("pin"), "");
  EXPECT_TRUE(world.tells("'41' pins no interrupt"));
  EXPECT_EQ(world.host.irq_mask(41), CpuSet::range(0, 7));
}

TEST_F(IrqPinning, NoInterruptNamedIsAnError) {
  world.define("pin", "irq-pinning");
  EXPECT_NE(world.apply("pin").find("irq-pinning: no interrupt is named; give irqs"), std::string::npos);
}

TEST_F(IrqPinning, ANumberOrNameThatTheHostDoesNotHaveIsAnError) {
  for (const auto* irqs : {"99", "uplink9", "99999999999999999999", "br0"}) {
    define(fmt::format("irqs: \"uplink0 {}\", cores: \"3\"", irqs));
    EXPECT_NE(world.apply("pin").find(fmt::format("'{}' is no interrupt", irqs)), std::string::npos) << irqs;
  }
  EXPECT_EQ(world.host.state(), world.before);
}

TEST_F(IrqPinning, CoresThatAreNotOnlineAreAnError) {
  define("irqs: uplink0, cores: \"6-9\"");
  EXPECT_NE(world.apply("pin").find("CPUs 8-9 are not online"), std::string::npos);
}

TEST_F(IrqPinning, AllocatedOfAClassWithoutCoresIsToldAndChangesNothing) {
  define("irqs: uplink0, cores: allocated");
  ASSERT_EQ(world.apply("pin"), "");
  EXPECT_TRUE(world.tells("the named interrupts are not pinned"));
  EXPECT_EQ(world.host.state(), world.before);
}

TEST_F(IrqPinning, ARunningIrqbalanceIsNamed) {
  world.host.start_irqbalance("527", "");
  define("irqs: 41, cores: \"3\"");
  ASSERT_EQ(world.apply("pin"), "");
  const auto residuals = world.engine->status().front().residuals;
  ASSERT_EQ(residuals.size(), 1U);
  EXPECT_EQ(residuals.front().remedy, "start irqbalance with --banirq=41, or stop it");
}

}  // namespace
}  // namespace acdr::test
