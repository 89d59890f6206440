// SPDX-License-Identifier: GPL-2.0-or-later
// A domain and a host class come and go on machines that are not like the others: every promise holds, or status says
// what is missing, and in the end everything is as it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

using Kernel = FakeHost::Kernel;
using testing::HasSubstr;

constexpr std::array kernels{Kernel::overwrites_masks, Kernel::keeps_masks, Kernel::has_partitions,
                             Kernel::keeps_kthread_masks};

struct OddMachine {
  const char* name;
  Topology topology;
  bool has_room = true;  ///< for a domain with cores of its own
};

/// Cores and nodes of a regular machine under other numbers: CPU n becomes n * 3 + 1, node n becomes n * 8.
Topology renumbered(const Topology& regular) {
  const auto moved = [](const CpuSet& cpus) {
    CpuSet others;
    for (const unsigned cpu : cpus) others.insert(cpu * 3 + 1);
    return others;
  };
  Topology odd = regular;
  odd.possible = moved(odd.possible);
  odd.online = moved(odd.online);
  for (auto& cache : odd.last_level_caches) cache = moved(cache);
  for (auto& node : odd.nodes) {
    node.id *= 8;
    node.cpus = moved(node.cpus);
  }
  for (auto& core : odd.cores) {
    core.cpus = moved(core.cpus);
    core.node = *core.node * 8;
  }
  return odd;
}

Topology with_memory_only_node(Topology topology) {
  topology.nodes.push_back({.id = 2, .cpus = {}, .memory = Bytes{std::uint64_t{64} << 30}});
  return topology;
}

Topology with_memoryless_node(Topology topology) {
  topology.nodes.front().memory = {};
  return topology;
}

Topology with_slow_half(Topology topology) {
  for (std::size_t core = 0; core < topology.cores.size(); ++core)
    topology.cores[core].efficiency = core < topology.cores.size() / 2 ? 1 : 0;
  return topology;
}

Topology with_nohz_full(Topology topology, const CpuSet& cpus) {
  topology.nohz_full = cpus;
  return topology;
}

std::vector<OddMachine> machines() {
  const Topology two_nodes = make_topology({.packages = 2, .cores_per_cache = 4});
  const Topology siblings = make_topology({.packages = 2, .cores_per_cache = 4, .threads = 2});
  return {{"one CPU", make_topology({.cores_per_cache = 1}), false},
          {"one core of two siblings", make_topology({.cores_per_cache = 1, .threads = 2}), false},
          {"two CPUs", make_topology({.cores_per_cache = 2})},
          {"CPUs that are offline", with_offline(two_nodes, {2, 5, 6})},
          {"a node whose CPUs are all offline", with_offline(two_nodes, CpuSet::range(4, 7))},
          {"siblings that are offline", with_offline(siblings, CpuSet::range(8, 15))},
          {"a memoryless node", with_memoryless_node(two_nodes)},
          {"a node without CPUs", with_memory_only_node(two_nodes)},
          {"fast and slow cores", with_slow_half(siblings)},
          {"numbers with holes", renumbered(siblings)},
          {"cores isolated at boot", with_nohz_full(with_isolated(two_nodes, {2, 3, 6, 7}), {2, 3, 6, 7})},
          {"no NUMA", without_numa(two_nodes)},
          {"1024 CPUs",
           make_topology(
               {.packages = 2, .nodes_per_package = 4, .caches_per_node = 8, .cores_per_cache = 8, .threads = 2})},
          {"4096 CPUs",
           make_topology(
               {.packages = 4, .nodes_per_package = 4, .caches_per_node = 16, .cores_per_cache = 8, .threads = 2})}};
}

std::string faults_of(const World& world) {
  std::string faults;
  for (const auto& item : world.engine->verify(std::nullopt).items)
    if (!item.holds) faults += fmt::format("{}: {}: {}\n", item.subject, item.what, item.detail);
  return faults;
}

void condition_a_domain(World& world, const OddMachine& machine, const std::string& class_name) {
  const std::string before = world.host.state();
  const auto vm = World::domain("a", 1, class_name);
  world.start(vm, 1000);
  const auto status = world.engine->status();
  ASSERT_EQ(status.size(), 1U);
  if (status.front().state == "failed") {
    EXPECT_FALSE(machine.has_room) << status.front().problems.front();
  } else {
    EXPECT_EQ(faults_of(world), "");
    EXPECT_TRUE(status.front().allocation.cores.subset_of(machine.topology.online));
    EXPECT_TRUE(world.host.mask_of(1001).subset_of(machine.topology.online));
    EXPECT_FALSE(world.host.mask_of(500).intersects(status.front().allocation.cores));
  }
  world.stop(vm);
  EXPECT_EQ(world.host.state(), before);
}

