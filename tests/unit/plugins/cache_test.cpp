// SPDX-License-Identifier: GPL-2.0-or-later
// A share of the cache: a resource group for the claim's cores, ways that nobody else uses, and all of it given back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

/// Caches 0 (CPUs 0-3) and 1 (CPUs 4-7), of 12 ways each.
class CacheTest : public testing::Test {
 protected:
  void mount(const FakeResctrl::Shape& shape = {}) {
    world.host.add_resctrl(4, shape);
    before = world.host.state();
  }
  void define(const std::string& name, const std::string& cache) {
    world.define(name, "dedicated-cores: {}\n  - cleaner-cores: {}\n  - cache: " + cache);
  }
  ClaimStatus apply_to_host(const std::string& conditionings) {
    world.define("site", conditionings);
    auto status = world.engine->apply("site", {}, nullptr, false);
    EXPECT_TRUE(status) << status.error().message();
    return status.value_or(ClaimStatus());
  }
  void release() {
    ASSERT_TRUE(world.engine->release(Subject::host(), ""));
    EXPECT_EQ(world.host.state(), before);
  }
  [[nodiscard]] const CacheGroup* group(const std::string& name) { return world.host.resctrl().group(name); }
  [[nodiscard]] std::uint32_t host_ways(unsigned cache) { return group("")->l3.of(cache); }
  [[nodiscard]] const Allocation& allocation(const std::string& name) const {
    return world.engine->claims().at({Subject::domain("uuid-" + name), ""})->allocation;
  }
  World world;
  std::string before;
};

TEST_F(CacheTest, ADomainsCoresHaveWaysOfTheirOwnUntilItStops) {
  mount();
  define("cached", "{ways: 4, bandwidth: 50}");
  const auto a = World::domain("a", 2, "cached");
  world.start(a, 1000);
  const CpuSet& cores = allocation("a").cores;
  const unsigned cache = cores.first() / 4;
  ASSERT_NE(group("acdr-uuid-a"), nullptr);
  EXPECT_EQ(group("acdr-uuid-a")->cpus, cores);
  EXPECT_EQ(group("acdr-uuid-a")->l3.of(cache), 0xf00U);
  EXPECT_EQ(group("acdr-uuid-a")->bandwidth.at(cache), 50U);
  EXPECT_EQ(group("acdr-uuid-a")->bandwidth.at(1 - cache), 100U);
  EXPECT_EQ(host_ways(cache), 0x0ffU);
  EXPECT_EQ(host_ways(1 - cache), 0xfffU);
  EXPECT_EQ(world.engine->status().front().state, "active");
  EXPECT_THAT(world.engine->status().front().residuals, IsEmpty());
  EXPECT_TRUE(world.engine->verify(std::nullopt).holds());
  world.stop(a);
  EXPECT_EQ(world.host.state(), before);
  EXPECT_EQ(world.host.unlocked_changes, 0U);
}

TEST_F(CacheTest, TheHostsClassesHaveGroupsOfTheirOwn) {
  mount();
  apply_to_host("cleaner-cores: {cores: 6-7}\n  - cache: {ways: 2}");
  ASSERT_NE(group("acdr-host-site"), nullptr);
  EXPECT_EQ(group("acdr-host-site")->to_string(), "cpus=6-7 L3:0=fff;1=c00 MB:0=100;1=100");
  EXPECT_EQ(host_ways(1), 0x3ffU);
  release();
}

TEST_F(CacheTest, SharedWaysLeaveTheHostItsOwn) {
  mount();
  apply_to_host("cleaner-cores: {cores: 6-7}\n  - cache: {ways: 2, exclusive: false}");
  EXPECT_EQ(group("acdr-host-site")->l3.of(1), 0xc00U);
  EXPECT_EQ(host_ways(1), 0xfffU);
  release();
}

