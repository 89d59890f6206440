// SPDX-License-Identifier: GPL-2.0-or-later
// Domains of one group share the cores of the first that came; the cores go with the last.
#include <gtest/gtest.h>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

class TogetherTest : public testing::TestWithParam<FakeHost::Kernel> {
 protected:
  TogetherTest() {
    world.define("shared", "cleaner-cores: {}\n  - together: {group: web}");
    world.define("others", "cleaner-cores: {}\n  - together: {group: db}");
    world.define("helped", "cleaner-cores: {}\n  - together: {group: web}\n  - emulator-pinning: {}");
  }
  [[nodiscard]] CpuSet cores(const DomainDefinition& domain) const {
    return world.engine->claims().at({Subject::domain(domain.uuid), ""})->allocation.cores;
  }
  [[nodiscard]] CpuSet allowed(const DomainDefinition& domain) const {
    return world.host.effective(World::scope(domain) + "/libvirt/vcpu0");
  }
  void expect_promises_kept() const {
    for (const auto& item : world.engine->verify(std::nullopt).items)
      EXPECT_TRUE(item.holds) << item.subject << ": " << item.what << ": " << item.detail;
  }
  Result<ClaimStatus> apply(const DomainDefinition& domain, const std::string& class_name) {
    return world.engine->apply(class_name, {}, &domain, false);
  }
  World world{GetParam()};
  DomainDefinition a = World::domain("a", 2, "shared");
  DomainDefinition b = World::domain("b", 3, "shared");
};

using Kernel = FakeHost::Kernel;
INSTANTIATE_TEST_SUITE_P(EveryKernel, TogetherTest,
                         testing::Values(Kernel::overwrites_masks, Kernel::keeps_masks, Kernel::has_partitions,
                                         Kernel::keeps_kthread_masks));

TEST_P(TogetherTest, TheLaterOneRunsOnTheCoresOfTheFirst) {
  const auto before = world.host.state();
  world.start(a, 1000);
  world.start(b, 2000);
  EXPECT_EQ(cores(a).count(), 2U);
  EXPECT_EQ(cores(b), cores(a));
  EXPECT_EQ(allowed(a), cores(a));
  EXPECT_EQ(allowed(b), cores(a));
  EXPECT_FALSE(world.host.effective("system.slice").intersects(cores(a)));
  expect_promises_kept();
  world.stop(a);
  world.stop(b);
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(TogetherTest, TheCoresGoWithTheLastMemberWhicheverItIs) {
  const auto before = world.host.state();
  for (const bool first_leaves : {true, false}) {
    world.start(a, 1000);
    world.start(b, 2000);
    const CpuSet shared = cores(a);
    const auto& stays = first_leaves ? b : a;
    world.stop(first_leaves ? a : b);
    EXPECT_EQ(cores(stays), shared);
    EXPECT_EQ(allowed(stays), shared);
    EXPECT_FALSE(world.host.effective("user.slice").intersects(shared));
    expect_promises_kept();
    world.stop(stays);
    EXPECT_EQ(world.host.state(), before);
  }
}

TEST_P(TogetherTest, OthersKeepOff) {
  world.start(a, 1000);
  world.start(b, 2000);
  const auto c = World::domain("c", 2, "others");
  world.start(c, 3000);
  EXPECT_FALSE(cores(c).intersects(cores(a)));
  EXPECT_FALSE(allowed(c).intersects(cores(a)));
  EXPECT_EQ(allowed(a), cores(a));
  expect_promises_kept();
}

TEST_P(TogetherTest, MembersInDifferentSlicesShareThemToo) {
  world.host.add_cgroup("tenant.slice");
  b.partition = "/tenant";
  world.start(a, 1000);
  EXPECT_EQ(world.engine->prepare(b), "");
  EXPECT_TRUE(cores(a).subset_of(world.host.effective("tenant.slice")));
  world.host.add_cgroup("tenant.slice/b.scope");
  world.engine->scope_appeared(b.uuid, "tenant.slice/b.scope");
  EXPECT_EQ(world.host.effective("tenant.slice/b.scope"), cores(a));
}

TEST_P(TogetherTest, EachMemberHasHelpersOfItsOwn) {
  a = World::domain("a", 2, "helped");
  b = World::domain("b", 2, "helped");
  world.start(a, 1000);
  world.start(b, 2000);
  EXPECT_EQ(cores(b), cores(a));
  expect_promises_kept();
}

TEST_P(TogetherTest, TheGroupIsKnownAfterARestartOfTheDaemon) {
  world.start(a, 1000);
  world.restart();
  world.start(b, 2000);
  EXPECT_EQ(cores(b), cores(a));
  EXPECT_EQ(allowed(a), cores(a));
  expect_promises_kept();
}

TEST_P(TogetherTest, VcpusPinnedOneToOneAreAnError) {
  world.define("pinned", "cleaner-cores: {}\n  - dedicated-cores: {}\n  - together: {group: web}");
  const auto done = apply(a, "pinned");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::usage);
  EXPECT_EQ(done.error().what(),
            "group web shares its cores, and dedicated-cores gives each vCPU one that is its own: no class can have "
            "both");
}

TEST_P(TogetherTest, AClassWithoutCoresAndTheHostAreErrors) {
  world.define("nothing", "together: {group: web}");
  EXPECT_EQ(apply(a, "nothing").error().kind(), ErrorKind::usage);
  EXPECT_EQ(world.engine->apply("shared", {}, nullptr, false).error().kind(), ErrorKind::usage);
}

TEST_P(TogetherTest, OtherCoresThanTheGroupsAreRefused) {
  world.define("named", "cleaner-cores: {cores: 6-7}\n  - together: {group: web}");
  world.start(a, 1000);
  const auto before = world.host.state();
  const auto done = apply(b, "named");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::refused);
  EXPECT_NE(done.error().what().find("domain a"), std::string::npos) << done.error().what();
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(TogetherTest, CoresThatAnApartGroupForbidsAreRefused) {
  world.define("torn", "cleaner-cores: {}\n  - together: {group: web}\n  - apart: {group: db}");
  ASSERT_TRUE(apply(a, "torn"));
  const auto done = apply(b, "torn");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::refused);
}

}  // namespace
}  // namespace acdr::test
