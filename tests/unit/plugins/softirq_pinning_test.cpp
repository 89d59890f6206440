// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "support/network_world.hpp"

namespace acdr::test {
namespace {

class SoftirqPinning : public testing::Test {
 protected:
  void define(const std::string& parameters) { world.define("soft", "softirq-pinning: {" + parameters + "}"); }
  [[nodiscard]] std::string rps(const std::string& nic, const std::string& queue) const {
    return world.host.queue(nic, queue, "rps_cpus");
  }
  [[nodiscard]] std::string xps(const std::string& nic, const std::string& queue) const {
    return world.host.queue(nic, queue, "xps_cpus");
  }
  NetworkWorld world;
};

TEST_F(SoftirqPinning, EveryQueueOfADomainsTapIsServedByItsHelperOnceTheTapHasAName) {
  world.define("soft", "softirq-pinning");
  const auto domain = world.start_on_bridge("soft");
  const std::string helper = world.helpers().to_mask();
  for (const auto* queue : {"rx-0", "rx-1"}) EXPECT_EQ(rps("vnet0", queue), helper);
  for (const auto* queue : {"tx-0", "tx-1"}) EXPECT_EQ(xps("vnet0", queue), helper);
  EXPECT_EQ(rps("uplink0", "rx-0"), "0");
  EXPECT_TRUE(world.verified());
  world.stop_on_bridge(domain);
  EXPECT_EQ(world.host.state(), world.before);
}

TEST_F(SoftirqPinning, ATapPluggedInLaterFollows) {
  world.define("soft", "softirq-pinning");
  auto domain = world.start_on_bridge("soft");
  world.host.add_nic("vnet1", {.master = "br0"});
  domain.target_devices.emplace_back("vnet1");
  world.engine->domain_running(domain);
  EXPECT_EQ(rps("vnet1", "rx-0"), world.helpers().to_mask());
  EXPECT_TRUE(world.verified());
}

TEST_F(SoftirqPinning, ATapIsKnownAfterTheDaemonWasRestarted) {
  world.define("soft", "softirq-pinning");
  world.start_on_bridge("soft");
  world.restart();
  EXPECT_EQ(rps("vnet0", "rx-1"), world.helpers().to_mask());
}

TEST_F(SoftirqPinning, ADomainMayNameTheBridgeBesides) {
  define("interfaces: br0, cores: housekeeping");
  const auto domain = world.start_on_bridge("soft");
  EXPECT_EQ(rps("br0", "rx-0"), "ff");
  EXPECT_EQ(rps("vnet0", "rx-0"), "ff");
  world.stop_on_bridge(domain);
  EXPECT_EQ(world.host.state(), world.before);
}

TEST_F(SoftirqPinning, WhatADomainNamesAndIsNotThereIsToldUntilItComes) {
  define("interfaces: ovs-port");
  world.start_on_bridge("soft");
  EXPECT_TRUE(world.tells("packets of ovs-port are taken on wherever they arrive"));
  world.host.add_nic("ovs-port", {});
  world.engine->host_changed();
  EXPECT_FALSE(world.tells("packets of ovs-port are taken on wherever they arrive"));
  EXPECT_EQ(rps("ovs-port", "rx-0"), world.helpers().to_mask());
}

TEST_F(SoftirqPinning, ADomainWithoutAnInterfaceIsTold) {
  world.define("soft", "softirq-pinning");
  auto domain = World::domain("alone", 1, "soft");
  EXPECT_EQ(world.engine->prepare(domain), "");
  EXPECT_FALSE(world.tells("packets are taken on wherever they arrive"));
  world.start(domain, 700, false);
  EXPECT_TRUE(world.tells("packets are taken on wherever they arrive"));
}

TEST_F(SoftirqPinning, OnTheHostTheInterfacesAreNamed) {
  define("interfaces: \"br0 uplink0\", cores: \"2-3\"");
  ASSERT_EQ(world.apply("soft"), "");
  EXPECT_EQ(rps("br0", "rx-0"), "c");
  EXPECT_EQ(rps("uplink0", "rx-3"), "c");
  EXPECT_EQ(xps("uplink0", "tx-3"), "c");
  EXPECT_TRUE(world.verified());
  EXPECT_TRUE(world.released());
}

TEST_F(SoftirqPinning, AnInterfaceWithOneTransmitQueueHasNoMaskToSetAndNothingIsMissing) {
  define("interfaces: br0, cores: \"2\"");
  ASSERT_EQ(world.apply("soft"), "");
  EXPECT_TRUE(world.engine->status().front().residuals.empty());
}

TEST_F(SoftirqPinning, AKernelWithoutMasksIsToldOnce) {
  world.host.fail_read = [](const std::string& path) { return path.ends_with("xps_cpus") ? EOPNOTSUPP : 0; };
  define("interfaces: uplink0, cores: \"2\"");
  ASSERT_EQ(world.apply("soft"), "");
  const auto residuals = world.engine->status().front().residuals;
  ASSERT_EQ(residuals.size(), 1U);
  EXPECT_EQ(residuals.front().what, "transmit queues of uplink0 are not bound to CPUs (XPS)");
  EXPECT_EQ(rps("uplink0", "rx-3"), "4");
  EXPECT_TRUE(world.released());
}

TEST_F(SoftirqPinning, AQueueThatRefusesIsNamedAndTheOthersAreSet) {
  world.host.fail_write = [](const std::string& path) { return path.ends_with("rx-1/rps_cpus") ? EINVAL : 0; };
  define("interfaces: uplink0, cores: \"2\"");
  ASSERT_EQ(world.apply("soft"), "");
  EXPECT_TRUE(world.tells("net:uplink0:rx-1:rps is not 2"));
  EXPECT_EQ(rps("uplink0", "rx-2"), "4");
  EXPECT_TRUE(world.released());
}

TEST_F(SoftirqPinning, OnTheHostNoInterfaceOrAnUnknownOneIsAnError) {
  world.define("soft", "softirq-pinning");
  EXPECT_NE(world.apply("soft").find("give interfaces"), std::string::npos);
  define("interfaces: \"br0 br9\"");
  EXPECT_NE(world.apply("soft").find("this host has no interface 'br9'"), std::string::npos);
}

}  // namespace
}  // namespace acdr::test
