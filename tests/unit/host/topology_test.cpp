// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/topology.hpp"

#include <gmock/gmock.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/recorded_machines.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/topologies.hpp"

namespace acdr {
namespace {

using testing::HasSubstr;

CpuSet cpus(std::string_view list) { return CpuSet::parse_list(list).value(); }

/// A host root that a test writes file by file.
class HostRoot {
 public:
  [[nodiscard]] const std::filesystem::path& path() const { return directory_.path(); }

  HostRoot& file(const std::string& name, const std::string& text) {
    directory_.write(name, text);
    return *this;
  }
  HostRoot& link(const std::string& name, const std::string& target) {
    std::filesystem::create_directories((path() / name).parent_path());
    std::filesystem::create_symlink(target, path() / name);
    return *this;
  }
  HostRoot& cpu_file(const std::string& name, const std::string& text) {
    return file("sys/devices/system/cpu/" + name, text);
  }
  /// A CPU with what hwloc wants to see of it; masks in the kernel's notation.
  HostRoot& cpu(unsigned number, const std::string& siblings, const std::string& package) {
    const std::string topology = fmt::format("cpu{}/topology/", number);
    cpu_file(topology + "thread_siblings", siblings + "\n").cpu_file(topology + "core_siblings", package + "\n");
    return cpu_file(topology + "core_id", fmt::format("{}\n", number))
        .cpu_file(topology + "physical_package_id", "0\n");
  }
  HostRoot& node(unsigned number, const std::string& mask, const std::string& list, std::uint64_t kib) {
    const std::string directory = fmt::format("sys/devices/system/node/node{}/", number);
    file(directory + "cpumap", mask + "\n").file(directory + "cpulist", list + "\n");
    return file(directory + "meminfo", fmt::format("Node {} MemTotal:       {} kB\n", number, kib));
  }

