// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "support/network_world.hpp"

namespace acdr::test {
namespace {

class ConsumeLocality : public testing::Test {
 protected:
  void define(const std::string& parameters) { world.define("near", "consume-locality: {" + parameters + "}"); }
  [[nodiscard]] std::string table() const { return world.host.file("proc/sys/net/core/rps_sock_flow_entries"); }
  [[nodiscard]] std::string share(const std::string& nic, const std::string& queue) const {
    return world.host.queue(nic, queue, "rps_flow_cnt");
  }
  NetworkWorld world;
};

TEST_F(ConsumeLocality, InterruptsComeNextToTheHelpersAndFlowsToTheirReaders) {
  world.define("near", "consume-locality\n  - emulator-pinning: {cores: \"5\"}\n  - cleaner-cores: {cores: \"4\"}");
  const auto domain = world.start_on_bridge("near");
  for (unsigned irq = 41; irq <= 44; ++irq) EXPECT_EQ(world.host.irq_mask(irq), (CpuSet{6, 7})) << irq;
  EXPECT_EQ(table(), "32768");
  for (const auto* queue : {"rx-0", "rx-1", "rx-2", "rx-3"}) EXPECT_EQ(share("uplink0", queue), "8192");
  EXPECT_EQ(share("eth1", "rx-0"), "0");
  EXPECT_TRUE(world.verified());
  for (const auto& notice : world.notices) EXPECT_EQ(notice.find("fell back"), std::string::npos) << notice;
  world.stop_on_bridge(domain);
  EXPECT_EQ(world.host.state(), world.before);
}

TEST_F(ConsumeLocality, WithoutHelpersTheClaimsOwnCoresAreTheConsumers) {
  world.define("near", "consume-locality\n  - cleaner-cores: {cores: \"1-2\"}");
  world.start_on_bridge("near");
  EXPECT_EQ(world.host.irq_mask(41), (CpuSet{0, 3}));
  EXPECT_TRUE(world.verified());
}

TEST_F(ConsumeLocality, WhereTheNodeIsFullInterruptsStayAndItIsTold) {
  world.define("near", "consume-locality\n  - emulator-pinning: {cores: \"7\"}\n  - cleaner-cores: {cores: \"4-6\"}");
  world.start_on_bridge("near", 3);
  EXPECT_TRUE(world.tells("the NIC's interrupts are not brought near to the consumers"));
  EXPECT_EQ(world.host.irq_mask(41), CpuSet::range(0, 6));
  EXPECT_EQ(table(), "32768");
}

TEST_F(ConsumeLocality, TablesAreOfThePowersOfTwoThatTheKernelRoundsUpTo) {
  define("interfaces: uplink0, flows: 10000");
  ASSERT_EQ(world.apply("near"), "");
  EXPECT_EQ(table(), "16384");
  EXPECT_EQ(share("uplink0", "rx-0"), "4096");
  EXPECT_TRUE(world.released());
}

TEST_F(ConsumeLocality, TheLargestTableWinsAndALargerOneIsLeft) {
  world.host.add_file("proc/sys/net/core/rps_sock_flow_entries", "16384");
  define("interfaces: uplink0, flows: 8192");
  ASSERT_EQ(world.apply("near"), "");
  EXPECT_EQ(table(), "16384");
  world.define("more", "consume-locality: {interfaces: uplink0, flows: 65536}");
  ASSERT_EQ(world.apply("more"), "");
  EXPECT_EQ(table(), "65536");
  EXPECT_EQ(share("uplink0", "rx-0"), "16384");
  ASSERT_TRUE(world.engine->release(Subject::host(), "more"));
  EXPECT_EQ(table(), "16384");
  EXPECT_EQ(share("uplink0", "rx-0"), "2048");
}

TEST_F(ConsumeLocality, AHostWithoutCoresOfItsOwnGetsTheTablesOnly) {
  define("interfaces: eth1");
  ASSERT_EQ(world.apply("near"), "");
  EXPECT_EQ(share("eth1", "rx-0"), "32768");
  EXPECT_EQ(world.host.irq_mask(51), CpuSet::range(0, 7));
  EXPECT_TRUE(world.tells("the NIC's interrupts are not brought near to the consumers"));
  EXPECT_TRUE(world.verified());
  EXPECT_TRUE(world.released());
}

TEST_F(ConsumeLocality, AKernelWithoutTheTableIsTold) {
  world.host.fail_read = [](const std::string& path) {
    return path.ends_with("flow_entries") || path.ends_with("rps_flow_cnt") ? EOPNOTSUPP : 0;
  };
  define("interfaces: eth1");
  ASSERT_EQ(world.apply("near"), "");
  EXPECT_TRUE(world.tells("packets are not steered to their consumer's core (RFS)"));
}

TEST_F(ConsumeLocality, OnTheHostTheInterfaceMustBeNamedAndBeThere) {
  world.define("near", "consume-locality");
  EXPECT_NE(world.apply("near").find("give interfaces; its NICs are eth1, uplink0"), std::string::npos);
  define("interfaces: vnet9");
  EXPECT_NE(world.apply("near").find("'vnet9' leads to no NIC"), std::string::npos);
}

}  // namespace
}  // namespace acdr::test
