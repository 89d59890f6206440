// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "host/snapshot.hpp"

namespace acdr::test {
namespace {

TEST(CgroupPath, TheScopeOfACgroupEndsWithTheFirstNameThatIsOne) {
  EXPECT_EQ(scope_of("machine.slice/a.scope"), "machine.slice/a.scope");
  EXPECT_EQ(scope_of("machine.slice/a.scope/libvirt/vcpu0"), "machine.slice/a.scope");
  EXPECT_EQ(scope_of("machine.slice/a.scope-b.scope/libvirt"), "machine.slice/a.scope-b.scope");
  EXPECT_EQ(scope_of("init.scope"), "init.scope");
  for (const char* none : {"", "system.slice/a.service", "machine.slice/a.scope-b", "machine.slice/a.scopes/b"})
    EXPECT_EQ(scope_of(none), "") << none;
}

TEST(CgroupPath, WhatIsAboveIsFoundAmongScopes) {
  const Area::Scopes scopes{"machine.slice/a.scope"};
  for (const char* in_it : {"machine.slice/a.scope", "machine.slice/a.scope/libvirt/vcpu0"}) {
    const auto* found = first_above(in_it, scopes);
    ASSERT_NE(found, nullptr) << in_it;
    EXPECT_EQ(*found, "machine.slice/a.scope");
  }
  for (const char* elsewhere : {"", "machine.slice", "machine.slice/a.scope-b", "machine.slice/b.scope"})
    EXPECT_EQ(first_above(elsewhere, scopes), nullptr) << elsewhere;
}

TEST(AreaTest, AScopeThatSomethingHappenedToIsNotSettled) {
  const Area area{.settled = Area::Scopes{"a.scope", "b.scope"}, .unsettled = {"b.scope", "c.scope"}};
  EXPECT_TRUE(area.is_settled_scope("a.scope"));
  EXPECT_TRUE(area.is_settled("a.scope/x"));
  EXPECT_FALSE(area.is_settled_scope("a.scope/x"));
  EXPECT_FALSE(area.looks_at("a.scope/x"));
  for (const char* looked_at : {"b.scope", "b.scope/x", "c.scope", "d.slice"}) {
    EXPECT_FALSE(area.is_settled(looked_at)) << looked_at;
    EXPECT_TRUE(area.looks_at(looked_at)) << looked_at;
  }
}

}  // namespace
}  // namespace acdr::test