TEST(OddMachines, ConditionADomainOrSayWhyNotAndAreLeftAsTheyWere) {
  for (const auto& machine : machines())
    for (const auto kernel : kernels)
      for (const auto* class_name : {"vnf", "dedicated-cores", "cleaner-cores", "strict-numa", "irq-ban"}) {
        SCOPED_TRACE(fmt::format("{}, kernel {}, class {}", machine.name, static_cast<int>(kernel), class_name));
        World world(kernel, machine.topology);
        condition_a_domain(world, machine, class_name);
      }
}

TEST(OddMachines, ClearTheirLastCoreForTheHostOrSayWhyNot) {
  for (const auto& machine : machines())
    for (const auto kernel : kernels) {
      SCOPED_TRACE(fmt::format("{}, kernel {}", machine.name, static_cast<int>(kernel)));
      World world(kernel, machine.topology);
      const std::string before = world.host.state();
      const unsigned last = machine.topology.online.last();
      const auto applied = world.engine->apply("cleaner-cores", {{"cores", fmt::format("{}", last)}}, nullptr, false);
      const auto cores = std::ranges::count_if(
          machine.topology.cores, [&](const auto& core) { return core.cpus.intersects(machine.topology.online); });
      EXPECT_EQ(applied.has_value(), cores > 1) << (applied ? "" : applied.error().message());
      if (applied) {
        EXPECT_EQ(faults_of(world), "");
        EXPECT_FALSE(world.host.mask_of(1).contains(last));
        EXPECT_TRUE(world.engine->release(Subject::host(), ""));
      }
      EXPECT_EQ(world.host.state(), before);
    }
}

TEST(OddMachines, ThatHaveFastCoresGiveThemFirst) {
  World world(Kernel::overwrites_masks, with_slow_half(make_topology({.cores_per_cache = 6})));
  world.start(World::domain("a", 2, "vnf"), 1000);
  EXPECT_EQ(world.engine->status().front().allocation.cores, (CpuSet{1, 2}));
}

TEST(OddMachines, ThatIsolateCoresAtBootGiveThemFirst) {
  World world(Kernel::overwrites_masks, with_isolated(make_topology({.packages = 2, .cores_per_cache = 4}), {6, 7}));
  world.start(World::domain("a", 2, "vnf"), 1000);
  EXPECT_EQ(world.engine->status().front().allocation.cores, (CpuSet{6, 7}));
}

TEST(HostsWithCgroupsOfVersionOne, RefuseWhatMovesTasksAndNameWhatWorks) {
  World world;
  world.host.has_unified_cgroups = false;
  const std::string before = world.host.state();
  const auto refused = world.engine->apply("cleaner-cores", {{"cores", "5-6"}}, nullptr, false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::refused);
  EXPECT_THAT(refused.error().message(), testing::AllOf(HasSubstr("cgroups of version 1"), HasSubstr("cleaner-cores")));
  EXPECT_THAT(refused.error().remedy(), testing::AllOf(HasSubstr("systemd.unified_cgroup_hierarchy=1"),
                                                       HasSubstr("irq-ban"), testing::Not(HasSubstr("cleaner-cores"))));
  EXPECT_EQ(world.host.state(), before);
}

TEST(HostsWithCgroupsOfVersionOne, StillKeepInterruptsOff) {
  World world;
  world.host.has_unified_cgroups = false;
  const std::string before = world.host.state();
  const auto applied = world.engine->apply("irq-ban", {{"cores", "5-6"}}, nullptr, false);
  ASSERT_TRUE(applied) << applied.error().message();
  EXPECT_FALSE(world.host.irq_mask(25).intersects(CpuSet{5, 6}));
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  EXPECT_EQ(world.host.state(), before);
}

TEST(HostsWithCgroupsOfVersionOne, StartADomainWithoutItsClassAndSayWhy) {
  World world;
  world.host.has_unified_cgroups = false;
  const auto vm = World::domain("a", 1, "vnf");
  EXPECT_EQ(world.engine->prepare(vm), "");
  ASSERT_EQ(world.engine->status().size(), 1U);
  EXPECT_EQ(world.engine->status().front().state, "failed");
  EXPECT_THAT(world.engine->status().front().problems.front(), HasSubstr("cgroups of version 1"));
}

}  // namespace
}  // namespace acdr::test
