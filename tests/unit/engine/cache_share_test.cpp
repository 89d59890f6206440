// SPDX-License-Identifier: GPL-2.0-or-later
// Which ways of a cache a claim gets, and what is said when there are none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/claim.hpp"
#include "engine/decide.hpp"
#include "engine/placement.hpp"
#include "support/topologies.hpp"

namespace acdr::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

class CacheShare : public testing::Test {
 protected:
  CacheShare() {
    demand.exact = CpuSet{2};
    demand.cache = CacheDemand{4, true};
    CacheControl control;
    control.caches = {{0, CpuSet::range(0, 3)}, {7, CpuSet::range(4, 7)}};
    control.l3_ways = 0xfff;
    control.most_groups = 8;
    control.groups[""].l3 = {{{0, 0xfff}, {7, 0xfff}}};
    occupancy.cache = control;
    occupancy.cache_groups = 1;
  }
  void hold(const std::string& holder, std::uint32_t mask, bool exclusive = true) {
    occupancy.cache_holders[holder] = {{{{0, mask}}}, exclusive};
    if (exclusive) host_ways() &= ~mask;
  }
  std::uint32_t& host_ways() { return occupancy.cache->groups[""].l3.masks[0]; }
  [[nodiscard]] Result<Allocation> placed() const {
    return place(make_topology({.packages = 2, .cores_per_cache = 4}), demand, occupancy, {});
  }
  [[nodiscard]] std::uint32_t ways() const {
    const auto allocation = placed();
    EXPECT_TRUE(allocation) << allocation.error().message();
    return allocation && allocation->cache ? allocation->cache->ways.of(0) : 0;
  }
  [[nodiscard]] std::string refusal() const {
    const auto allocation = placed();
    EXPECT_FALSE(allocation);
    if (allocation) return "";
    EXPECT_EQ(allocation.error().kind(), ErrorKind::refused);
    return allocation.error().message();
  }
  Demand demand;
  Occupancy occupancy;
};

TEST_F(CacheShare, WaysAreGivenFromTheTop) {
  EXPECT_EQ(ways(), 0xf00U);
  EXPECT_THAT(placed()->reasons, Contains("4 ways (f00) of L3 cache 0, which no other group uses."));
  hold("domain a", 0xf00);
  EXPECT_EQ(ways(), 0x0f0U);
}

TEST_F(CacheShare, TheyAreOfTheCachesThatTheCoresUse) {
  EXPECT_EQ(placed()->cache->ways, (CacheWays{{{0, 0xf00}}}));
  demand.exact = CpuSet{2, 5};
  demand.may_split_nodes = true;
  EXPECT_EQ(placed()->cache->ways, (CacheWays{{{0, 0xf00}, {7, 0xf00}}}));
}

TEST_F(CacheShare, AHoleIsFilledBeforeTheHostLosesMore) {
  hold("domain b", 0x0f0);
  host_ways() = 0x00f;
  EXPECT_EQ(ways(), 0xf00U);
}

TEST_F(CacheShare, WaysThatDevicesFillAreTheLastChoice) {
  occupancy.cache->l3_device_ways = 0xc00;
  EXPECT_EQ(ways(), 0x00fU);
  demand.cache->ways = 11;
  EXPECT_EQ(ways(), 0x7ffU);
  EXPECT_THAT(placed()->reasons, Contains(HasSubstr("devices fill 1 of them as well")));
}

TEST_F(CacheShare, TheHostKeepsARunThatTheProcessorTakes) {
  occupancy.cache->l3_least_ways = 2;
  demand.cache->ways = 10;
  EXPECT_EQ(ways(), 0xffcU);
  demand.cache->ways = 11;
  EXPECT_THAT(refusal(), AllOf(HasSubstr("11 ways of L3 cache 0 that nobody else uses: 12 of 12 are free"),
                               HasSubstr("10 of them in one run"), HasSubstr("ask for at most 10 ways")));
}

