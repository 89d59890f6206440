// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace acdr::test