 private:
  test::TemporaryDirectory directory_;
};

/// 4 CPUs without SMT in one package.
HostRoot& four_cpus(HostRoot& root) {
  for (unsigned number = 0; number < 4; ++number) root.cpu(number, fmt::format("{:x}", 1U << number), "f");
  return root.cpu_file("online", "0-3\n");
}

Topology read(const std::filesystem::path& root) {
  const auto topology = read_topology(root);
  EXPECT_TRUE(topology) << topology.error().message();
  return topology.value_or(Topology{});
}

/// What has to hold of every topology, whatever the machine.
void expect_sound(const Topology& topology) {
  CpuSet seen;
  unsigned last_first = 0;
  ASSERT_FALSE(topology.cores.empty());
  for (const auto& core : topology.cores) {
    ASSERT_FALSE(core.cpus.empty());
    EXPECT_FALSE(core.cpus.intersects(seen)) << "a CPU is in two cores";
    EXPECT_GE(core.cpus.first(), last_first) << "cores are not ascending";
    last_first = core.cpus.first();
    seen |= core.cpus;
    ASSERT_LT(core.last_level_cache, topology.last_level_caches.size());
    EXPECT_TRUE(core.cpus.subset_of(topology.last_level_caches[core.last_level_cache]));
    EXPECT_TRUE(!core.node || topology.node(*core.node) != nullptr);
  }
  EXPECT_EQ(seen, topology.online);
  EXPECT_TRUE(topology.online.subset_of(topology.possible));
  EXPECT_TRUE(std::ranges::is_sorted(topology.nodes, {}, &NumaNode::id));
}

// Questions to a topology

TEST(Topology, FindsTheCoreOfACpu) {
  const Topology topology = test::make_topology({.packages = 2, .cores_per_cache = 2, .threads = 2});
  ASSERT_NE(topology.core_of(5), nullptr);
  EXPECT_EQ(topology.core_of(5)->cpus, cpus("1,5"));
  EXPECT_EQ(topology.core_of(99), nullptr);
}

TEST(Topology, AddsSiblingsAndFindsNodes) {
  const Topology topology = test::make_topology({.packages = 2, .cores_per_cache = 2, .threads = 2});
  EXPECT_EQ(topology.with_siblings(cpus("1-2")), cpus("1-2,5-6"));
  EXPECT_EQ(topology.with_siblings(cpus("99")), cpus("99"));
  EXPECT_EQ(topology.nodes_of(cpus("1-2")), (NodeSet{0, 1}));
  EXPECT_EQ(topology.nodes_of(cpus("99")), NodeSet{});
  EXPECT_EQ(topology.node(1)->cpus, cpus("2-3,6-7"));
  EXPECT_EQ(topology.node(2), nullptr);
}

// This machine

TEST(ReadTopology, SeesThisMachine) { expect_sound(read("/")); }

TEST(ReadTopology, SeesCpusOutsideTheCallersOwnAffinity) {
  const Topology before = read("/");
  cpu_set_t old;
  ASSERT_EQ(::sched_getaffinity(0, sizeof old, &old), 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(before.online.first(), &one);
  if (::sched_setaffinity(0, sizeof one, &one) != 0) GTEST_SKIP() << "may not set the affinity here";
  EXPECT_EQ(read("/").online, before.online);
  cpu_set_t after;
  ASSERT_EQ(::sched_getaffinity(0, sizeof after, &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&one, &after)) << "reading moved the caller";
  ::sched_setaffinity(0, sizeof old, &old);
}

TEST(ReadTopology, NeitherHeedsNorChangesTheEnvironment) {
  HostRoot root;
  four_cpus(root);
  const Topology before = read("/");
  ::setenv("HWLOC_SYNTHETIC", "core:7", 1);
  ::setenv("HWLOC_FSROOT", "/nowhere", 1);
  EXPECT_EQ(read("/").online, before.online);
  EXPECT_EQ(read(root.path()).online, cpus("0-3"));
  EXPECT_STREQ(std::getenv("HWLOC_SYNTHETIC"), "core:7");
  EXPECT_STREQ(std::getenv("HWLOC_FSROOT"), "/nowhere");
  EXPECT_EQ(std::getenv("HWLOC_HIDE_ERRORS"), nullptr);
  ::unsetenv("HWLOC_SYNTHETIC");
  ::unsetenv("HWLOC_FSROOT");
}

// Roots written for the test

TEST(ReadTopology, ReadsSiblingsNodesAndMemory) {
  HostRoot root;
  root.cpu(0, "5", "f").cpu(2, "5", "f").cpu(1, "a", "f").cpu(3, "a", "f").cpu_file("online", "0-3\n");
  root.node(0, "5", "0,2", 1024).node(3, "a", "1,3", 2048);
  const Topology topology = read(root.path());
  expect_sound(topology);
  ASSERT_EQ(topology.cores.size(), 2U);
  EXPECT_EQ(topology.cores[0].cpus, cpus("0,2"));
  EXPECT_EQ(topology.cores[1].node, 3U);
  ASSERT_EQ(topology.nodes.size(), 2U);
  EXPECT_EQ(topology.nodes[1].id, 3U);
  EXPECT_EQ(topology.nodes[1].memory.value, 2048U * 1024);
}

TEST(ReadTopology, ReadsTheKernelsLists) {
  HostRoot root;
  four_cpus(root).cpu_file("possible", "0-7\n").cpu_file("isolated", "2-3\n").cpu_file("nohz_full", "3\n");
  const Topology topology = read(root.path());
  EXPECT_EQ(topology.possible, cpus("0-7"));
  EXPECT_EQ(topology.isolated, cpus("2-3"));
  EXPECT_EQ(topology.nohz_full, cpus("3"));
}

TEST(ReadTopology, MissingListsMeanNone) {
  HostRoot root;
  const Topology topology = read(four_cpus(root).path());
  EXPECT_EQ(topology.possible, topology.online);
  EXPECT_TRUE(topology.isolated.empty());
  EXPECT_TRUE(topology.nohz_full.empty());
}

TEST(ReadTopology, AnUnsetNohzFullIsEmptyHoweverTheKernelPrintsIt) {
  for (const std::string& text :
       {std::string("\n"), std::string("(null)\n"), std::string(" (null)\n"), std::string("\0\n", 2)}) {
    HostRoot root;
    EXPECT_TRUE(read(four_cpus(root).cpu_file("nohz_full", text).path()).nohz_full.empty());
  }
}

TEST(ReadTopology, OfflineCpusAreNotInCores) {
  HostRoot root;
  const Topology topology = read(four_cpus(root).cpu_file("online", "1,3\n").cpu_file("possible", "0-3\n").path());
  expect_sound(topology);
  EXPECT_EQ(topology.online, cpus("1,3"));
  EXPECT_EQ(topology.cores.size(), 2U);
}

TEST(ReadTopology, AMachineWithoutNumaHasNoNodes) {
  HostRoot root;
  const Topology topology = read(four_cpus(root).path());
  EXPECT_TRUE(topology.nodes.empty());
  EXPECT_EQ(topology.cores[0].node, std::nullopt);
}

TEST(ReadTopology, AMemoryOnlyNodeHasNoCpus) {
  HostRoot root;
  const Topology topology = read(four_cpus(root).node(0, "f", "0-3", 1024).node(1, "0", "", 4096).path());
  ASSERT_EQ(topology.nodes.size(), 2U);
  EXPECT_TRUE(topology.nodes[1].cpus.empty());
  EXPECT_EQ(topology.nodes[1].memory.value, 4096U * 1024);
  EXPECT_EQ(topology.cores[3].node, 0U);
}

TEST(ReadTopology, ANodeMayTellItsCpusAsAMaskOnly) {
  HostRoot root;
  four_cpus(root).file("sys/devices/system/node/node1/cpumap", "0000000c\n");
  EXPECT_EQ(read(root.path()).node(1)->cpus, cpus("2-3"));
}

TEST(ReadTopology, OnlineCpusWithoutTopologyFilesAreCoresOfTheirOwn) {
  HostRoot root;
  const Topology topology = read(root.cpu_file("online", "0-2\n").node(0, "7", "0-2", 1024).path());
  expect_sound(topology);
  EXPECT_EQ(topology.cores.size(), 3U);
  EXPECT_EQ(topology.cores[2].node, 0U);
}

TEST(ReadTopology, ARootWithoutCpusIsNoHostRoot) {
  HostRoot root;
  const auto topology = read_topology(root.path());
  ASSERT_FALSE(topology);
  EXPECT_EQ(topology.error().kind(), ErrorKind::not_found);
  EXPECT_THAT(topology.error().message(), HasSubstr("is not a host root: it has no sys/devices/system/cpu"));
  EXPECT_EQ(read_topology("/not/really").error().kind(), ErrorKind::not_found);
}

TEST(ReadTopology, TextTheKernelWouldNotPrintIsAnErrorThatNamesTheFile) {
  HostRoot root;
  const auto topology = read_topology(four_cpus(root).cpu_file("isolated", "2-x\n").path());
  ASSERT_FALSE(topology);
  EXPECT_EQ(topology.error().kind(), ErrorKind::failed);
  EXPECT_THAT(topology.error().message(), HasSubstr("/sys/devices/system/cpu/isolated: '2-x' is not a CPU list"));
}

TEST(ReadTopology, ALinkOutOfARecordedRootIsRefused) {
  HostRoot absolute;
  four_cpus(absolute).link("sys/devices/system/node", "/sys/devices/system/node");
  const auto topology = read_topology(absolute.path());
  ASSERT_FALSE(topology);
  EXPECT_THAT(topology.error().message(), HasSubstr("sys/devices/system/node is a link out of the recorded root"));

  HostRoot relative;
  four_cpus(relative).link("sys/devices/system/cpu/cpu0/cache", "../../../../../../../../../etc");
  EXPECT_FALSE(read_topology(relative.path()));
}

TEST(ReadTopology, LinksInsideTheRootAreFollowedAndDanglingOnesIgnored) {
  HostRoot root;
  four_cpus(root).file("elsewhere/online", "0-1\n").link("sys/devices/system/cpu/cpu0/node0", "../../node/node0");
  std::filesystem::remove(root.path() / "sys/devices/system/cpu/online");
  root.link("sys/devices/system/cpu/online", "../../../../elsewhere/online");
  EXPECT_EQ(read(root.path()).online, cpus("0-1"));
}

TEST(ReadTopology, ARelativeRootIsReadToo) {
  HostRoot root;
  four_cpus(root);
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(root.path().parent_path());
  EXPECT_EQ(read(root.path().filename()).online, cpus("0-3"));
  std::filesystem::current_path(before);
}

// Recorded machines; what was read of each in full is in tests/golden

std::optional<Topology> recorded(const std::string& name) {
  const auto root = test::RecordedMachines::instance().root(name);
  if (!root) return std::nullopt;
  return read(*root);
}

TEST(RecordedMachine, EveryOneIsSound) {
  const auto names = test::RecordedMachines::names();
  if (names.empty()) GTEST_SKIP() << test::RecordedMachines::missing();
  for (const auto& name : names) {
    SCOPED_TRACE(name);
    const auto topology = recorded(name);
    ASSERT_TRUE(topology) << "tar failed";
    expect_sound(*topology);
  }
}

TEST(RecordedMachine, CpuZeroMayBeOfflineAndItsNodeGone) {
  const auto topology = recorded("offline-cpu0-node0");
  if (!topology) GTEST_SKIP() << test::RecordedMachines::missing();
  EXPECT_EQ(topology->online, cpus("4-20"));
  EXPECT_EQ(topology->possible.last(), 191U);
  EXPECT_EQ(topology->core_of(0), nullptr);
  EXPECT_EQ(topology->core_of(4)->node, std::nullopt);
  EXPECT_EQ(topology->core_of(5)->node, 1U);
}

TEST(RecordedMachine, HybridCoresDifferInEfficiency) {
  const auto topology = recorded("20em64t-hybrid-1p6c2t+2ca4co1t");
  if (!topology) GTEST_SKIP() << test::RecordedMachines::missing();
  EXPECT_EQ(topology->core_of(1)->cpus, cpus("0-1"));
  EXPECT_GT(topology->core_of(0)->efficiency, topology->core_of(12)->efficiency);
}

TEST(RecordedMachine, ANodeMayHaveMemoryOnly) {
  const auto topology = recorded("128ia64-17n4s2c");
  if (!topology) GTEST_SKIP() << test::RecordedMachines::missing();
  ASSERT_NE(topology->node(16), nullptr);
  EXPECT_TRUE(topology->node(16)->cpus.empty());
  EXPECT_GT(topology->node(16)->memory.value, 0U);
}

}  // namespace
}  // namespace acdr