TEST_F(CacheShare, FewerThanTheProcessorTakesAreRoundedUp) {
  occupancy.cache->l3_least_ways = 2;
  demand.cache->ways = 1;
  EXPECT_EQ(ways(), 0xc00U);
}

TEST_F(CacheShare, WaysOfOthersAreNeverTakenAndTheRefusalNamesThem) {
  hold("group qemu-1-web-vcpus_0-1", 0x0f0);
  hold("domain a", 0xc00);
  demand.cache->ways = 5;
  EXPECT_THAT(refusal(), AllOf(HasSubstr("6 of 12 are free, and 4 of them in one run"),
                               HasSubstr("group qemu-1-web-vcpus_0-1 holds 4"), HasSubstr("domain a holds 2"),
                               HasSubstr("ask for at most 4 ways")));
  demand.cache->ways = 3;
  EXPECT_EQ(ways() & (0x0f0U | 0xc00U), 0U);
}

TEST_F(CacheShare, CoresOfACacheWithEnoughWaysAreFoundAndTheReasonsSayWhy) {
  hold("domain a", 0xff0);
  demand.exact.reset();
  demand.vcpus = 2;
  demand.node = 0;
  demand.node_reason = "NIC eth0 is on node 0";
  EXPECT_EQ(placed()->cores, CpuSet::range(4, 5));
  EXPECT_THAT(placed()->reasons, Contains("Node 1, because node 0 (NIC eth0 is on node 0) has only 0 cores free whose "
                                          "caches have the ways asked for."));
  demand.node_required = true;
  EXPECT_THAT(refusal(), HasSubstr("domain a holds 8"));
}

TEST_F(CacheShare, WithNothingLeftSomebodyHasToGo) {
  hold("domain a", 0xffe);
  EXPECT_THAT(refusal(), HasSubstr("release one of them first"));
}

TEST_F(CacheShare, SharedWaysTakeNothingFromTheHostNorFromEachOther) {
  demand.cache->exclusive = false;
  hold("domain a", 0xf00, false);
  EXPECT_EQ(ways(), 0xf00U);
  demand.cache->ways = 12;
  EXPECT_EQ(ways(), 0xfffU);
  demand.cache = CacheDemand{4, true};
  EXPECT_EQ(ways(), 0x00fU);
}

TEST_F(CacheShare, SharedWaysKeepOffThoseThatAreSomebodysAlone) {
  demand.cache->exclusive = false;
  hold("domain a", 0xf00);
  EXPECT_EQ(ways(), 0x0f0U);
}

TEST_F(CacheShare, BandwidthAloneTakesNoWays) {
  demand.cache->ways = 0;
  ASSERT_TRUE(placed()->cache);
  EXPECT_TRUE(placed()->cache->ways.masks.empty());
}

TEST_F(CacheShare, HostsThatShareNothingOutGiveNothingAndRefuseNothing) {
  occupancy.cache->code_and_data = true;
  EXPECT_FALSE(placed()->cache);
  occupancy.cache.reset();
  EXPECT_FALSE(placed()->cache);
}

TEST_F(CacheShare, OnlySoManyGroupsCanBe) {
  occupancy.cache_groups = 8;
  EXPECT_THAT(refusal(), HasSubstr("all 8 resource groups of this host are in use"));
}

TEST_F(CacheShare, CoresAreInOneGroup) {
  occupancy.cache_cores["host class a"] = CpuSet{2, 3};
  EXPECT_THAT(refusal(), HasSubstr("CPU 2 has a share of the cache already, that of host class a"));
}

TEST_F(CacheShare, MembersOfATogetherGroupHaveOneBetweenThem) {
  demand.exact.reset();
  demand.any_cores = true;
  demand.together = "web";
  const CacheReserve reserve{{{{0, 0x0f0}}}, true};
  occupancy.together = SharedCores{"domain a", CpuSet{2, 3}, 0, "domain a", reserve};
  hold("domain a", 0x0f0);
  EXPECT_EQ(placed()->cache, reserve);
  demand.cache->ways = 2;
  EXPECT_THAT(refusal(), HasSubstr("domain a asked for another"));
}