TEST_F(CacheTest, WhatIsNotAskedForFollowsTheDefaultGroup) {
  mount();
  apply_to_host("cleaner-cores: {cores: 6-7}\n  - cache: {bandwidth: 30}");
  EXPECT_EQ(group("acdr-host-site")->to_string(), "cpus=6-7 L3:0=fff;1=fff MB:0=100;1=30");
  world.define("exact", "cleaner-cores: {cores: \"5\"}\n  - cache: {ways: 4}");
  ASSERT_TRUE(world.engine->apply("exact", {}, nullptr, false));
  EXPECT_EQ(host_ways(1), 0x0ffU);
  EXPECT_EQ(group("acdr-host-site")->l3.of(1), 0x0ffU);
  ASSERT_TRUE(world.engine->release(Subject::host(), "exact"));
  EXPECT_EQ(group("acdr-host-site")->l3.of(1), 0xfffU);
  release();
}

TEST_F(CacheTest, CoresThatADomainTakesOverAreInItsGroupMeanwhile) {
  mount();
  define("cached", "{ways: 2}");
  apply_to_host("cleaner-cores: {cores: 4-7}\n  - cache: {ways: 2}");
  const auto a = World::domain("a", 2, "cached");
  world.start(a, 1000);
  const CpuSet cores = allocation("a").cores;
  ASSERT_TRUE(cores.subset_of(CpuSet::range(4, 7)));
  EXPECT_EQ(group("acdr-uuid-a")->cpus, cores);
  EXPECT_EQ(group("acdr-host-site")->cpus, CpuSet::range(4, 7) - cores);
  EXPECT_FALSE(group("acdr-uuid-a")->l3.intersects({{{1, group("acdr-host-site")->l3.of(1)}}}));
  world.stop(a);
  EXPECT_EQ(group("acdr-host-site")->cpus, CpuSet::range(4, 7));
  release();
}

TEST_F(CacheTest, MembersOfATogetherGroupShareOneGroup) {
  mount();
  world.define("pair", "cleaner-cores: {}\n  - together: {group: web/1}\n  - cache: {ways: 3}");
  const auto a = World::domain("a", 1, "pair");
  const auto b = World::domain("b", 1, "pair");
  world.start(a, 1000);
  world.start(b, 2000);
  EXPECT_EQ(allocation("a").cache, allocation("b").cache);
  ASSERT_NE(group("acdr-together-web_2f1"), nullptr);
  EXPECT_TRUE(world.engine->verify(std::nullopt).holds());
  world.stop(a);
  EXPECT_EQ(group("acdr-together-web_2f1")->cpus, allocation("b").cores);
  world.stop(b);
  EXPECT_EQ(world.host.state(), before);
}

TEST_F(CacheTest, WaysDoNotChangeWhileTheDaemonComesAndGoes) {
  mount();
  define("cached", "{ways: 2}");
  const auto a = World::domain("a", 1, "cached");
  const auto b = World::domain("b", 1, "cached");
  world.start(a, 1000);
  world.start(b, 2000);
  const auto ways = allocation("b").cache;
  world.stop(a);
  world.restart();
  EXPECT_EQ(allocation("b").cache, ways);
  EXPECT_EQ(group("acdr-uuid-b")->l3.masks.at(ways->ways.masks.begin()->first), ways->ways.masks.begin()->second);
  world.stop(b);
  EXPECT_EQ(world.host.state(), before);
}

TEST_F(CacheTest, LibvirtsGroupsKeepTheirWays) {
  mount();
  ASSERT_EQ(world.host.resctrl().make_group("qemu-1-web-vcpus_0-1"), 0);
  ASSERT_EQ(world.host.resctrl().write("qemu-1-web-vcpus_0-1/schemata", "L3:0=f00;1=f00\n"), 0);
  before = world.host.state();
  apply_to_host("cleaner-cores: {cores: 6-7}\n  - cache: {ways: 4}");
  EXPECT_EQ(group("acdr-host-site")->l3.of(1), 0x00fU);
  release();
  world.define("site", "cleaner-cores: {cores: 6-7}\n  - cache: {ways: 9}");
  const auto refused = world.engine->apply("site", {}, nullptr, false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::refused);
  EXPECT_THAT(refused.error().message(),
              AllOf(HasSubstr("8 of 12 are free"), HasSubstr("group qemu-1-web-vcpus_0-1 holds 4")));
  EXPECT_EQ(world.host.state(), before);
}

