// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

using testing::HasSubstr;

std::vector<Residual> residuals(World& world, const std::string& conditioning) {
  world.define("inner", conditioning);
  const auto status = world.engine->apply("inner", {}, nullptr, false);
  EXPECT_TRUE(status);
  return status ? status->residuals : std::vector<Residual>();
}

TEST(NestedConditioning, IsSilentWhereTheModuleIsAsWanted) {
  World world;
  world.host.add_file("sys/module/kvm_intel/parameters/nested", "Y");
  EXPECT_TRUE(residuals(world, "nested").empty());
}

TEST(NestedConditioning, NamesTheCommandWhereItIsNot) {
  World world;
  world.host.add_file("sys/module/kvm_amd/parameters/nested", "0");
  const auto found = residuals(world, "nested: {nesting: \"on\", shadow-vmcs: \"on\"}");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_THAT(found[0].remedy, HasSubstr("modprobe -r kvm_amd && modprobe kvm_amd nested=1"));
  EXPECT_EQ(found[1].what, "shadow VMCS is not set");
}

TEST(NestedConditioning, SaysWhenKvmIsNotLoaded) {
  World world;
  EXPECT_THAT(residuals(world, "nested").at(0).reason, HasSubstr("neither kvm_intel nor kvm_amd"));
}

/// A host whose kvm_amd was loaded without nesting.
class NestedReload : public testing::Test {
 protected:
  NestedReload() {
    world.define("off", "nested: {nesting: \"off\", reload: true}");
    world.define("on", "nested: {nesting: \"on\", reload: true}");
    load("0");
  }
  void load(const std::string& value) {
    world.host.add_module("kvm_amd", {{"nested", value}, {"avic", "N"}}, 0);
    before = world.host.state();
  }
  [[nodiscard]] std::string nested() const { return world.host.module_parameter("kvm_amd", "nested"); }
  [[nodiscard]] std::vector<std::string> told(const std::string& name) const {
    std::vector<std::string> told;
    for (const auto& status : world.engine->status())
      if (status.name == "domain " + name)
        for (const auto& residual : status.residuals) told.push_back(residual.what);
    return told;
  }
  /// QEMU opens /dev/kvm after the hook, and closes it before its scope is gone.
  void start(const DomainDefinition& domain, int first_tid) {
    EXPECT_EQ(world.engine->prepare(domain), "");
    world.host.set_module_users("kvm_amd", ++users);
    world.start(domain, first_tid, false);
  }
  void stop(const DomainDefinition& domain) {
    world.host.set_module_users("kvm_amd", --users);
    world.stop(domain);
  }

  World world;
  std::string before;
  unsigned users = 0;
  const DomainDefinition inner = World::domain("inner", 1, "on");
  const DomainDefinition plain = World::domain("plain", 1, "");
};

TEST_F(NestedReload, TheModuleIsLoadedAnewBeforeTheDomainStartsAndAgainAfterIt) {
  EXPECT_EQ(world.engine->prepare(inner), "");
  EXPECT_EQ(nested(), "1");
  start(inner, 700);
  EXPECT_TRUE(told("inner").empty());
  EXPECT_TRUE(world.engine->verify(std::nullopt).holds());
  EXPECT_EQ(nested(), "1");
  stop(inner);
  EXPECT_EQ(nested(), "0");
  EXPECT_EQ(world.host.state(), before);
}

TEST_F(NestedReload, OnceIsEnoughForTwoDomainsAndTheLastOneGivesItBack) {
  const auto other = World::domain("other", 1, "on");
  start(inner, 700);
  start(other, 710);
  EXPECT_EQ(world.host.reloads, 1U);
  stop(inner);
  EXPECT_EQ(nested(), "1");
  stop(other);
  EXPECT_EQ(world.host.reloads, 2U);
  EXPECT_EQ(world.host.state(), before);
}

TEST_F(NestedReload, WhileAnotherVmRunsNothingIsChangedAndTheCommandIsNamed) {
  start(plain, 700);
  start(inner, 710);
  EXPECT_EQ(nested(), "0");
  EXPECT_EQ(told("inner"), std::vector<std::string>{"nested of kvm_amd is 0, not on"});
  EXPECT_EQ(world.engine->status().front().state, "active");
  stop(inner);
  stop(plain);
  EXPECT_EQ(world.host.reloads, 0U);
}

