// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "support/network_world.hpp"

namespace acdr::test {
namespace {

class FlowPinning : public testing::Test {
 protected:
  void define(const std::string& parameters) { world.define("flows", "flow-pinning: {" + parameters + "}"); }
  [[nodiscard]] std::string masks(const std::string& nic, unsigned queue) const {
    return world.host.queue(nic, fmt::format("rx-{}", queue), "rps_cpus") + " " +
           world.host.queue(nic, fmt::format("tx-{}", queue), "xps_cpus");
  }
  NetworkWorld world;
};

TEST_F(FlowPinning, EachQueueGetsACoreOfItsOwnInTurn) {
  define("interfaces: uplink0, cores: \"4-5,7\"");
  ASSERT_EQ(world.apply("flows"), "");
  EXPECT_EQ(world.host.irq_mask(41), CpuSet{4});
  EXPECT_EQ(world.host.irq_mask(42), CpuSet{5});
  EXPECT_EQ(world.host.irq_mask(43), CpuSet{7});
  EXPECT_EQ(world.host.irq_mask(44), CpuSet{4});
  EXPECT_EQ(masks("uplink0", 0), "10 10");
  EXPECT_EQ(masks("uplink0", 1), "20 20");
  EXPECT_EQ(masks("uplink0", 2), "80 80");
  EXPECT_EQ(masks("uplink0", 3), "10 10");
  EXPECT_TRUE(world.verified());
  EXPECT_TRUE(world.released());
}

TEST_F(FlowPinning, TheInterruptForLinkChangesIsLeftAlone) {
  define("interfaces: uplink0, cores: \"4\"");
  ASSERT_EQ(world.apply("flows"), "");
  EXPECT_EQ(world.host.irq_mask(40), CpuSet::range(0, 7));
}

TEST_F(FlowPinning, OnlyTheNamedQueuesArePinned) {
  define("interfaces: uplink0, queues: \"1-2\", cores: \"4-5\"");
  ASSERT_EQ(world.apply("flows"), "");
  EXPECT_EQ(world.host.irq_mask(41), CpuSet::range(0, 7));
  EXPECT_EQ(world.host.irq_mask(42), CpuSet{4});
  EXPECT_EQ(world.host.irq_mask(43), CpuSet{5});
  EXPECT_EQ(masks("uplink0", 3), "0 0");
  EXPECT_TRUE(world.released());
}

TEST_F(FlowPinning, APlainNumberSaysHowManyQueues) {
  define("interfaces: uplink0, queues: \"2\", cores: \"4\"");
  ASSERT_EQ(world.apply("flows"), "");
  EXPECT_EQ(world.host.irq_mask(42), CpuSet{4});
  EXPECT_NE(world.host.irq_mask(43), CpuSet{4});
  EXPECT_TRUE(world.released());
}

TEST_F(FlowPinning, ForADomainItIsTheNicBelowItsBridgeAndItsHelper) {
  world.define("flows", "flow-pinning: {cores: helper}");
  const auto domain = world.start_on_bridge("flows");
  for (unsigned irq = 41; irq <= 44; ++irq) EXPECT_EQ(world.host.irq_mask(irq), world.helpers());
  EXPECT_EQ(world.host.irq_mask(51), CpuSet::range(0, 7));
  EXPECT_EQ(world.host.queue("uplink0", "rx-2", "rps_cpus"), world.helpers().to_mask());
  EXPECT_TRUE(world.verified());
  world.stop_on_bridge(domain);
  EXPECT_EQ(world.host.state(), world.before);
}

TEST_F(FlowPinning, TheNicOfABondBelowTheBridgeIsFoundToo) {
  world.host.add_nic("bond0", {.master = "br1"});
  world.host.add_nic("eth1", {.irqs = {50, 51, 52}, .master = "bond0"});
  define("interfaces: br1, cores: \"3\"");
  ASSERT_EQ(world.apply("flows"), "");
  EXPECT_EQ(world.host.irq_mask(51), CpuSet{3});
}

TEST_F(FlowPinning, AQueueMayHaveAnInterruptForEachDirection) {
  define("interfaces: eth1, cores: \"3\"");
  ASSERT_EQ(world.apply("flows"), "");
  EXPECT_EQ(world.host.irq_mask(51), CpuSet{3});
  EXPECT_EQ(world.host.irq_mask(52), CpuSet{3});
  EXPECT_EQ(world.host.irq_mask(50), CpuSet::range(0, 7));
  EXPECT_EQ(world.host.queue("eth1", "rx-0", "rps_cpus"), "8");
  EXPECT_TRUE(world.engine->status().front().residuals.empty());
  EXPECT_TRUE(world.released());
}

TEST_F(FlowPinning, TwoClaimsThatShareTheQueuesOutHaveTheirOwnCores) {
  world.define("flows", "flow-pinning: {interfaces: uplink0, queues: \"0-1\", cores: \"4\"}");
  ASSERT_EQ(world.apply("flows"), "");
  world.define("more", "flow-pinning: {interfaces: uplink0, queues: \"2-3\", cores: \"5\"}");
  ASSERT_EQ(world.apply("more"), "");
  EXPECT_EQ(world.host.irq_mask(42), CpuSet{4});
  EXPECT_EQ(world.host.irq_mask(43), CpuSet{5});
  ASSERT_TRUE(world.engine->release(Subject::host(), "flows"));
  EXPECT_EQ(world.host.irq_mask(42), CpuSet::range(0, 7));
  EXPECT_EQ(world.host.irq_mask(43), CpuSet{5});
  EXPECT_TRUE(world.released());
}

TEST_F(FlowPinning, BesideEmulatorPinningTheInterruptsKeepOffTheHelpers) {
  world.define("flows", "flow-pinning: {cores: housekeeping}\n  - emulator-pinning");
  world.start_on_bridge("flows");
  for (unsigned irq = 41; irq <= 44; ++irq) EXPECT_FALSE(world.host.irq_mask(irq).intersects(world.helpers())) << irq;
  EXPECT_EQ(world.host.irq_mask(41).count(), 1U);
  for (const auto& notice : world.notices) EXPECT_EQ(notice.find("fell back"), std::string::npos) << notice;
  EXPECT_TRUE(world.verified());
}

TEST_F(FlowPinning, WhileTheNicIsDownItIsToldAndPinnedOnceItIsUp) {
  for (unsigned irq = 40; irq <= 44; ++irq) world.host.add_irq(irq, "", "0-7");
  define("interfaces: uplink0, cores: \"4\"");
  ASSERT_EQ(world.apply("flows"), "");
  EXPECT_TRUE(world.tells("no interrupt of uplink0's queues is pinned"));
  world.host.add_irq(41, "uplink0-TxRx-0", "0-7");
  world.engine->host_changed();
  EXPECT_FALSE(world.tells("no interrupt of uplink0's queues is pinned"));
  EXPECT_EQ(world.host.irq_mask(41), CpuSet{4});
}

TEST_F(FlowPinning, AFixedInterruptIsNamedAndItsPacketsAreHandedOver) {
  world.host.add_irq(42, "uplink0-TxRx-1", "0-1", true);
  define("interfaces: uplink0, queues: \"1-1\", cores: \"4\"");
  ASSERT_EQ(world.apply("flows"), "");
  EXPECT_TRUE(world.tells("IRQ 42 (uplink0-TxRx-1) stays on 0-1"));
  EXPECT_EQ(masks("uplink0", 1), "10 10");
}

TEST_F(FlowPinning, SteeringRulesAreToldHowToOnlyWhenAskedFor) {
  define("interfaces: uplink0, cores: \"4\"");
  ASSERT_EQ(world.apply("flows"), "");
  EXPECT_TRUE(world.engine->status().front().residuals.empty());
  define("interfaces: uplink0, cores: \"4\", steer: true");
  ASSERT_EQ(world.apply("flows"), "");
  const auto residuals = world.engine->status().front().residuals;
  ASSERT_EQ(residuals.size(), 1U);
  EXPECT_EQ(residuals.front().reason, "unsupported: flow steering rules (ntuple) are not set by acdr");
  EXPECT_TRUE(residuals.front().remedy.starts_with("ethtool -K uplink0 ntuple on; ethtool -N uplink0"));
}

TEST_F(FlowPinning, QueuesThatTheNicDoesNotHaveAreTold) {
  define("interfaces: uplink0, queues: \"3-5\", cores: \"4\"");
  ASSERT_EQ(world.apply("flows"), "");
  EXPECT_TRUE(world.tells("queues 4-5 of uplink0 are not pinned"));
  EXPECT_EQ(world.host.irq_mask(44), CpuSet{4});
}

TEST_F(FlowPinning, ADomainWhoseInterfaceLeadsToNoNicIsTold) {
  world.define("flows", "flow-pinning: {cores: helper}");
  auto domain = World::domain("alone", 1, "flows");
  domain.interfaces = {"virbr0"};
  world.start(domain, 700);
  EXPECT_TRUE(world.tells("no queue is pinned"));
}

TEST_F(FlowPinning, WhatMakesNoSenseIsAnError) {
  world.define("flows", "flow-pinning: {cores: helper}");
  EXPECT_NE(world.apply("flows").find("its NICs are eth1, uplink0"), std::string::npos);
  define("interfaces: eth9");
  EXPECT_NE(world.apply("flows").find("'eth9' leads to no NIC"), std::string::npos);
  for (const auto* queues : {"some", "3-1", " "}) {
    define(fmt::format("interfaces: uplink0, queues: \"{}\"", queues));
    EXPECT_NE(world.apply("flows").find("is no list of queues"), std::string::npos) << queues;
  }
  EXPECT_EQ(world.host.state(), world.before);
}

}  // namespace
}  // namespace acdr::test
