// SPDX-License-Identifier: GPL-2.0-or-later
// Huge pages: what is free is used first, the rest is added, and all of it is given back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

constexpr unsigned two_mib = 2048;  // kB
constexpr unsigned one_gib = 1048576;

class HugePagesTest : public testing::Test {
 protected:
  HugePagesTest() {
    set_free_memory(0, 4096);
    set_free_memory(1, 2048);
    for (const unsigned node : {0U, 1U}) world.host.add_huge_pages(node, two_mib, 0, 100000);
    world.define("pages", "hugepages: {}");
    world.define("pages-on-cores", "cleaner-cores: {}\n  - hugepages: {}");
    world.define("many", "hugepages: {size: 2MiB, count: 3000, node: \"1\"}");
  }
  void set_free_memory(unsigned node, unsigned mebibytes, unsigned cache = 0) {
    world.host.add_file(
        fmt::format("sys/devices/system/node/node{}/meminfo", node),
        fmt::format("Node {0} MemFree: {1} kB\nNode {0} Active(file): {2} kB", node, mebibytes * 1024, cache * 1024));
  }
  /// A guest of 64 MiB: 32 pages.
  static DomainDefinition guest(const std::string& name, const std::string& class_name) {
    DomainDefinition domain = World::domain(name, 1, class_name);
    domain.huge_page_size = Bytes{};
    return domain;
  }
  [[nodiscard]] PageReserve pages_of(const std::string& name) const {
    return world.engine->claims().at({Subject::domain("uuid-" + name), ""})->allocation.pages.value_or(PageReserve{});
  }
  [[nodiscard]] std::vector<Residual> residuals() const { return world.engine->status().front().residuals; }
  Status apply_to_host(const std::string& class_name) {
    const auto done = world.engine->apply(class_name, {}, nullptr, false);
    return done ? Status() : failure(done.error());
  }
  World world;
};

TEST_F(HugePagesTest, TheyAreThereWhenTheHookReturnsAndGoWithTheDomain) {
  const auto before = world.host.state();
  const auto a = guest("a", "pages");
  EXPECT_EQ(world.engine->prepare(a), "");
  EXPECT_EQ(world.host.huge_pages(0, two_mib), 32U);
  EXPECT_EQ(pages_of("a"), (PageReserve{0, Bytes{std::uint64_t{two_mib} << 10}, 32, 32}));
  world.start(a, 1000, false);
  EXPECT_EQ(world.host.huge_pages(0, two_mib), 32U);
  EXPECT_EQ(world.engine->status().front().state, "active");
  EXPECT_TRUE(world.engine->verify(std::nullopt).holds());
  EXPECT_TRUE(residuals().empty());
  world.stop(a);
  EXPECT_EQ(world.host.state(), before);
}

TEST_F(HugePagesTest, TheyAreOnTheNodeOfTheClaimsCores) {
  world.define("pages-on-cores", "dedicated-cores: {node: \"1\"}\n  - hugepages: {}");
  EXPECT_EQ(world.engine->prepare(guest("a", "pages-on-cores")), "");
  EXPECT_EQ(world.host.huge_pages(1, two_mib), 32U);
  EXPECT_EQ(world.host.huge_pages(0, two_mib), 0U);
}

TEST_F(HugePagesTest, WithoutCoresTheyAreOnTheNodeWithTheMostFreeMemory) {
  set_free_memory(1, 8192);
  EXPECT_EQ(world.engine->prepare(guest("a", "pages")), "");
  EXPECT_EQ(world.host.huge_pages(1, two_mib), 32U);
}

TEST_F(HugePagesTest, TheyAreWhereTheXmlPutsTheMemory) {
  auto a = guest("a", "pages");
  a.memory_nodes = NodeSet{1};
  EXPECT_EQ(world.engine->prepare(a), "");
  EXPECT_EQ(world.host.huge_pages(1, two_mib), 32U);
}