Claim claim_with_ways() {
  Claim claim;
  claim.subject = Subject::domain("uuid-1");
  claim.allocation.cache = CacheReserve{{{{0, 0xf00}}}, false};
  return claim;
}

TEST(CacheClaim, ItsWaysAreInTheLedger) {
  const auto again = parse_claim(serialise(claim_with_ways()));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->allocation, claim_with_ways().allocation);
}

TEST(CacheClaim, OneOfAnOlderLedgerHasNone) {
  Claim claim = claim_with_ways();
  claim.allocation.cache.reset();
  const auto again = parse_claim(serialise(claim));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->allocation.cache);
}

TEST(CacheClaim, ItsGroupHasANameFitForAFile) {
  Claim claim = claim_with_ways();
  EXPECT_EQ(handle_of(claim), "uuid-1");
  claim.together = "a/b c_";
  EXPECT_EQ(handle_of(claim), "together-a_2fb_20c_5f");
  claim = Claim();
  claim.resolved.edit().name = "quiet-host";
  EXPECT_EQ(handle_of(claim), "host-quiet-host");
}

const KnobId host_share{KnobKind::cache_share, "/:L3"};
const KnobId group{KnobKind::cache_group, "acdr-a"};
const CacheWays all_ways{{{0, 0xfff}}};

Merged merged(const std::vector<Wish>& wishes) {
  std::vector<const Wish*> all;
  for (const auto& wish : wishes) all.push_back(&wish);
  return merge(all_ways, all, {CpuSet{0}, CpuSet{0}}).value();
}
Wish without(std::uint32_t mask) { return {host_share, ExcludeWays{{{{0, mask}}}}, "a", {}}; }

TEST(MergeWays, ExclusionsAddUp) {
  EXPECT_EQ(std::get<CacheWays>(merged({without(0xf00), without(0x0f0)}).value).of(0), 0x00fU);
  EXPECT_EQ(merged({without(0xf00)}).note, "");
}

TEST(MergeWays, AroundAHoleTheLongestRunIsUsedAndTheRestNamed) {
  const Merged result = merged({without(0x0e0)});
  EXPECT_EQ(std::get<CacheWays>(result.value).of(0), 0x01fU);
  EXPECT_THAT(result.note, HasSubstr("ways f00 of L3 cache 0 are not used"));
}

TEST(MergeWays, WithNothingLeftTheHostKeepsWhatItHas) {
  const Merged result = merged({without(0xfff)});
  EXPECT_EQ(std::get<CacheWays>(result.value).of(0), 0xfffU);
  EXPECT_THAT(result.note, HasSubstr("no way of L3 cache 0 is left"));
}

TEST(MergeWays, AMaskWithAHoleOfItsOwnIsLeftAsItIs) {
  const Wish wish{host_share, ExcludeWays{{{{1, 0xf00}}}}, "a", {}};
  EXPECT_EQ(std::get<CacheWays>(merge(CacheWays{{{0, 0xf0f}}}, {&wish}, {CpuSet{0}, CpuSet{0}})->value).of(0), 0xf0fU);
}

TEST(WriteOrderOfGroups, TheHostIsNarrowedBeforeAGroupComesAndWidenedAfterItWent) {
  const auto decision = [](const KnobId& knob, const KnobValue& from, const KnobValue& to) {
    return Decision{.knob = knob, .found = from, .baseline = from, .desired = to};
  };
  const std::string text = "cpus=2 L3:0=f00";
  const std::string absent = "absent";
  const CacheWays narrow{{{0, 0xff}}};
  std::vector<Decision> coming{decision(group, absent, text), decision(host_share, all_ways, narrow)};
  write_order(coming);
  EXPECT_EQ(coming.front().knob, host_share);
  std::vector<Decision> going{decision(host_share, narrow, all_ways), decision(group, text, absent)};
  write_order(going);
  EXPECT_EQ(going.front().knob, group);
}

}  // namespace
}  // namespace acdr::test
