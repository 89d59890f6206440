// SPDX-License-Identifier: GPL-2.0-or-later
// resctrl: what is read of it, and how resource groups are made, changed and removed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>

#include "host/knob_backends.hpp"
#include "host/snapshot.hpp"
#include "support/fake_host.hpp"
#include "support/temporary_directory.hpp"
#include "support/topologies.hpp"

namespace acdr::test {
namespace {

using testing::HasSubstr;

TEST(CacheWaysText, IsThatOfResctrl) {
  const CacheWays ways{{{0, 0xff0}, {1, 0x3}}};
  EXPECT_EQ(ways.to_string(), "0=ff0;1=3");
  EXPECT_EQ(CacheWays::parse("0=ff0;1=003").value(), ways);
  EXPECT_EQ(CacheWays::parse("").value(), CacheWays{});
}

TEST(CacheWaysText, AnythingElseIsRefused) {
  for (const auto* text : {"0", "0=", "=f", "0=f;", "0=g", "0=100000000", "x=f", "0=f 1=f"})
    EXPECT_FALSE(CacheWays::parse(text)) << text;
}

TEST(LongestRun, IsTheLongestAndOfSeveralTheLowest) {
  EXPECT_EQ(longest_run(0xf0f), 0x00fU);
  EXPECT_EQ(longest_run(0xf07), 0xf00U);
  EXPECT_EQ(longest_run(0), 0U);
  EXPECT_EQ(longest_run(0xffffffff), 0xffffffffU);
  EXPECT_EQ(longest_run(0x80000000), 0x80000000U);
}

TEST(CacheGroupText, IsReadBackAsItWas) {
  const CacheGroup group{CpuSet{2, 3}, {{{0, 0xff0}, {1, 0xfff}}}, {{0, 50}, {1, 100}}};
  EXPECT_EQ(group.to_string(), "cpus=2-3 L3:0=ff0;1=fff MB:0=50;1=100");
  EXPECT_EQ(CacheGroup::parse(group.to_string()).value(), group);
  EXPECT_EQ(CacheGroup::parse("cpus=").value(), CacheGroup{});
  EXPECT_FALSE(CacheGroup::parse("absent"));
}

TEST(CacheKnob, ValuesGoThroughTheLedgerUnchanged) {
  const KnobValue value = CacheWays{{{0, 0xff}, {3, 0x1}}};
  EXPECT_EQ(serialise(value), "ways=0=ff;3=1");
  EXPECT_EQ(parse_knob_value(serialise(value)).value(), value);
}

class Resctrl : public testing::Test {
 protected:
  [[nodiscard]] HostSnapshot snapshot() const {
    return read_snapshot(host, make_topology({.packages = 2, .cores_per_cache = 4}));
  }
  [[nodiscard]] KnobValue value_of(const KnobId& knob) const { return backend->read(knob).value(); }
  FakeHost host{8};
  std::unique_ptr<KnobBackend> backend = resctrl_backend(host);
  const KnobId group{KnobKind::cache_group, "acdr-a"};
  const KnobId share{KnobKind::cache_share, "/:L3"};
};

TEST_F(Resctrl, AHostWithoutItHasNone) {
  EXPECT_FALSE(snapshot().has_resctrl);
  EXPECT_FALSE(snapshot().cache_control);
  EXPECT_EQ(backend->read(group).error().kind(), ErrorKind::not_found);
  EXPECT_EQ(backend->read(share).error().kind(), ErrorKind::not_found);
}

TEST_F(Resctrl, WhereItIsNotMountedThatIsKnown) {
  host.add_resctrl(4);
  host.unmount_resctrl();
  EXPECT_TRUE(snapshot().has_resctrl);
  EXPECT_FALSE(snapshot().cache_control);
  EXPECT_EQ(backend->read(group).error().kind(), ErrorKind::not_found);
}

TEST_F(Resctrl, WhatCanBeSharedOutIsInTheSnapshot) {
  host.add_resctrl(4, {.ways = 0x7ff, .least_ways = 2, .device_ways = 0x600, .most_groups = 16});
  ASSERT_EQ(host.resctrl().make_group("qemu-1-a-vcpus_0-1"), 0);
  const auto control = snapshot().cache_control;
  ASSERT_TRUE(control);
  EXPECT_EQ(control->caches, (std::map<unsigned, CpuSet>{{0, CpuSet::range(0, 3)}, {1, CpuSet::range(4, 7)}}));
  EXPECT_EQ(control->l3_ways, 0x7ffU);
  EXPECT_EQ(control->l3_least_ways, 2U);
  EXPECT_EQ(control->l3_device_ways, 0x600U);
  EXPECT_EQ(control->least_bandwidth, 10U);
  EXPECT_EQ(control->most_groups, 16U);
  EXPECT_TRUE(control->bandwidth_in_percent);
  EXPECT_FALSE(control->code_and_data);
  ASSERT_EQ(control->groups.size(), 2U);
  EXPECT_EQ(control->groups.at("").to_string(), "cpus=0-7 L3:0=7ff;1=7ff MB:0=100;1=100");
  EXPECT_EQ(control->groups.at("qemu-1-a-vcpus_0-1").cpus, CpuSet());
}

TEST_F(Resctrl, BandwidthThatIsNoPercentageIsToldApart) {
  host.add_resctrl(4, {.least_bandwidth = 1, .bandwidth_step = 1, .most_bandwidth = 2048});
  EXPECT_FALSE(snapshot().cache_control->bandwidth_in_percent);
}

TEST_F(Resctrl, CodeAndDataApartAreSeen) {
  host.add_resctrl(4, {.code_and_data = true});
  EXPECT_TRUE(snapshot().cache_control->code_and_data);
  EXPECT_FALSE(snapshot().cache_control->l3_ways);
}

TEST_F(Resctrl, AGroupIsMadeWithAllItHasAndRemovedWithoutATrace) {
  host.add_resctrl(4);
  const auto before = host.state();
  EXPECT_EQ(value_of(group), KnobValue(std::string("absent")));
  const std::string text = "cpus=2-3 L3:0=f00;1=fff MB:0=50;1=100";
  ASSERT_TRUE(backend->write(group, text));
  EXPECT_EQ(value_of(group), KnobValue(text));
  EXPECT_EQ(host.resctrl().group("")->cpus, (CpuSet{0, 1, 4, 5, 6, 7}));
  ASSERT_TRUE(backend->write(group, std::string("cpus= L3:0=f00;1=fff MB:0=50;1=100")));
  EXPECT_EQ(host.resctrl().group("")->cpus, CpuSet::range(0, 7));
  ASSERT_TRUE(backend->write(group, std::string("absent")));
  EXPECT_EQ(host.state(), before);
  EXPECT_EQ(host.unlocked_changes, 0U);
}

TEST_F(Resctrl, TheDefaultGroupsLineIsChangedAlone) {
  host.add_resctrl(4);
  ASSERT_TRUE(backend->write(share, CacheWays{{{0, 0xff}, {1, 0xfff}}}));
  EXPECT_EQ(value_of(share), KnobValue(CacheWays{{{0, 0xff}, {1, 0xfff}}}));
  EXPECT_EQ(host.resctrl().group("")->bandwidth.at(0), 100U);
  EXPECT_EQ(host.unlocked_changes, 0U);
}

TEST_F(Resctrl, WhatTheKernelDidNotLikeIsInTheError) {
  host.add_resctrl(4);
  const auto refused = backend->write(group, std::string("cpus=2 L3:0=f0f"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().system_error(), EINVAL);
  EXPECT_THAT(refused.error().what(), HasSubstr("The mask f0f has non-consecutive 1-bits"));
}

TEST_F(Resctrl, ALockThatIsTakenIsNotWaitedFor) {
  host.add_resctrl(4);
  host.resctrl_is_busy = true;
  const auto before = host.state();
  const auto refused = backend->write(group, std::string("cpus=2 L3:0=f00"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().system_error(), EAGAIN);
  EXPECT_THAT(refused.error().what(), HasSubstr("libvirt"));
  EXPECT_EQ(host.state(), before);
}

TEST_F(Resctrl, GroupsOfOthersAreNoKnobs) {
  host.add_resctrl(4);
  ASSERT_EQ(host.resctrl().make_group("qemu-1-a-vcpus_0"), 0);
  for (const auto* name : {"qemu-1-a-vcpus_0", "acdr-a/../qemu-1-a-vcpus_0", "", "acdr-a/mon_groups"}) {
    EXPECT_FALSE(backend->read({KnobKind::cache_group, name})) << name;
    EXPECT_FALSE(backend->write({KnobKind::cache_group, name}, std::string("absent"))) << name;
  }
  EXPECT_NE(host.resctrl().group("qemu-1-a-vcpus_0"), nullptr);
}

TEST(LiveHost, DirectoriesAreMadeRemovedAndLockedOnce) {
  const auto host = live_access();
  const TemporaryDirectory directory;
  const std::string folder = directory.path().string().substr(1);
  EXPECT_TRUE(host->make_directory(folder + "/group"));
  EXPECT_EQ(host->make_directory(folder + "/group").error().system_error(), EEXIST);
  {
    const auto lock = host->lock_directory(folder + "/group");
    EXPECT_TRUE(lock);
    EXPECT_EQ(host->lock_directory(folder + "/group").error().system_error(), EAGAIN);
  }
  EXPECT_TRUE(host->lock_directory(folder + "/group"));
  EXPECT_TRUE(host->remove_directory(folder + "/group"));
  EXPECT_EQ(host->lock_directory(folder + "/group").error().kind(), ErrorKind::not_found);
  EXPECT_EQ(host->remove_directory(folder + "/group").error().kind(), ErrorKind::not_found);
  EXPECT_TRUE(host->remove_directory(folder));
}

}  // namespace
}  // namespace acdr::test
