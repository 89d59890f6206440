// SPDX-License-Identifier: GPL-2.0-or-later
// vCPUs and memory on one node: before QEMU allocates, and never by moving the memory of a running guest unasked.
#include <gtest/gtest.h>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

class StrictNumaTest : public testing::Test {
 protected:
  StrictNumaTest() {
    define("strict", "auto");
    define("strict-0", "\"0\"");
    define("strict-1", "\"1\"");
    define("strict-nic", "nic");
    world.define("moving", "strict-numa: {node: \"1\", migrate: true}");
    world.define("strict-cores", "cleaner-cores: {}\n  - dedicated-cores: {}\n  - strict-numa: {}");
  }
  void define(const std::string& name, const std::string& node) {
    world.define(name, fmt::format("strict-numa: {{node: {}}}", node));
  }
  static DomainDefinition guest(const std::string& name, const std::string& class_name, std::uint64_t memory = gib,
                                unsigned vcpus = 2) {
    DomainDefinition domain = World::domain(name, vcpus, class_name);
    domain.memory = Bytes{memory};
    return domain;
  }
  /// cpuset.mems of the domain's scope, as it was written.
  [[nodiscard]] std::string mems(const DomainDefinition& domain) const {
    const auto text = world.host.read("sys/fs/cgroup/" + World::scope(domain) + "/cpuset.mems");
    return text ? text->substr(0, text->find('\n')) : "";
  }
  [[nodiscard]] const Allocation& allocation(const std::string& name) const {
    return world.engine->claims().at({Subject::domain("uuid-" + name), ""})->allocation;
  }
  [[nodiscard]] std::vector<Residual> residuals() const { return world.engine->status().front().residuals; }
  void create_scope(const DomainDefinition& domain) {
    world.host.add_cgroup(World::scope(domain));
    world.engine->scope_appeared(domain.uuid, World::scope(domain));
  }
  World world;
};

TEST_F(StrictNumaTest, MemoryIsKeptOnTheNodeAsSoonAsTheScopeIsThere) {
  const auto before = world.host.state();
  const auto a = guest("a", "strict-1");
  EXPECT_EQ(world.engine->prepare(a), "");
  create_scope(a);
  EXPECT_EQ(mems(a), "1");
  EXPECT_EQ(world.host.effective(World::scope(a)), CpuSet::range(4, 7));
  world.start(a, 1000, false);
  EXPECT_EQ(mems(a), "1");
  EXPECT_TRUE(residuals().empty());
  EXPECT_TRUE(world.engine->verify(std::nullopt).holds());
  world.stop(a);
  EXPECT_EQ(world.host.state(), before);
}

TEST_F(StrictNumaTest, WithoutTheHookItIsKeptThereToo) {
  const auto a = guest("a", "strict-1");
  world.start(a, 1000, false);
  EXPECT_EQ(mems(a), "1");
  EXPECT_TRUE(residuals().empty());
}

TEST_F(StrictNumaTest, CoresAndMemoryAreOnTheSameNode) {
  const auto a = guest("a", "strict-cores", gib, 3);
  world.start(a, 1000);
  ASSERT_TRUE(allocation("a").node);
  EXPECT_EQ(mems(a), std::to_string(*allocation("a").node));
  EXPECT_TRUE(world.engine->verify(std::nullopt).holds());
}

TEST_F(StrictNumaTest, HugePagesAreReservedOnThatNode) {
  for (const unsigned node : {0U, 1U}) world.host.add_huge_pages(node, 2048, 0, 1000);
  world.host.add_file("sys/devices/system/node/node1/meminfo", "Node 1 MemFree: 2097152 kB");
  world.define("strict-pages", "hugepages: {}\n  - strict-numa: {node: \"1\"}");
  auto a = guest("a", "strict-pages");
  a.huge_page_size = Bytes{};
  EXPECT_EQ(world.engine->prepare(a), "");
  EXPECT_EQ(world.host.huge_pages(1, 2048), 512U);
}

TEST_F(StrictNumaTest, AReleasedDomainMayUseAllNodesAgain) {
  const auto a = guest("a", "strict-1");
  world.start(a, 1000);
  ASSERT_TRUE(world.engine->release(Subject::domain(a.uuid), ""));
  EXPECT_EQ(mems(a), "0-1");
  EXPECT_EQ(world.host.effective(World::scope(a)), CpuSet::range(0, 7));
}

TEST_F(StrictNumaTest, MemoryOfARunningGuestStaysAndTheRemedyIsNamed) {
  const auto a = guest("a", "");
  world.start(a, 1000);
  ASSERT_TRUE(world.engine->apply("strict-1", {}, &a, false));
  EXPECT_EQ(mems(a), "");
  EXPECT_EQ(world.host.effective(World::scope(a)), CpuSet::range(4, 7));
  ASSERT_EQ(residuals().size(), 1U);
  EXPECT_EQ(residuals().front(),
            (Residual{"memory of a may be on other nodes than 1",
                      "it was allocated before the class was applied, and moving it would stall the guest",
                      "start the domain anew, or apply the class with migrate=true"}));
}