TEST_F(CacheTest, AGroupOfSomebodyElseThatComesLaterIsNamed) {
  mount();
  apply_to_host("cleaner-cores: {cores: 6-7}\n  - cache: {ways: 4}");
  ASSERT_EQ(world.host.resctrl().make_group("by-hand"), 0);
  world.engine->host_changed();
  EXPECT_THAT(world.engine->status().front().residuals,
              Contains(Field(&Residual::what, "resource group by-hand may use the claim's ways as well")));
}

TEST_F(CacheTest, VcpusThatLibvirtGaveAShareAreNamed) {
  mount();
  define("cached", "{ways: 2}");
  const auto a = World::domain("a", 1, "cached");
  world.start(a, 1000);
  ASSERT_EQ(world.host.resctrl().make_group("qemu-1-a-vcpus_0"), 0);
  world.engine->host_changed();
  EXPECT_THAT(world.engine->status().front().residuals,
              Contains(Field(&Residual::what, "vCPUs of the domain use the share of qemu-1-a-vcpus_0")));
}

TEST_F(CacheTest, SomebodyElsesChangeOfAGroupIsPutRightAndNothingOfItStays) {
  mount();
  apply_to_host("cleaner-cores: {cores: 6-7}\n  - cache: {ways: 4}");
  ASSERT_EQ(world.host.resctrl().write("acdr-host-site/cpus_list", "6\n"), 0);
  world.engine->host_changed();
  EXPECT_EQ(group("acdr-host-site")->cpus, (CpuSet{6, 7}));
  ASSERT_EQ(world.host.resctrl().write("acdr-host-site/cpus_list", "6\n"), 0);
  release();
}

TEST_F(CacheTest, WhatAnAdminGivesTheDefaultGroupMeanwhileStays) {
  mount();
  apply_to_host("cleaner-cores: {cores: 6-7}\n  - cache: {ways: 4}");
  ASSERT_EQ(world.host.resctrl().write("schemata", "L3:0=00f\n"), 0);
  world.engine->host_changed();
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  EXPECT_EQ(host_ways(0), 0x00fU);
}

TEST_F(CacheTest, AWriteThatIsRefusedIsAResidualWithTheKernelsReason) {
  mount();
  world.host.fail_write = [](const std::string& path) { return path == "sys/fs/resctrl/acdr-host-site" ? ENOSPC : 0; };
  const auto status = apply_to_host("cleaner-cores: {cores: 6-7}\n  - cache: {ways: 4}");
  EXPECT_EQ(status.state, "active");
  EXPECT_THAT(status.residuals, Contains(Field(&Residual::what, HasSubstr("resctrl:acdr-host-site:group is not"))));
  world.host.fail_write = {};
  world.engine->host_changed();
  EXPECT_NE(group("acdr-host-site"), nullptr);
  EXPECT_THAT(world.engine->status().front().residuals, IsEmpty());
  release();
}

TEST_F(CacheTest, ALockThatLibvirtHasIsTriedAgain) {
  mount();
  world.host.resctrl_is_busy = true;
  const auto status = apply_to_host("cleaner-cores: {cores: 6-7}\n  - cache: {ways: 4}");
  EXPECT_THAT(status.residuals, Contains(Field(&Residual::reason, HasSubstr("libvirt"))));
  EXPECT_EQ(group("acdr-host-site"), nullptr);
  world.host.resctrl_is_busy = false;
  world.engine->host_changed();
  EXPECT_NE(group("acdr-host-site"), nullptr);
  world.host.resctrl_is_busy = true;
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  EXPECT_NE(group("acdr-host-site"), nullptr);
  world.host.resctrl_is_busy = false;
  world.engine->host_changed();
  EXPECT_EQ(world.host.state(), before);
}

TEST_F(CacheTest, BandwidthIsWhatTheProcessorMakesOfIt) {
  mount();
  const auto status = apply_to_host("cleaner-cores: {cores: 6-7}\n  - cache: {bandwidth: 25}");
  EXPECT_EQ(group("acdr-host-site")->bandwidth.at(1), 30U);
  EXPECT_THAT(status.residuals, Contains(Field(&Residual::what, "the memory bandwidth is 30 percent, not 25")));
  release();
}

