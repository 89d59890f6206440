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

TEST_F(FlowPinning, HelpersKeepOffTheCpusThatItNames) {
  world.define("flows", "flow-pinning: {cores: \"6-7\"}\n  - emulator-pinning");
  world.start_on_bridge("flows");
  EXPECT_FALSE(world.helpers().intersects(CpuSet::range(6, 7))) << world.helpers().to_list();
  EXPECT_EQ(world.host.irq_mask(41), CpuSet{6});
  EXPECT_EQ(world.host.irq_mask(42), CpuSet{7});
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

TEST_F(FlowPinning, SteeringGoesByAddressesThatTheHostDoesNotHave) {
  define("interfaces: uplink0, cores: \"4\", steer: true");
  EXPECT_NE(world.apply("flows").find("steer goes by a domain's addresses"), std::string::npos);
  EXPECT_EQ(world.host.state(), world.before);
}

/// Domains whose class has the NIC steer what comes for them.
class FlowSteering : public FlowPinning {
 protected:
  FlowSteering() { world.define("steered", "flow-pinning: {interfaces: uplink0, cores: \"4-5\", steer: true}"); }
  void use_flow_table(unsigned size) {
    world.host.add_flow_table("uplink0", size);
    world.engine->host_changed();
    world.before = world.host.state();
  }
  static DomainDefinition domain(const std::string& name, const std::vector<std::string>& addresses,
                                 const std::string& class_name = "steered") {
    auto definition = World::domain(name, 1, class_name);
    definition.addresses = addresses;
    return definition;
  }
};

TEST_F(FlowSteering, EachAddressIsSentToAQueueInTurn) {
  use_flow_table(16);
  const auto web = domain("web", {"52:54:00:00:00:01", "52:54:00:00:00:02"});
  world.start(web, 700);
  EXPECT_EQ(world.host.flows("uplink0"), "on 52:54:00:00:00:01>0 52:54:00:00:00:02>1");
  EXPECT_TRUE(world.verified());
  world.stop(web);
  EXPECT_EQ(world.host.flows("uplink0"), "off");
  EXPECT_EQ(world.host.state(), world.before);
}

TEST_F(FlowSteering, OnlyPinnedQueuesAreUsed) {
  use_flow_table(16);
  world.define("steered", "flow-pinning: {interfaces: uplink0, queues: \"2-3\", cores: \"4\", steer: true}");
  world.start(domain("web", {"52:54:00:00:00:01", "52:54:00:00:00:02", "52:54:00:00:00:03"}), 700);
  EXPECT_EQ(world.host.flows("uplink0"), "on 52:54:00:00:00:01>2 52:54:00:00:00:02>3 52:54:00:00:00:03>2");
}

TEST_F(FlowSteering, TwoDomainsInEitherOrderEndAtTheBaseline) {
  use_flow_table(16);
  const auto first = domain("first", {"52:54:00:00:00:01"});
  const auto second = domain("second", {"52:54:00:00:00:02"});
  for (const bool in_order : {true, false}) {
    world.start(first, 700);
    world.start(second, 710);
    EXPECT_EQ(world.host.flows("uplink0"), "on 52:54:00:00:00:01>0 52:54:00:00:00:02>0");
    world.stop(in_order ? first : second);
    EXPECT_EQ(world.host.flows("uplink0"), in_order ? "on 52:54:00:00:00:02>0" : "on 52:54:00:00:00:01>0");
    world.stop(in_order ? second : first);
    EXPECT_EQ(world.host.state(), world.before);
  }
}

TEST_F(FlowSteering, TheRulesGoBeforeTheNicIsToldToForgetThem) {
  use_flow_table(16);
  const auto web = domain("web", {"52:54:00:00:00:01"});
  world.start(web, 700);
  world.records.clear();
  world.stop(web);
  std::vector<std::string> written;
  for (const auto& record : world.records)
    if (record.knob.kind == KnobKind::flow_rule || record.knob.kind == KnobKind::flow_steering)
      written.push_back(record.knob.to_string() + "=" + to_text(record.to));
  EXPECT_EQ(written, (std::vector<std::string>{"net:uplink0:52:54:00:00:00:01:flow=none", "net:uplink0:ntuple=off"}));
}

TEST_F(FlowSteering, RulesOfOthersStayAndOneForTheSameAddressComesBack) {
  use_flow_table(16);
  ASSERT_TRUE(world.host.set_flow_steering("uplink0", true));
  world.host.make_flow_rule("uplink0", "52:54:00:00:00:01", 3);
  world.host.make_flow_rule("uplink0", "52:54:00:00:00:09", 2);
  const auto before = world.host.flows("uplink0");
  const auto web = domain("web", {"52:54:00:00:00:01"});
  world.start(web, 700);
  EXPECT_EQ(world.host.flows("uplink0"), "on 52:54:00:00:00:01>0 52:54:00:00:00:09>2");
  world.stop(web);
  EXPECT_EQ(world.host.flows("uplink0"), before);
}

TEST_F(FlowSteering, RulesThatTheNicForgotAreMadeAgain) {
  use_flow_table(16);
  world.start(domain("web", {"52:54:00:00:00:01"}), 700);
  ASSERT_TRUE(world.host.set_flow_steering("uplink0", false));
  world.engine->host_changed();
  EXPECT_EQ(world.host.flows("uplink0"), "on 52:54:00:00:00:01>0");
}

TEST_F(FlowSteering, ARestartedDaemonKnowsTheAddresses) {
  use_flow_table(16);
  const auto web = domain("web", {"52:54:00:00:00:01"});
  world.start(web, 700);
  world.restart();
  EXPECT_EQ(world.host.flows("uplink0"), "on 52:54:00:00:00:01>0");
  world.stop(web);
  EXPECT_EQ(world.host.state(), world.before);
}

TEST_F(FlowSteering, AFullTableIsNamedAndTheDomainRuns) {
  use_flow_table(1);
  const auto web = domain("web", {"52:54:00:00:00:01", "52:54:00:00:00:02"});
  world.start(web, 700);
  EXPECT_TRUE(world.tells("net:uplink0:52:54:00:00:00:02:flow is not queue 1"));
  EXPECT_EQ(world.engine->status().front().state, "active");
  world.stop(web);
  EXPECT_EQ(world.host.state(), world.before);
}

TEST_F(FlowSteering, ANicThatTakesNoRulesIsCalledUnsupported) {
  world.start(domain("web", {"52:54:00:00:00:01"}), 700);
  const auto residuals = world.engine->status().front().residuals;
  ASSERT_EQ(residuals.size(), 1U);
  EXPECT_EQ(residuals.front().what, "which flows come to which queue of uplink0 is left to the NIC");
  EXPECT_TRUE(residuals.front().reason.starts_with("unsupported"));
}

TEST_F(FlowSteering, ADomainWithoutAddressesIsTold) {
  use_flow_table(16);
  world.start(domain("web", {}), 700);
  EXPECT_TRUE(world.tells("which flows come to which queue of uplink0"));
  EXPECT_EQ(world.host.flows("uplink0"), "off");
}

TEST_F(FlowSteering, TwoClaimsCannotSendOneAddressToTwoQueues) {
  use_flow_table(16);
  world.define("other", "flow-pinning: {interfaces: uplink0, queues: \"3-3\", cores: \"4\", steer: true}");
  world.start(domain("first", {"52:54:00:00:00:01"}), 700);
  world.start(domain("second", {"52:54:00:00:00:01"}, "other"), 710);
  EXPECT_EQ(world.host.flows("uplink0"), "on 52:54:00:00:00:01>0");
  EXPECT_EQ(world.engine->status().back().state, "failed");
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