TEST_F(HugePagesTest, FreePagesAreUsedFirstAndOnlyTheRestIsAdded) {
  world.host.add_huge_pages(0, two_mib, 20, 100000);
  const auto a = guest("a", "pages");
  EXPECT_EQ(world.engine->prepare(a), "");
  EXPECT_EQ(world.host.huge_pages(0, two_mib), 32U);
  EXPECT_EQ(pages_of("a").added, 12U);
  world.engine->domain_gone(a.uuid);
  EXPECT_EQ(world.host.huge_pages(0, two_mib), 20U);
}

TEST_F(HugePagesTest, PagesThatAnotherClaimWasPromisedAreNotFree) {
  world.host.add_huge_pages(0, two_mib, 40, 100000);
  const auto a = guest("a", "pages");
  const auto b = guest("b", "pages");
  EXPECT_EQ(world.engine->prepare(a), "");
  EXPECT_EQ(world.engine->prepare(b), "");
  EXPECT_EQ(pages_of("a").added, 0U);
  EXPECT_EQ(pages_of("b").added, 24U);
  EXPECT_EQ(world.host.huge_pages(0, two_mib), 64U);
  world.engine->domain_gone(a.uuid);
  EXPECT_EQ(world.host.huge_pages(0, two_mib), 64U);
  world.engine->domain_gone(b.uuid);
  EXPECT_EQ(world.host.huge_pages(0, two_mib), 40U);
}

TEST_F(HugePagesTest, WhatARunningGuestHasAllocatedIsNotSubtractedTwice) {
  world.host.add_huge_pages(0, two_mib, 64, 100000);
  const auto a = guest("a", "pages");
  world.start(a, 1000);
  world.host.use_huge_pages(0, two_mib, 32);
  EXPECT_EQ(world.engine->prepare(guest("b", "pages")), "");
  EXPECT_EQ(pages_of("b").added, 0U);
}

TEST_F(HugePagesTest, ARunningGuestThatHasItsPagesIsGivenNoMore) {
  world.host.add_huge_pages(0, two_mib, 32, 100000);
  const auto untagged = guest("a", "");
  world.start(untagged, 1000);
  world.host.use_huge_pages(0, two_mib, 32);
  ASSERT_TRUE(world.engine->apply("pages", {}, &untagged, false));
  EXPECT_EQ(world.host.huge_pages(0, two_mib), 32U);
}

TEST_F(HugePagesTest, AnotherClassForTheSameDomainKeepsItsPages) {
  world.define("pages-again", "hugepages: {node: \"0\"}");
  auto a = guest("a", "pages");
  world.start(a, 1000);
  world.host.use_huge_pages(0, two_mib, 32);
  ASSERT_EQ(world.host.huge_pages(0, two_mib), 32U);
  a.tag = ConditioningTag{"pages-again", {}};
  world.engine->domain_running(a);
  EXPECT_EQ(world.engine->status().front().class_name, "pages-again");
  EXPECT_EQ(pages_of("a").added, 32U);
  EXPECT_EQ(world.host.huge_pages(0, two_mib), 32U);
}

TEST_F(HugePagesTest, TheReservationSurvivesARestartOfTheDaemon) {
  const auto a = guest("a", "pages");
  world.start(a, 1000);
  world.host.use_huge_pages(0, two_mib, 32);
  const auto reserved = pages_of("a");
  world.restart();
  EXPECT_EQ(pages_of("a"), reserved);
  EXPECT_EQ(world.host.huge_pages(0, two_mib), 32U);
  world.host.use_huge_pages(0, two_mib, -32);
  world.stop(a);
  EXPECT_EQ(world.host.huge_pages(0, two_mib), 0U);
}