TEST_F(CacheTest, AHostWithoutResctrlIsNamedWithTheWayOut) {
  before = world.host.state();
  const auto status = apply_to_host("cleaner-cores: {cores: 6-7}\n  - cache: {ways: 4, bandwidth: 50}");
  EXPECT_EQ(status.state, "active");
  ASSERT_EQ(status.residuals.size(), 2U);
  EXPECT_EQ(status.residuals.front().what, "no share of the L3 cache is given");
  EXPECT_EQ(status.residuals.front().reason, "unsupported: this host has no resctrl");
  EXPECT_EQ(status.residuals.back().what, "no share of the memory bandwidth is given");
  release();
}

TEST_F(CacheTest, WhereItIsOnlyNotMountedTheCommandIsGiven) {
  mount();
  world.host.unmount_resctrl();
  const auto status = apply_to_host("cleaner-cores: {cores: 6-7}\n  - cache: {ways: 4}");
  ASSERT_EQ(status.residuals.size(), 1U);
  EXPECT_THAT(status.residuals.front().remedy, HasSubstr("mount -t resctrl resctrl /sys/fs/resctrl"));
}

TEST_F(CacheTest, UnmountedUnderAClaimItIsNamedAndReleaseLeavesNothing) {
  mount();
  apply_to_host("cleaner-cores: {cores: 6-7}\n  - cache: {ways: 4}");
  world.host.unmount_resctrl();
  world.engine->host_changed();
  EXPECT_THAT(world.engine->status().front().residuals,
              Contains(Field(&Residual::reason, "unsupported: resctrl is not mounted")));
  EXPECT_TRUE(world.engine->release(Subject::host(), ""));
}

TEST_F(CacheTest, MountedAfterTheClaimItIsForTheNextOne) {
  apply_to_host("cleaner-cores: {cores: 6-7}\n  - cache: {ways: 4}");
  mount();
  world.engine->host_changed();
  EXPECT_THAT(world.engine->status().front().residuals,
              Contains(Field(&Residual::reason, "resctrl was not there when the claim was made")));
}

TEST_F(CacheTest, CodeAndDataApartAreUnsupported) {
  mount({.code_and_data = true});
  const auto status = apply_to_host("cleaner-cores: {cores: 6-7}\n  - cache: {ways: 4}");
  EXPECT_THAT(status.residuals, Contains(Field(&Residual::reason, HasSubstr("cdp"))));
  release();
}

TEST_F(CacheTest, OfTwoThingsTheOneThatCanBeHadIsGiven) {
  mount({.ways = 0});
  const auto status = apply_to_host("cleaner-cores: {cores: 6-7}\n  - cache: {ways: 4, bandwidth: 50}");
  EXPECT_EQ(group("acdr-host-site")->to_string(), "cpus=6-7 MB:0=100;1=50");
  EXPECT_THAT(status.residuals, Contains(Field(&Residual::what, "no share of the L3 cache is given")));
  release();
}

TEST_F(CacheTest, BandwidthThatIsNoPercentageIsLeftAlone) {
  mount({.least_bandwidth = 1, .bandwidth_step = 1, .most_bandwidth = 2048});
  const auto status = apply_to_host("cleaner-cores: {cores: 6-7}\n  - cache: {ways: 4, bandwidth: 50}");
  EXPECT_EQ(group("acdr-host-site")->to_string(), "cpus=6-7 L3:0=fff;1=f00 MB:0=2048;1=2048");
  EXPECT_THAT(status.residuals, Contains(Field(&Residual::reason, HasSubstr("not shared out in percent"))));
  release();
}

TEST_F(CacheTest, AShareGoesWithCores) {
  mount();
  const auto status = apply_to_host("cache: {ways: 4}");
  EXPECT_THAT(status.residuals, Contains(Field(&Residual::remedy, HasSubstr("cleaner-cores"))));
  release();
}

TEST_F(CacheTest, NothingAskedForIsAMistake) {
  mount();
  world.define("site", "cache: {}");
  const auto refused = world.engine->apply("site", {}, nullptr, false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::usage);
  EXPECT_THAT(refused.error().message(), HasSubstr("give ways, bandwidth or both"));
}

}  // namespace
}  // namespace acdr::test
