// SPDX-License-Identifier: GPL-2.0-or-later
// One test a rule of placement.hpp, on machines built for it.
#include "engine/placement.hpp"

#include <gmock/gmock.h>

#include <chrono>

#include "tests/support/topologies.hpp"

namespace acdr {
namespace {

using test::make_topology;
using test::with_isolated;
using test::with_offline;
using test::without_numa;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Bytes gib{std::uint64_t{1} << 30};

CpuSet cpus(std::string_view list) { return CpuSet::parse_list(list).value(); }

/// 2 nodes of 4 cores with 2 siblings: core n is CPUs n and n+8; node 0 has cores 0-3.
Topology two_nodes() {
  return make_topology(
      {.packages = 2, .nodes_per_package = 1, .caches_per_node = 1, .cores_per_cache = 4, .threads = 2});
}

Topology one_node(unsigned cores) { return make_topology({.cores_per_cache = cores}); }

Demand whole_cores(std::size_t vcpus) {
  Demand demand;
  demand.vcpus = vcpus;
  demand.whole_cores = true;
  return demand;
}

Demand filled_cores(std::size_t vcpus) {
  Demand demand;
  demand.vcpus = vcpus;
  return demand;
}

Demand automatic() {
  Demand demand;
  demand.any_cores = true;
  return demand;
}

Demand exactly(std::string_view list) {
  Demand demand;
  demand.exact = cpus(list);
  return demand;
}

Allocation placed(const Topology& topology, const Demand& demand, const Occupancy& occupancy = {},
                  const PlacementLimits& limits = {}) {
  const auto allocation = place(topology, demand, occupancy, limits);
  EXPECT_TRUE(allocation) << allocation.error().message();
  return allocation.value_or(Allocation{});
}

Error refused(const Topology& topology, const Demand& demand, const Occupancy& occupancy = {},
              const PlacementLimits& limits = {}) {
  const auto allocation = place(topology, demand, occupancy, limits);
  EXPECT_FALSE(allocation) << "placed on " << allocation->cores.to_list();
  return allocation ? Error(ErrorKind::failed, "") : allocation.error();
}

Occupancy held_by(const std::string& holder, const CpuSet& held) {
  Occupancy occupancy;
  occupancy.exclusive = held;
  occupancy.holders[holder] = held;
  return occupancy;
}

PlacementLimits keeping(std::size_t cores) {
  PlacementLimits limits;
  limits.housekeeping_cores = cores;
  return limits;
}

// Housekeeping

TEST(Housekeeping, IsTheLowestCoreWithItsSiblings) { EXPECT_EQ(reserved_housekeeping(two_nodes(), {}), cpus("0,8")); }

TEST(Housekeeping, SkipsCoresIsolatedAtBoot) {
  EXPECT_EQ(reserved_housekeeping(with_isolated(two_nodes(), cpus("0-1,8-9")), keeping(2)), cpus("2-3,10-11"));
}

TEST(Housekeeping, IsWhatTheAdminConfigured) {
  EXPECT_EQ(reserved_housekeeping(two_nodes(), {.housekeeping = cpus("3,5")}), cpus("3,5"));
}

TEST(Housekeeping, ConfiguredCpusThatAreAllOfflineFallBackToTheDefault) {
  EXPECT_EQ(reserved_housekeeping(two_nodes(), {.housekeeping = cpus("40")}), cpus("0,8"));
}

TEST(Housekeeping, IsNeverEmpty) {
  EXPECT_EQ(reserved_housekeeping(one_node(4), keeping(0)), cpus("0"));
  EXPECT_EQ(reserved_housekeeping(with_isolated(one_node(4), cpus("0-3")), {}), cpus("0"));
}

TEST(Housekeeping, StartsAtTheLowestOnlineCpu) {
  EXPECT_EQ(reserved_housekeeping(with_offline(one_node(4), cpus("0")), {}), cpus("1"));
}

TEST(Housekeeping, IsNeverGivenAway) {
  EXPECT_EQ(placed(one_node(4), whole_cores(3)).cores, cpus("1-3"));
  EXPECT_EQ(placed(one_node(4), whole_cores(2), {}, keeping(2)).cores, cpus("2-3"));
  EXPECT_EQ(refused(one_node(4), whole_cores(4)).kind(), ErrorKind::refused);
}

TEST(Housekeeping, ACoreWithOneReservedCpuIsNotGivenAway) {
  EXPECT_EQ(placed(two_nodes(), whole_cores(3), {}, {.housekeeping = cpus("9")}).cores, cpus("0,2-3,8,10-11"));
}

// Whole cores and siblings

TEST(Placement, WholeCoresGiveEachVcpuACoreAndLeaveTheSiblingIdle) {
  const auto allocation = placed(two_nodes(), whole_cores(2));
  EXPECT_EQ(allocation.cores, cpus("1-2,9-10"));
  EXPECT_THAT(allocation.vcpu_cpus, ElementsAre(1, 2));
  EXPECT_THAT(allocation.reasons, Contains(HasSubstr("CPUs 9-10 stay idle")));
}

TEST(Placement, OtherwiseNeighbouringVcpusShareACore) {
  const auto allocation = placed(two_nodes(), filled_cores(4));
  EXPECT_EQ(allocation.cores, cpus("1-2,9-10"));
  EXPECT_THAT(allocation.vcpu_cpus, ElementsAre(1, 9, 2, 10));
}

TEST(Placement, AnOddNumberOfVcpusStillTakesWholeCores) {
  const auto allocation = placed(two_nodes(), filled_cores(3));
  EXPECT_EQ(allocation.cores, cpus("1-2,9-10"));
  EXPECT_THAT(allocation.vcpu_cpus, ElementsAre(1, 9, 2));
  EXPECT_THAT(allocation.reasons, Contains(HasSubstr("CPU 10 stays idle")));
}

TEST(Placement, AnOfflineSiblingDoesNotCountAsRoom) {
  const Topology topology = with_offline(two_nodes(), cpus("8-15"));
  EXPECT_EQ(placed(topology, filled_cores(3)).cores, cpus("1-3"));
}

TEST(Placement, CoresWithMoreRoomMakeOthersSuperfluous) {
  const Topology topology = with_offline(two_nodes(), cpus("10-15"));  // only cores 0 and 1 have both siblings
  EXPECT_EQ(placed(topology, filled_cores(2)).cores, cpus("1,9"));
}

TEST(Placement, NothingAskedForIsNothingGiven) { EXPECT_EQ(placed(two_nodes(), {}), Allocation{}); }

// Occupied cores

TEST(Placement, ACoreWithOneExclusiveCpuIsNotAvailable) {
  EXPECT_EQ(placed(one_node(4), whole_cores(2), held_by("domain web1", cpus("1"))).cores, cpus("2-3"));
  EXPECT_EQ(placed(two_nodes(), whole_cores(2), held_by("domain web1", cpus("9"))).cores, cpus("2-3,10-11"));
}

TEST(Placement, ACoreWithAnothersHelperThreadsIsNotAvailable) {
  Occupancy occupancy;
  occupancy.helper_load[1] = 1;
  occupancy.helper_load[2] = 0;
  EXPECT_EQ(placed(one_node(4), whole_cores(2), occupancy).cores, cpus("2-3"));
}

TEST(Placement, CoresOthersArePinnedToAreAvoidedWhileOthersAreFree) {
  Occupancy occupancy;
  occupancy.pinned = cpus("1-2");
  EXPECT_EQ(placed(one_node(6), whole_cores(2), occupancy).cores, cpus("3-4"));
  const auto all = placed(one_node(6), whole_cores(4), occupancy);
  EXPECT_EQ(all.cores, cpus("1,3-5"));
  EXPECT_THAT(all.reasons, Contains(HasSubstr("pinned to CPU 1")));
}

// Order of preference

TEST(Placement, BootIsolatedCoresComeFirst) {
  const auto allocation = placed(with_isolated(two_nodes(), cpus("6-7,14-15")), whole_cores(2));
  EXPECT_EQ(allocation.cores, cpus("6-7,14-15"));
  EXPECT_THAT(allocation.reasons, Contains("Node 1, because there are cores isolated at boot."));
  EXPECT_THAT(allocation.reasons, Contains("Isolated at boot: CPUs 6-7,14-15."));
}

TEST(Placement, IsolatedCoresAreUsedUpBeforeOthersAreTaken) {
  EXPECT_EQ(placed(with_isolated(one_node(8), cpus("5")), whole_cores(3)).cores, cpus("1-2,5"));
}

TEST(Placement, ACoreOfWhichOneSiblingIsIsolatedIsNoIsolatedCore) {
  EXPECT_EQ(placed(with_isolated(two_nodes(), cpus("15")), whole_cores(1)).cores, cpus("1,9"));
}

TEST(Placement, ClearedCoresAreTakenOverBeforeOthers) {
  Occupancy occupancy;
  occupancy.cleared = cpus("2-3");
  const auto allocation = placed(one_node(6), whole_cores(2), occupancy);
  EXPECT_EQ(allocation.cores, cpus("2-3"));
  EXPECT_THAT(allocation.reasons, Contains("Cleared ahead of time: CPUs 2-3."));
  EXPECT_EQ(placed(one_node(6), whole_cores(3), occupancy).cores, cpus("1-3"));
}

TEST(Placement, IsolatedCoresComeBeforeClearedOnes) {
  Occupancy occupancy;
  occupancy.cleared = cpus("1-2");
  EXPECT_EQ(placed(with_isolated(one_node(6), cpus("4")), whole_cores(1), occupancy).cores, cpus("4"));
}

TEST(Placement, TheWantedNodeComesBeforeIsolatedCores) {
  Demand demand = whole_cores(2);
  demand.node = 0;
  demand.node_reason = "NIC enp33s0 is on node 0";
  const auto allocation = placed(with_isolated(two_nodes(), cpus("6-7,14-15")), demand);
  EXPECT_EQ(allocation.node, 0U);
  EXPECT_THAT(allocation.reasons, Contains("Node 0, because NIC enp33s0 is on node 0."));
}

TEST(Placement, AWantedNodeWithoutRoomGivesWayAndSaysSo) {
  Demand demand = whole_cores(3);
  demand.node = 1;
  demand.node_reason = "NIC eth1 is on node 1";
  const auto allocation = placed(two_nodes(), demand, held_by("domain a", cpus("4-5,12-13")));
  EXPECT_EQ(allocation.node, 0U);
  EXPECT_THAT(allocation.reasons, Contains("Node 0, because node 1 (NIC eth1 is on node 1) has only 2 cores free."));
}

TEST(Placement, ARequiredNodeDoesNotGiveWay) {
  Demand demand = whole_cores(3);
  demand.node = 1;
  demand.node_required = true;
  const Error error = refused(two_nodes(), demand, held_by("domain a", cpus("4-5,12-13")));
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_THAT(error.what(), HasSubstr("3 vCPUs on whole cores need 3 physical cores on node 1"));
  EXPECT_THAT(error.remedy(), HasSubstr("accept another node"));
}

TEST(Placement, ARequiredNodeThatDoesNotExistIsNamed) {
  Demand demand = whole_cores(1);
  demand.node = 7;
  demand.node_required = true;
  EXPECT_THAT(refused(two_nodes(), demand).message(), HasSubstr("node 7 does not exist here"));
  demand.node_required = false;
  EXPECT_THAT(placed(two_nodes(), demand).reasons, Contains(HasSubstr("because node 7 does not exist")));
}

TEST(Placement, AWantedMemoryOnlyNodeGivesWay) {
  Topology topology = two_nodes();
  topology.nodes.push_back({.id = 2, .cpus = {}, .memory = gib});
  Demand demand = whole_cores(1);
  demand.node = 2;
  EXPECT_THAT(placed(topology, demand).reasons, Contains(HasSubstr("because node 2 has no CPUs")));
}

TEST(Placement, TheGuestGoesToANodeThatHoldsIt) {
  Topology topology = two_nodes();
  topology.nodes[0].memory = Bytes{8 * gib.value};
  Demand demand = whole_cores(2);
  EXPECT_EQ(placed(topology, demand).node, 0U);
  demand.memory = Bytes{12 * gib.value};
  EXPECT_EQ(placed(topology, demand).node, 1U);
  demand.memory = Bytes{64 * gib.value};
  EXPECT_THAT(placed(topology, demand).reasons, Contains(HasSubstr("less than the guest's 64GiB")));
}

TEST(Placement, AMemorylessNodeComesLast) {
  Topology topology = two_nodes();
  topology.nodes[0].memory = {};
  EXPECT_EQ(placed(topology, whole_cores(1)).node, 1U);
}

TEST(Placement, AMemorylessNodeHoldsNoMemoryEvenWhereItAloneHasCpus) {
  Topology topology = one_node(4);
  topology.nodes.front().memory = {};
  topology.nodes.push_back({.id = 1, .cpus = {}, .memory = gib});
  Demand demand = whole_cores(2);
  demand.memory_on_node = true;
  EXPECT_THAT(refused(topology, demand).message(), HasSubstr("node 0 has 0B of memory"));
}

/// Two pages of 2 MiB; so many are free on each node.
Demand with_pages(Demand demand) {
  demand.pages = PageDemand{Bytes{std::uint64_t{2} << 20}, 2, std::nullopt, ""};
  return demand;
}
Occupancy free_pages(std::vector<std::uint64_t> counts) {
  Occupancy occupancy;
  for (unsigned node = 0; node < counts.size(); ++node)
    occupancy.memory[node].huge_pages[Bytes{std::uint64_t{2} << 20}] = {counts[node], counts[node]};
  return occupancy;
}

TEST(Placement, TheGuestGoesToANodeThatHasItsHugePages) {
  const auto allocation = placed(two_nodes(), with_pages(whole_cores(2)), free_pages({1, 2}));
  EXPECT_EQ(allocation.cores, cpus("4-5,12-13"));
  EXPECT_EQ(allocation.pages->node, 1U);
  EXPECT_THAT(allocation.reasons, Contains("Node 1, which has room for the huge pages."));
}

TEST(Placement, AWantedNodeWithoutHugePagesGivesWayAndSaysSo) {
  Demand demand = with_pages(whole_cores(2));
  demand.node = 0;
  demand.node_reason = "NIC eth0 is on node 0";
  const auto allocation = placed(two_nodes(), demand, free_pages({1, 2}));
  EXPECT_EQ(allocation.node, 1U);
  EXPECT_THAT(allocation.reasons,
              Contains("Node 1, because node 0 (NIC eth0 is on node 0) has no room for the huge pages."));
}

TEST(Placement, WhereNoNodeHasCoresAndHugePagesTheRefusalSaysWhichAreMissing) {
  EXPECT_THAT(refused(two_nodes(), with_pages(whole_cores(2)), free_pages({1, 1})).message(),
              HasSubstr("2 huge pages of 2MiB are needed on node 0"));
  EXPECT_THAT(refused(two_nodes(), with_pages(whole_cores(5)), free_pages({2, 2})).message(),
              HasSubstr("5 vCPUs on whole cores need 5 physical cores"));
}

TEST(Placement, CoresAreCompactInTheLastLevelCache) {
  const Topology topology = make_topology({.caches_per_node = 4, .cores_per_cache = 4});
  EXPECT_EQ(placed(topology, whole_cores(4)).cores, cpus("4-7"));
  const auto wide = placed(topology, whole_cores(6));
  EXPECT_EQ(wide.cores, cpus("1-3,4-6"));
  EXPECT_THAT(wide.reasons, Contains(HasSubstr("2 last-level caches")));
}

TEST(Placement, TheTightestCacheThatSufficesIsTaken) {
  const Topology topology = make_topology({.caches_per_node = 4, .cores_per_cache = 4});
  EXPECT_EQ(placed(topology, whole_cores(3)).cores, cpus("1-3"));
  EXPECT_EQ(placed(topology, whole_cores(2), held_by("domain a", cpus("8-9"))).cores, cpus("10-11"));
}

TEST(Placement, TwoCachesThatJustFitLeaveTheLargeOneAlone) {
  const Topology topology = make_topology({.caches_per_node = 3, .cores_per_cache = 6});
  // Free are 3, 4 and 6 cores; 7 fit exactly into the first two.
  EXPECT_EQ(placed(topology, whole_cores(7), held_by("domain a", cpus("1-2,6-7"))).cores, cpus("3-5,8-11"));
}

TEST(Placement, TheTightestNodeThatSufficesIsTaken) {
  EXPECT_EQ(placed(two_nodes(), whole_cores(2), held_by("domain a", cpus("4-5,12-13"))).node, 1U);
  EXPECT_EQ(placed(two_nodes(), whole_cores(3), held_by("domain a", cpus("4-5,12-13"))).node, 0U);
}

TEST(Placement, AnEarlierCoreIsLeftWhereHelpersNeedTheNodesLastCpu) {
  // Node 1 would fit exactly and leave no CPU for the helper; node 0 has one to share.
  const Topology topology = make_topology({.packages = 2, .cores_per_cache = 6});
  Demand demand = whole_cores(3);
  const Occupancy occupancy = held_by("domain a", cpus("6-8"));
  EXPECT_EQ(placed(topology, demand, occupancy).node, 1U);
  demand.helper_cores = 1;
  EXPECT_EQ(placed(topology, demand, occupancy).node, 0U);
}

TEST(Placement, VcpusAreInOrderOfCacheAndCpu) {
  Topology topology = make_topology({.caches_per_node = 2, .cores_per_cache = 4});
  for (unsigned core = 0; core < 8; ++core) topology.cores[core].last_level_cache = core % 2;  // interleaved numbering
  topology.last_level_caches = {cpus("0,2,4,6"), cpus("1,3,5,7")};
  EXPECT_THAT(placed(topology, whole_cores(6)).vcpu_cpus, ElementsAre(2, 4, 6, 1, 3, 5));
}

// Several nodes

TEST(Placement, NodesAreNotSplitUnlessTheDemandAcceptsIt) {
  Demand demand = whole_cores(6);
  const Error error = refused(two_nodes(), demand);
  EXPECT_THAT(error.what(), HasSubstr("on one node; free cores: 3 on node 0, 4 on node 1"));
  EXPECT_THAT(error.remedy(), HasSubstr("accept cores on more than one node"));
  demand.may_split_nodes = true;
  const auto allocation = placed(two_nodes(), demand);
  EXPECT_EQ(allocation.cores.count(), 12U);
  EXPECT_EQ(allocation.node, std::nullopt);
  EXPECT_THAT(allocation.reasons, Contains("Nodes 0-1, because no single node has room."));
}

TEST(Placement, OneNodeIsPreferredEvenWhereSplittingIsAccepted) {
  Demand demand = whole_cores(4);
  demand.may_split_nodes = true;
  demand.node = 0;
  EXPECT_EQ(placed(two_nodes(), demand).node, 1U);
}

TEST(Placement, ASplitStaysInOnePackageAndUsesTheWantedNode) {
  const Topology topology = make_topology({.packages = 2, .nodes_per_package = 2, .cores_per_cache = 4});
  Demand demand = whole_cores(6);
  demand.may_split_nodes = true;
  EXPECT_EQ(topology.nodes_of(placed(topology, demand).cores), (NodeSet{0, 1}));
  demand.node = 3;
  const auto near_the_nic = placed(topology, demand);
  EXPECT_EQ(topology.nodes_of(near_the_nic.cores), (NodeSet{2, 3}));
  EXPECT_TRUE(cpus("12-15").subset_of(near_the_nic.cores));
}

// Hybrid machines

Topology hybrid() {
  Topology topology = one_node(12);
  for (unsigned core = 0; core < 4; ++core) topology.cores[core].efficiency = 1;
  return topology;
}

TEST(Placement, FastCoresComeFirst) { EXPECT_EQ(placed(hybrid(), whole_cores(3)).cores, cpus("1-3")); }

TEST(Placement, CoresOfOneKindComeBeforeAMixture) {
  const auto allocation = placed(hybrid(), whole_cores(5));
  EXPECT_EQ(allocation.cores, cpus("4-8"));
  EXPECT_THAT(allocation.reasons, Contains(HasSubstr("Slower cores")));
}

TEST(Placement, AMixtureIsBetterThanNothing) {
  const auto allocation = placed(hybrid(), whole_cores(9));
  EXPECT_EQ(allocation.cores, cpus("1-9"));
  EXPECT_THAT(allocation.reasons, Contains(HasSubstr("differ in speed")));
}

TEST(Placement, HelpersDoNotSpoilAFastCore) {
  Demand demand = whole_cores(1);
  demand.helper_cores = 1;
  EXPECT_EQ(placed(hybrid(), demand).helpers, cpus("11"));
}

// Machines without NUMA

TEST(Placement, AMachineWithoutNumaIsOnePlace) {
  const auto allocation = placed(without_numa(two_nodes()), whole_cores(6));
  EXPECT_EQ(allocation.cores.count(), 12U);
  EXPECT_EQ(allocation.node, std::nullopt);
}

TEST(Placement, NodeZeroOfAMachineWithoutNumaIsTheMachine) {
  Demand demand = whole_cores(2);
  demand.node = 0;
  demand.node_required = true;
  EXPECT_EQ(placed(without_numa(two_nodes()), demand).cores, cpus("1-2,9-10"));
}

// Exact lists

TEST(ExactCores, AreHonouredAsGiven) {
  const auto allocation = placed(two_nodes(), exactly("2-3,10-11"));
  EXPECT_EQ(allocation.cores, cpus("2-3,10-11"));
  EXPECT_EQ(allocation.node, 0U);
  EXPECT_THAT(allocation.reasons, ElementsAre("CPUs 2-3,10-11, as asked."));
}

TEST(ExactCores, ThatAreOfflineAreAUsageError) {
  const Error error = refused(two_nodes(), exactly("14-17"));
  EXPECT_EQ(error.kind(), ErrorKind::usage);
  EXPECT_THAT(error.message(), HasSubstr("cores: CPUs 16-17 are not online; online are 0-15"));
  EXPECT_EQ(refused(two_nodes(), exactly("")).kind(), ErrorKind::usage);
}

TEST(ExactCores, ThatAnotherClaimHoldsAreRefusedByItsName) {
  const Error error = refused(two_nodes(), exactly("2-3"), held_by("domain web1", cpus("3,11")));
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_THAT(error.message(), HasSubstr("cores: CPU 3 cannot be given twice: domain web1 holds 3"));
}

TEST(ExactCores, MayBeClearedOnes) {
  Occupancy occupancy;
  occupancy.cleared = cpus("2-3,10-11");
  EXPECT_EQ(placed(two_nodes(), exactly("2,10"), occupancy).cores, cpus("2,10"));
}

TEST(ExactCores, NeverIncludeConfiguredHousekeeping) {
  const Error error = refused(two_nodes(), exactly("2-3"), {}, {.housekeeping = cpus("3")});
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_THAT(error.message(), HasSubstr("CPU 3 always stays with the host, as configured"));
}

TEST(ExactCores, MayTakeDefaultHousekeepingWhileEnoughCoresAreLeft) {
  EXPECT_EQ(placed(one_node(4), exactly("0-2")).cores, cpus("0-2"));
  const Error error = refused(one_node(4), exactly("0-3"));
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_THAT(error.message(), HasSubstr("would leave the host 0 cores, and it needs 1; leave out 0"));
  Occupancy occupancy;
  occupancy.cleared = cpus("3");
  EXPECT_EQ(refused(one_node(4), exactly("0-2"), occupancy).kind(), ErrorKind::refused);
  EXPECT_EQ(refused(with_isolated(one_node(4), cpus("3")), exactly("0-2")).kind(), ErrorKind::refused);
}

TEST(ExactCores, MustHaveRoomForTheVcpus) {
  Demand demand = exactly("2-3,10-11");
  demand.vcpus = 4;
  EXPECT_THAT(placed(two_nodes(), demand).vcpu_cpus, ElementsAre(2, 10, 3, 11));
  demand.whole_cores = true;
  EXPECT_THAT(refused(two_nodes(), demand).message(),
              HasSubstr("4 vCPUs need 4 physical cores, and CPUs 2-3,10-11 are 2 physical cores"));
  demand.vcpus = 2;
  EXPECT_THAT(placed(two_nodes(), demand).vcpu_cpus, ElementsAre(2, 3));
}

TEST(ExactCores, ThatSplitAPhysicalCoreAreTakenAndSaySo) {
  const auto allocation = placed(two_nodes(), exactly("2-3"));
  EXPECT_EQ(allocation.cores, cpus("2-3"));
  EXPECT_THAT(allocation.reasons, Contains(HasSubstr("splits physical cores: CPUs 10-11 stay with the host")));
}

TEST(ExactCores, SayWhatElseIsOnThemAndThatTheyAreFarFromTheNic) {
  Occupancy occupancy;
  occupancy.pinned = cpus("2");
  occupancy.helper_load[3] = 2;
  Demand demand = exactly("2-3,10-11");
  demand.node = 1;
  demand.node_reason = "NIC eth1 is on node 1";
  EXPECT_THAT(placed(two_nodes(), demand, occupancy).reasons,
              ElementsAre("CPUs 2-3,10-11, as asked.", "Helper threads of other claims have to leave CPU 3.",
                          "Other workloads are pinned to CPU 2.",
                          "The list is not on node 1, which is wanted, because NIC eth1 is on node 1."));
}

// A number of cores, or none, for the host

TEST(HostCores, ANumberOfCoresIsTakenAsVcpusWouldBe) {
  Demand demand = automatic();
  demand.core_count = 2;
  const auto allocation = placed(two_nodes(), demand);
  EXPECT_EQ(allocation.cores, cpus("1-2,9-10"));
  EXPECT_THAT(allocation.vcpu_cpus, IsEmpty());
  demand.core_count = 5;
  EXPECT_THAT(refused(two_nodes(), demand).message(), HasSubstr("5 physical cores are needed on one node"));
}

TEST(HostCores, AutoTakesTheCoresIsolatedAtBootWhereverTheyAre) {
  const auto allocation = placed(with_isolated(two_nodes(), cpus("2-4,10-12")), automatic());
  EXPECT_EQ(allocation.cores, cpus("2-4,10-12"));
  EXPECT_EQ(allocation.node, std::nullopt);
  EXPECT_THAT(allocation.reasons, Contains(HasSubstr("cores of all of them are isolated at boot")));
}

TEST(HostCores, AutoTakesTheNodeThatCanGiveMost) {
  const auto allocation = placed(two_nodes(), automatic());
  EXPECT_EQ(allocation.cores, cpus("4-7,12-15"));
  EXPECT_EQ(allocation.node, 1U);
}

TEST(HostCores, AutoTakesAtMostHalfOfTheHost) {
  EXPECT_EQ(placed(one_node(8), automatic()).cores.count(), 4U);
  EXPECT_EQ(placed(one_node(5), automatic()).cores.count(), 2U);
  EXPECT_EQ(placed(one_node(2), automatic()).cores, cpus("1"));
}

TEST(HostCores, AutoLeavesCoresOthersArePinnedTo) {
  Occupancy occupancy;
  occupancy.pinned = cpus("1-5");
  EXPECT_EQ(placed(one_node(8), automatic(), occupancy).cores, cpus("6-7"));
}

TEST(HostCores, AutoLeavesHelpersACpuOfTheNode) {
  Demand demand = automatic();
  demand.helper_cores = 1;
  const auto allocation = placed(two_nodes(), demand);
  EXPECT_EQ(allocation.cores.count(), 6U);
  EXPECT_EQ(allocation.node, two_nodes().core_of(allocation.helpers.first())->node);
}

TEST(HostCores, AutoKeepsToFastCores) { EXPECT_EQ(placed(hybrid(), automatic()).cores, cpus("1-3")); }

TEST(HostCores, AutoKeepsToTheWantedNode) {
  Demand demand = automatic();
  demand.node = 0;
  EXPECT_EQ(placed(two_nodes(), demand).cores, cpus("1-3,9-11"));
}

TEST(HostCores, AHostWithOneCoreHasNoneToGive) {
  const Error error = refused(one_node(1), automatic());
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_THAT(error.message(), HasSubstr("this host has one physical core, which stays with the host"));
  EXPECT_EQ(refused(one_node(1), whole_cores(1)).kind(), ErrorKind::refused);
}

// Helpers

Demand with_helpers(Demand demand, std::size_t count) {
  demand.helper_cores = count;
  return demand;
}

TEST(Helpers, AreOnTheClaimsNodeAndNeverAmongItsCores) {
  Demand demand = with_helpers(whole_cores(1), 1);
  demand.node = 1;
  const auto allocation = placed(make_topology({.packages = 2, .cores_per_cache = 8}), demand);
  EXPECT_EQ(allocation.cores, cpus("8"));
  EXPECT_EQ(allocation.helpers, cpus("15"));
}

TEST(Helpers, ShareTheHousekeepingCoreOfASmallHost) {
  EXPECT_EQ(placed(one_node(4), with_helpers(whole_cores(2), 1)).helpers, cpus("0"));
  EXPECT_EQ(placed(two_nodes(), with_helpers(whole_cores(1), 2)).helpers, cpus("0,8"));
}

TEST(Helpers, LeaveTheHousekeepingCoreAloneWhereThereIsPlenty) {
  EXPECT_EQ(placed(one_node(16), with_helpers(whole_cores(2), 1)).helpers, cpus("15"));
}

TEST(Helpers, UseUpACoreBeforeTheySpoilAnother) {
  Topology topology = make_topology({.cores_per_cache = 16, .threads = 2});
  EXPECT_EQ(placed(topology, with_helpers(whole_cores(1), 2)).helpers, cpus("15,31"));
}

TEST(Helpers, AreSpread) {
  Occupancy occupancy;
  occupancy.helper_load = {{0, 3}, {1, 1}, {2, 2}};
  EXPECT_EQ(placed(with_isolated(one_node(8), cpus("4-7")), with_helpers(whole_cores(4), 1), occupancy).helpers,
            cpus("1"));
}

TEST(Helpers, AvoidTheCpusOfTheNicsInterrupts) {
  Demand demand = with_helpers(whole_cores(2), 1);
  demand.helper_avoid = cpus("0");
  EXPECT_EQ(placed(one_node(4), demand).helpers, cpus("3"));
  demand.helper_avoid = cpus("0,3");
  const auto allocation = placed(one_node(4), demand);
  EXPECT_EQ(allocation.helpers, cpus("0"));
  EXPECT_THAT(allocation.reasons, Contains("The NIC's interrupts land there too: no other CPUs are left."));
}

TEST(Helpers, GoToAnotherNodeWhereTheirOwnIsFull) {
  Demand demand = with_helpers(whole_cores(4), 1);
  demand.node = 1;
  const auto allocation = placed(two_nodes(), demand);
  EXPECT_EQ(allocation.node, 1U);
  EXPECT_EQ(two_nodes().nodes_of(allocation.helpers), NodeSet{0});
  EXPECT_THAT(allocation.reasons, Contains(HasSubstr("on another node")));
}

TEST(Helpers, AreNeverOnExclusiveClearedOrIsolatedCpus) {
  Occupancy occupancy = held_by("domain a", cpus("1"));
  occupancy.cleared = cpus("2");
  const Topology topology = with_isolated(one_node(5), cpus("3"));
  const auto allocation = placed(topology, with_helpers({}, 4), occupancy);
  EXPECT_EQ(allocation.helpers, cpus("0,4"));
  EXPECT_THAT(allocation.reasons, Contains("Only 2 of 4 CPUs for helper threads could be found."));
}

TEST(Helpers, ThatFindNoCpuAreNoReasonToRefuse) {
  Occupancy occupancy;
  occupancy.cleared = cpus("0-3");
  const auto allocation = placed(one_node(4), with_helpers(whole_cores(1), 1), occupancy);
  EXPECT_TRUE(allocation.helpers.empty());
  EXPECT_THAT(allocation.reasons, Contains(HasSubstr("No CPU is left for helper threads")));
}

TEST(Helpers, KeepAwayFromTheSiblingsOfASplitCore) {
  Demand demand = with_helpers(exactly("1-3"), 1);
  EXPECT_THAT(placed(two_nodes(), demand).helpers, Not(CpuSet{9}));
  EXPECT_EQ(placed(two_nodes(), demand).helpers, cpus("8"));
}

TEST(Helpers, LeaveWhatManyClaimsHoldInOnePiece) {
  const Topology topology = one_node(64);
  Occupancy occupancy;
  for (unsigned claim = 0; claim < 12; ++claim)
    occupancy.take(fmt::format("domain web{}", claim), placed(topology, with_helpers(whole_cores(2), 1), occupancy));
  EXPECT_EQ(occupancy.exclusive, cpus("1-24"));
}

TEST(Helpers, ExactOnesAreHonouredAndTheirCoreIsNotGivenAway) {
  Demand demand = whole_cores(2);
  demand.exact_helpers = cpus("1");
  const auto allocation = placed(one_node(5), demand);
  EXPECT_EQ(allocation.helpers, cpus("1"));
  EXPECT_EQ(allocation.cores, cpus("2-3"));
}

TEST(Helpers, ExactOnesMustBeUsable) {
  Demand demand = whole_cores(1);
  demand.exact_helpers = cpus("9");
  EXPECT_EQ(refused(one_node(4), demand).kind(), ErrorKind::usage);
  demand.exact_helpers = cpus("2");
  EXPECT_THAT(refused(one_node(4), demand, held_by("domain a", cpus("2"))).message(), HasSubstr("domain a holds 2"));
  demand = exactly("2-3");
  demand.exact_helpers = cpus("3");
  EXPECT_THAT(refused(one_node(4), demand).message(), HasSubstr("cannot be both"));
}

// Refusals

TEST(Refusal, CountsWhatIsFreeAndNamesWhoHoldsTheRest) {
  Occupancy occupancy = held_by("domain web1", cpus("4-6,12-14"));
  occupancy.exclusive |= cpus("2,10");
  occupancy.holders["domain db"] = cpus("2,10");
  occupancy.helper_load[3] = 1;
  EXPECT_EQ(refused(two_nodes(), whole_cores(3), occupancy).message(),
            "3 vCPUs on whole cores need 3 physical cores on one node; free cores: 1 on node 0, 1 on node 1; "
            "domain db holds 2,10, domain web1 holds 4-6,12-14; 0,8 stay with the host; helper threads of other claims "
            "use 3; release a claim, or ask for at most 1 vCPU");
}

TEST(Refusal, NamesTheFirstFewOfManyHolders) {
  Occupancy occupancy;
  for (unsigned cpu = 1; cpu < 16; ++cpu) occupancy.holders[fmt::format("domain {:02}", cpu)] = {cpu};
  EXPECT_EQ(occupancy.describe_holder(cpus("1-7")),
            "domain 01 holds 1, domain 02 holds 2, domain 03 holds 3, domain 04 holds 4, domain 05 holds 5, "
            "2 others hold more");
  EXPECT_EQ(occupancy.describe_holder(cpus("20")), "another claim holds 20");
}

// Large hosts

TEST(Placement, IsQuickOnALargeHost) {
  const Topology topology =
      make_topology({.packages = 8, .nodes_per_package = 2, .caches_per_node = 4, .cores_per_cache = 8, .threads = 2});
  ASSERT_EQ(topology.online.count(), 1024U);
  Occupancy occupancy;
  for (unsigned claim = 0; claim < 500; ++claim) {
    const CpuSet held = claim % 2 == 0 ? CpuSet{claim + 1, claim + 513} : CpuSet{};
    occupancy.exclusive |= held;
    occupancy.holders[fmt::format("domain {}", claim)] = held;
    ++occupancy.helper_load[claim % 7 * 64 + 2];
  }
  Demand demand = with_helpers(whole_cores(300), 4);
  demand.may_split_nodes = true;
  const auto start = std::chrono::steady_clock::now();
  static_cast<void>(place(topology, demand, occupancy, {}));
  demand.vcpus = 12;
  static_cast<void>(placed(topology, demand, occupancy));
  const auto spent = std::chrono::steady_clock::now() - start;
  // Well below 10 ms each when optimised; the bound leaves room for sanitizers and a busy machine.
  EXPECT_LT(spent, std::chrono::milliseconds(500));
}

}  // namespace
}  // namespace acdr