TEST_F(NestedReload, WhatAnotherVmHoldsIsGivenBackWhenThatHasStopped) {
  start(inner, 700);
  start(plain, 710);
  stop(inner);
  world.engine->host_changed();
  world.engine->host_changed();
  EXPECT_EQ(nested(), "1");
  EXPECT_EQ(std::ranges::count_if(world.records, [](const Record& record) { return !record.error.empty(); }), 1);
  stop(plain);
  EXPECT_EQ(nested(), "0");
  EXPECT_EQ(world.host.state(), before);
}

TEST_F(NestedReload, ARestartedDaemonStillKnowsWhatToGiveBack) {
  start(inner, 700);
  start(plain, 710);
  stop(inner);
  world.restart();
  EXPECT_EQ(nested(), "1");
  stop(plain);
  world.engine->host_changed();  // it does not know the domain any more
  EXPECT_EQ(nested(), "0");
}

TEST_F(NestedReload, AVmThatComesInBetweenIsNamedAndWaitedFor) {
  world.host.fail_write = [this](const std::string& path) {
    if (!path.starts_with("sys/module/")) return 0;
    world.host.set_module_users("kvm_amd", 1);
    return EBUSY;
  };
  ASSERT_TRUE(world.engine->apply("on", {}, nullptr, false));
  EXPECT_EQ(world.engine->status().front().state, "active");
  EXPECT_THAT(world.engine->status().front().residuals.at(0).what, HasSubstr("module:kvm_amd:nested is not 1"));
  world.engine->host_changed();
  EXPECT_EQ(world.engine->status().front().residuals.at(0).what, "nested of kvm_amd is 0, not on");
  world.host.fail_write = {};
  world.host.set_module_users("kvm_amd", 0);
  world.engine->host_changed();
  EXPECT_EQ(nested(), "1");
}

TEST_F(NestedReload, ASecondClaimThatWantsTheOppositeIsRefusedNamingTheHolder) {
  ASSERT_TRUE(world.engine->apply("on", {}, nullptr, false));
  const auto refused = world.engine->apply("off", {}, nullptr, false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("host class on"));
  EXPECT_EQ(nested(), "1");
}

TEST_F(NestedReload, WhatIsAsWantedIsNotLoadedAnew) {
  load("1");
  start(inner, 700);
  stop(inner);
  EXPECT_EQ(world.host.reloads, 0U);
  EXPECT_EQ(nested(), "1");
}

TEST_F(NestedReload, TheValueHasTheFormThatTheKernelPrints) {
  world.define("apic", "nested: {nesting: \"on\", virtual-apic: \"on\", reload: true}");
  ASSERT_TRUE(world.engine->apply("apic", {}, nullptr, false));
  EXPECT_EQ(nested(), "1");
  EXPECT_EQ(world.host.module_parameter("kvm_amd", "avic"), "Y");
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  EXPECT_EQ(world.host.state(), before);
}

TEST_F(NestedReload, WhatTheModuleDoesNotTakeIsTriedOnce) {
  world.host.stubborn_parameter = "avic";
  world.define("apic", "nested: {nesting: \"off\", virtual-apic: \"on\", reload: true}");
  ASSERT_TRUE(world.engine->apply("apic", {}, nullptr, false));
  for (int pass = 0; pass < 3; ++pass) world.engine->host_changed();
  EXPECT_EQ(world.host.reloads, 1U);
  EXPECT_THAT(world.engine->status().front().residuals.at(0).what, HasSubstr("module:kvm_amd:avic is not Y"));
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  EXPECT_EQ(world.host.state(), before);
}

TEST_F(NestedReload, WithoutTheParameterNothingIsEverLoaded) {
  world.define("plain", "nested");
  ASSERT_TRUE(world.engine->apply("plain", {}, nullptr, false));
  EXPECT_EQ(world.host.reloads, 0U);
  EXPECT_EQ(world.engine->status().front().residuals.at(0).what, "nested of kvm_amd is 0, not on");
}

TEST(NestedConditioning, AModuleThatIsPartOfTheKernelIsNotLoaded) {
  World world;
  world.host.add_file("sys/module/kvm_intel/parameters/nested", "N");
  EXPECT_EQ(residuals(world, "nested: {reload: true}").at(0).what, "nested of kvm_intel is N, not on");
  EXPECT_EQ(world.host.reloads, 0U);
}

}  // namespace
}  // namespace acdr::test
