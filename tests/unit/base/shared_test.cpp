// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/shared.hpp"

#include <gtest/gtest.h>

#include <string>

namespace acdr::test {
namespace {

TEST(SharedTest, CopiesAreTheSameObjectUntilOneIsEdited) {
  Shared<std::string> first(std::string("a"));
  const Shared<std::string> second = first;
  EXPECT_EQ(&*first, &*second);
  first.edit() += "b";
  EXPECT_EQ(*first, "ab");
  EXPECT_EQ(*second, "a");
}

TEST(SharedTest, WhatNobodyElseHasIsEditedInPlace) {
  Shared<std::string> only(std::string("a"));
  const auto* before = &*only;
  only.edit() = "b";
  EXPECT_EQ(&*only, before);
}

TEST(SharedTest, AreEqualByValue) {
  const Shared<std::string> one(std::string("a"));
  EXPECT_EQ(one, Shared<std::string>(std::string("a")));
  EXPECT_NE(one, Shared<std::string>(std::string("b")));
  EXPECT_EQ(Shared<std::string>(), Shared<std::string>(std::string()));
}

}  // namespace
}  // namespace acdr::test