TEST_F(HugePagesTest, HoweverGuestsComeAndGoWhatWasPromisedIsThereAndNothingIsLeftInTheEnd) {
  world.host.add_huge_pages(0, two_mib, 40, 100000);
  const auto before = world.host.state();
  std::mt19937 random(1);
  std::map<unsigned, bool> running;  // guest -> it has allocated its memory
  const auto name = [](unsigned number) { return fmt::format("vm{}", number); };
  const auto leave = [&](unsigned number) {
    if (running.at(number)) world.host.use_huge_pages(pages_of(name(number)).node, two_mib, -32);
    running.erase(number);
    world.host.remove_cgroup(World::scope(guest(name(number), "pages")));
    world.engine->domain_gone("uuid-" + name(number));
  };
  for (int step = 0; step < 200; ++step) {
    const auto number = static_cast<unsigned>(random() % 5);
    if (random() % 10 == 0) world.restart();
    if (!running.contains(number)) {
      EXPECT_EQ(world.engine->prepare(guest(name(number), "pages")), "");
      running[number] = false;
    } else if (!running.at(number) && random() % 2 == 0) {
      ASSERT_GE(world.host.free_huge_pages(pages_of(name(number)).node, two_mib), 32U) << "step " << step;
      world.host.use_huge_pages(pages_of(name(number)).node, two_mib, 32);
      world.start(guest(name(number), "pages"), 1000 * static_cast<int>(number + 1), false);
      running[number] = true;
    } else {
      leave(number);
    }
  }
  while (!running.empty()) leave(running.begin()->first);
  EXPECT_EQ(world.host.state(), before);
}

TEST_F(HugePagesTest, PagesBroughtByOthersMeanwhileStayWhenTheDomainGoes) {
  const auto a = guest("a", "pages");
  EXPECT_EQ(world.engine->prepare(a), "");
  world.host.add_huge_pages(0, two_mib, 42, 100000);
  world.engine->host_changed();
  world.engine->domain_gone(a.uuid);
  EXPECT_EQ(world.host.huge_pages(0, two_mib), 10U);
}

TEST_F(HugePagesTest, MorePagesThanFreeMemoryAllowsAreRefusedAndNothingChanges) {
  const auto before = world.host.state();
  const auto done = apply_to_host("many");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::refused);
  EXPECT_EQ(done.error().what(),
            "3000 huge pages of 2MiB are needed on node 1: 0 are free, and 2GiB of free memory and 0B of page cache "
            "make 1024 more");
  EXPECT_EQ(done.error().remedy(), "ask for at most 1024 pages");
  EXPECT_EQ(world.host.state(), before);
  EXPECT_TRUE(world.engine->claims().empty());
}

TEST_F(HugePagesTest, ARefusalNamesANodeThatHasRoom) {
  set_free_memory(0, 8192);
  EXPECT_EQ(apply_to_host("many").error().remedy(), "ask for at most 1024 pages, or use node 0, which has room");
}

TEST_F(HugePagesTest, ThePageCacheMakesRoomToo) {
  set_free_memory(1, 2048, 6144);
  EXPECT_TRUE(apply_to_host("many"));
  EXPECT_EQ(world.host.huge_pages(1, two_mib), 3000U);
}

TEST_F(HugePagesTest, ANodeThatIsNotThereIsAnError) {
  world.define("nowhere", "hugepages: {count: 1, node: \"7\"}");
  const auto done = apply_to_host("nowhere");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::usage);
  EXPECT_EQ(done.error().message(),
            "hugepages: this host has no NUMA node '7'; see acdrctl topology; node may be auto or a node number");
}

TEST_F(HugePagesTest, ASizeTheMachineDoesNotHaveIsRefused) {
  world.define("large", "hugepages: {size: 1GiB, count: 1}");
  const auto done = apply_to_host("large");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::refused);
  EXPECT_EQ(done.error().what(), "this host has no huge pages of 1GiB; it has 2MiB");
}

TEST_F(HugePagesTest, ASizeThatNoPageCanHaveIsAnError) {
  world.define("odd", "hugepages: {size: 3MiB, count: 1}");
  EXPECT_EQ(apply_to_host("odd").error().kind(), ErrorKind::usage);
}

