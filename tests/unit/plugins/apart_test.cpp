// SPDX-License-Identifier: GPL-2.0-or-later
// Claims of one apart group share no core, cache or node, in whatever order they come and go. The host of these tests
// has two nodes of four cores, each with one cache; the first core is the host's own.
#include <gtest/gtest.h>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

class ApartTest : public testing::Test {
 protected:
  ApartTest() {
    for (const auto* level : {"core", "cache", "node"})
      world.define(level, fmt::format("cleaner-cores: {{}}\n  - apart: {{group: db, level: {}}}", level));
    world.define("other", "cleaner-cores: {}\n  - apart: {group: web, level: node}");
    world.define("floating", "strict-numa: {}\n  - apart: {group: db, level: node}");
  }
  Result<ClaimStatus> apply(const std::string& name, const std::string& class_name, unsigned vcpus = 1) {
    const auto domain = World::domain(name, vcpus, "");
    return world.engine->apply(class_name, {}, &domain, false);
  }
  [[nodiscard]] CpuSet cores(const std::string& name) const {
    return world.engine->claims().at({Subject::domain("uuid-" + name), ""})->allocation.cores;
  }
  [[nodiscard]] NodeSet nodes(const std::string& name) const { return world.engine->topology().nodes_of(cores(name)); }
  World world;
};

TEST_F(ApartTest, MembersAreOnDifferentNodes) {
  ASSERT_TRUE(apply("a", "node"));
  ASSERT_TRUE(apply("b", "node"));
  EXPECT_NE(nodes("a"), nodes("b"));
}

TEST_F(ApartTest, MembersAreInDifferentCaches) {
  ASSERT_TRUE(apply("a", "cache"));
  ASSERT_TRUE(apply("b", "cache"));
  EXPECT_NE(nodes("a"), nodes("b"));
}

TEST_F(ApartTest, MembersOnDifferentCoresMayShareANode) {
  ASSERT_TRUE(apply("a", "core"));
  ASSERT_TRUE(apply("b", "core"));
  EXPECT_EQ(nodes("a"), nodes("b"));
  EXPECT_FALSE(cores("a").intersects(cores("b")));
}

TEST_F(ApartTest, TheStricterOfTwoLevelsHoldsWhoeverComesFirst) {
  ASSERT_TRUE(apply("a", "core"));
  ASSERT_TRUE(apply("b", "node"));
  EXPECT_NE(nodes("a"), nodes("b"));
  ASSERT_TRUE(world.engine->release(Subject::domain("uuid-a"), ""));
  ASSERT_TRUE(apply("a", "core"));
  EXPECT_NE(nodes("a"), nodes("b"));
}

TEST_F(ApartTest, OtherGroupsAreNoneOfTheirBusiness) {
  ASSERT_TRUE(apply("a", "node"));
  ASSERT_TRUE(apply("b", "other"));
  EXPECT_EQ(nodes("a"), nodes("b"));
}

TEST_F(ApartTest, AMemberForWhomThereIsNoRoomIsRefusedAndTheHoldersAreNamed) {
  ASSERT_TRUE(apply("a", "node"));
  ASSERT_TRUE(apply("b", "node"));
  const auto before = world.host.state();
  const auto done = apply("c", "node");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::refused);
  EXPECT_NE(done.error().message().find(
                "group db keeps it off the nodes of others: off 0-3 for domain a, off 4-7 for domain b"),
            std::string::npos)
      << done.error().message();
  EXPECT_EQ(world.host.state(), before);
}

TEST_F(ApartTest, AMemberThatLeavesMakesRoomWhicheverItIs) {
  for (const std::string leaving : {"a", "b"}) {
    ASSERT_TRUE(apply("a", "node"));
    ASSERT_TRUE(apply("b", "node"));
    ASSERT_TRUE(world.engine->release(Subject::domain("uuid-" + leaving), ""));
    EXPECT_TRUE(apply("c", "node"));
    EXPECT_NE(nodes("c"), nodes(leaving == "a" ? "b" : "a"));
    ASSERT_TRUE(world.engine->release_all());
  }
}

TEST_F(ApartTest, NamedCoresBesideAnotherMemberAreRefused) {
  world.define("named", "cleaner-cores: {cores: 2-3}\n  - apart: {group: db, level: cache}");
  ASSERT_TRUE(apply("a", "core"));
  ASSERT_EQ(cores("a"), CpuSet{1});
  const auto done = apply("b", "named");
  ASSERT_FALSE(done);
  EXPECT_EQ(
      done.error().message(),
      "CPUs 2-3: group db keeps it off the last-level caches of others: off 2-3 for domain a; name other CPUs, or "
      "release that claim");
}

TEST_F(ApartTest, DomainsWithoutCoresOfTheirOwnAreKeptApartByNode) {
  ASSERT_TRUE(apply("a", "floating"));
  ASSERT_TRUE(apply("b", "floating"));
  EXPECT_FALSE(apply("c", "floating"));
  EXPECT_FALSE(apply("d", "core"));
}

TEST_F(ApartTest, AClassWithoutCoresIsAnError) {
  world.define("nothing", "apart: {group: db}");
  const auto done = apply("a", "nothing");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::usage);
}

TEST_F(ApartTest, AGroupNeedsAName) {
  world.define("nameless", "cleaner-cores: {}\n  - apart: {group: \"\"}");
  EXPECT_EQ(apply("a", "nameless").error().kind(), ErrorKind::usage);
}

TEST_F(ApartTest, TheGroupIsKnownAfterARestartOfTheDaemon) {
  ASSERT_TRUE(world.engine->prepare(World::domain("a", 1, "node")).empty());
  world.restart();
  ASSERT_TRUE(world.engine->prepare(World::domain("b", 1, "node")).empty());
  EXPECT_NE(nodes("a"), nodes("b"));
}

}  // namespace
}  // namespace acdr::test