TEST_F(StrictNumaTest, ThatAnswerSurvivesARestartOfTheDaemon) {
  const auto late = guest("a", "");
  world.start(late, 1000);
  ASSERT_TRUE(world.engine->apply("strict-1", {}, &late, false));
  const auto early = guest("b", "strict-1");
  world.start(early, 2000);
  world.restart();
  EXPECT_EQ(mems(late), "");
  EXPECT_EQ(mems(early), "1");
  EXPECT_EQ(residuals().size(), 1U);
}

TEST_F(StrictNumaTest, MigrateMovesTheMemoryOfARunningGuest) {
  const auto a = guest("a", "");
  world.start(a, 1000);
  ASSERT_TRUE(world.engine->apply("moving", {}, &a, false));
  EXPECT_EQ(mems(a), "1");
  EXPECT_TRUE(residuals().empty());
}

TEST_F(StrictNumaTest, AnotherClassWithTheSameNodeKeepsTheMemoryWhereItIs) {
  auto a = guest("a", "strict-1");
  world.start(a, 1000);
  a.tag = ConditioningTag{"strict-nic", {}};
  a.pci_devices = {"0000:21:00.0"};
  world.host.add_file("sys/bus/pci/devices/0000:21:00.0/numa_node", "1");
  world.engine->domain_running(a);
  ASSERT_EQ(world.engine->status().front().class_name, "strict-nic");
  EXPECT_EQ(mems(a), "1");
  EXPECT_TRUE(residuals().empty());
}

TEST_F(StrictNumaTest, AnotherClassWithAnotherNodeDoesNotMoveIt) {
  auto a = guest("a", "strict-1");
  world.start(a, 1000);
  a.tag = ConditioningTag{"strict-0", {}};
  world.engine->domain_running(a);
  EXPECT_EQ(mems(a), "0-1");
  EXPECT_EQ(residuals().size(), 1U);
}

TEST_F(StrictNumaTest, WithoutACpusetTheResidualSaysSo) {
  const auto a = guest("a", "strict-1");
  EXPECT_EQ(world.engine->prepare(a), "");
  world.host.add_cgroup(World::scope(a), false);
  world.engine->scope_appeared(a.uuid, World::scope(a));
  ASSERT_EQ(residuals().size(), 1U);
  EXPECT_EQ(residuals().front().reason, "its cgroup has no cpuset.mems");
}

TEST_F(StrictNumaTest, GuestsAreSpreadOverTheNodesByTheirMemory) {
  EXPECT_EQ(world.engine->prepare(guest("a", "strict", 10 * gib)), "");
  EXPECT_EQ(world.engine->prepare(guest("b", "strict", 10 * gib)), "");
  EXPECT_NE(allocation("a").node, allocation("b").node);
}

TEST_F(StrictNumaTest, MemoryThatNoNodeHasIsRefused) {
  const auto a = guest("a", "strict", 20 * gib);
  const auto before = world.host.state();
  const auto done = world.engine->apply("strict", {}, &a, false);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::refused);
  EXPECT_EQ(done.error().what(),
            "all of the memory must be on one node: node 0 has 16GiB of memory, and the guest needs 20GiB; node 1 has "
            "16GiB of memory, and the guest needs 20GiB");
  EXPECT_EQ(world.host.state(), before);
}

TEST_F(StrictNumaTest, MemoryThatIsPromisedToOthersOnTheNodeIsRefused) {
  EXPECT_EQ(world.engine->prepare(guest("a", "strict-1", 10 * gib)), "");
  const auto b = guest("b", "strict-1", 10 * gib);
  const auto done = world.engine->apply("strict-1", {}, &b, false);
  ASSERT_FALSE(done);
  EXPECT_EQ(
      done.error().message(),
      "all of the memory must be on one node: node 1 has 6GiB of memory left of 16GiB, and the guest needs 10GiB; "
      "accept another node, or give the guest less memory");
}

TEST_F(StrictNumaTest, MoreVcpusThanANodeHasCpusAreRefused) {
  const auto a = guest("a", "strict", gib, 5);
  const auto done = world.engine->apply("strict", {}, &a, false);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::refused);
  EXPECT_EQ(done.error().what(),
            "5 vCPUs must be on one node with as many CPUs that no claim holds: node 0 has 4, node 1 has 4");
}

TEST_F(StrictNumaTest, CoresOnSeveralNodesAreRefused) {
  world.define("spanning", "cleaner-cores: {cores: 3-4}\n  - strict-numa: {}");
  const auto a = guest("a", "spanning");
  const auto done = world.engine->apply("spanning", {}, &a, false);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::refused);
}

TEST_F(StrictNumaTest, TwoConditioningsThatNeedDifferentNodesAreAnError) {
  world.define("torn", "dedicated-cores: {node: \"0\"}\n  - strict-numa: {node: \"1\"}");
  const auto a = guest("a", "torn");
  const auto done = world.engine->apply("torn", {}, &a, false);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::usage);
}

TEST_F(StrictNumaTest, TheNodeThatTheXmlNamesIsTheOne) {
  auto a = guest("a", "strict");
  a.memory_nodes = NodeSet{1};
  world.start(a, 1000);
  EXPECT_EQ(mems(a), "1");
}

TEST_F(StrictNumaTest, ANodeAgainstTheXmlIsAnError) {
  auto a = guest("a", "strict-0");
  a.memory_nodes = NodeSet{1};
  const auto done = world.engine->apply("strict-0", {}, &a, false);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::usage);
}

}  // namespace
}  // namespace acdr::test