TEST_F(HugePagesTest, TheHostHasToSayHowMany) {
  const auto done = apply_to_host("pages");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::usage);
}

TEST_F(HugePagesTest, WithoutHugePagesInTheXmlNoneAreReservedAndTheMissingXmlIsNamed) {
  const auto before = world.host.state();
  EXPECT_EQ(world.engine->prepare(World::domain("a", 1, "pages")), "");
  EXPECT_EQ(world.host.state(), before);
  ASSERT_EQ(residuals().size(), 1U);
  EXPECT_EQ(residuals().front(),
            (Residual{"no huge pages are reserved", "the domain's XML does not ask for huge pages",
                      "add <memoryBacking><hugepages><page size='2048' unit='KiB'/></hugepages></memoryBacking> to it, "
                      "as acdrctl tag a CLASS --adapt does, and start the domain anew"}));
}

TEST_F(HugePagesTest, TheDefinitionIsToAskForPagesOfTheClassesSize) {
  const auto elements = [&](const std::string& class_name) {
    return world.engine->adaptations(class_name, {}).value();
  };
  EXPECT_EQ(elements("pages"),
            (std::vector<Adaptation>{
                {"memoryBacking", "<hugepages><page size='2048' unit='KiB'/></hugepages>", "hugepages"}}));
  world.define("large", "hugepages: {size: 1GiB}");
  EXPECT_EQ(elements("large").front().xml, "<hugepages><page size='1048576' unit='KiB'/></hugepages>");
  world.define("other", "cleaner-cores: {}");
  EXPECT_TRUE(elements("other").empty());
  EXPECT_EQ(world.engine->adaptations("nothing", {}).error().kind(), ErrorKind::not_found);
}

TEST_F(HugePagesTest, ASizeThatTheClassNamesIsReservedWhateverTheXmlSays) {
  world.define("sized", "hugepages: {size: 2MiB}");
  EXPECT_EQ(world.engine->prepare(World::domain("a", 1, "sized")), "");
  EXPECT_EQ(world.host.huge_pages(0, two_mib), 32U);
  ASSERT_EQ(residuals().size(), 1U);
  EXPECT_EQ(residuals().front().what, "the huge pages reserved for the domain are not used");
}

TEST_F(HugePagesTest, ASizeOtherThanTheXmlsIsNamed) {
  for (const unsigned node : {0U, 1U}) world.host.add_huge_pages(node, one_gib, 0, 4);
  world.define("large", "hugepages: {size: 1GiB}");
  EXPECT_EQ(world.engine->prepare(guest("a", "large")), "");
  EXPECT_EQ(world.host.huge_pages(0, one_gib), 1U);
  ASSERT_EQ(residuals().size(), 1U);
  EXPECT_EQ(residuals().front().reason, "the domain's XML asks for pages of 2MiB");
}

TEST_F(HugePagesTest, AShortfallOfTheKernelLeavesTheClaimDegraded) {
  world.host.add_huge_pages(0, two_mib, 0, 30);
  EXPECT_EQ(world.engine->prepare(guest("a", "pages")), "");
  EXPECT_EQ(world.host.huge_pages(0, two_mib), 30U);
  world.start(guest("a", "pages"), 1000, false);
  EXPECT_EQ(world.engine->status().front().state, "degraded");
  ASSERT_EQ(residuals().size(), 1U);
  EXPECT_EQ(residuals().front().what, "hugepages:node0:2MiB is not 32");
  EXPECT_THAT(residuals().front().reason, testing::HasSubstr("room for 30 of 32 pages"));
  EXPECT_THAT(residuals().front().remedy, testing::HasSubstr("hugepages="));
  world.engine->domain_gone(guest("a", "pages").uuid);
  EXPECT_EQ(world.host.huge_pages(0, two_mib), 0U);
}

}  // namespace
}  // namespace acdr::test
