// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/wish_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace acdr::test {
namespace {

using testing::ElementsAre;
using Part = WishList::Part;

Wish of(const std::string& cgroup, unsigned cpu) {
  return {{KnobKind::cgroup_cpus, cgroup}, Exclude{CpuSet{cpu}}, "of a test", {}};
}

template <class... Wishes>
Part part(const Wishes&... wishes) {
  return std::make_shared<const std::vector<Wish>>(std::vector<Wish>{wishes...});
}

/// "a 1", "b 2".
std::vector<std::string> texts(const WishList& list) {
  std::vector<std::string> all;
  for (const Wish* wish : list.by_knob())
    all.push_back(wish->knob.object + " " + std::get<Exclude>(wish->want).cpus.to_list());
  return all;
}

TEST(WishListTest, WishesForTheSameKnobStandTogether) {
  WishList list({part(of("b", 1), of("a", 2)), part(), part(of("c", 3), of("b", 4))}, {});
  EXPECT_THAT(texts(list), ElementsAre("a 2", "b 1", "b 4", "c 3"));
  list.add({of("d", 5), of("b", 6), of("0", 7)});
  list.sort();
  EXPECT_THAT(texts(list), ElementsAre("0 7", "a 2", "b 1", "b 4", "b 6", "c 3", "d 5"));
  EXPECT_EQ(list.of({KnobKind::cgroup_cpus, "b"}).size(), 3U);
  EXPECT_TRUE(list.of({KnobKind::cgroup_cpus, "bb"}).empty());
  EXPECT_TRUE(list.of({KnobKind::cgroup_mems, "b"}).empty());
}

TEST(WishListTest, WhatAnotherListHasIsTakenFromThere) {
  const Part stays = part(of("d", 1), of("b", 2));
  const Part goes = part(of("c", 3), of("a", 4));
  const WishList earlier({stays, goes}, {});
  const WishList now({part(of("e", 5), of("a", 6), of("b", 7)), stays}, earlier);
  EXPECT_THAT(texts(now), ElementsAre("a 6", "b 2", "b 7", "d 1", "e 5"));
  EXPECT_EQ(now.by_knob().at(3), &stays->front()) << "the same one, not its copy";
  EXPECT_THAT(texts(earlier), ElementsAre("a 4", "b 2", "c 3", "d 1")) << "is as it was";
}

TEST(WishListTest, IsTheSameHoweverManyPartsHaveGone) {
  std::vector<Part> parts;
  for (unsigned number = 0; number < 100; ++number) parts.push_back(part(of(std::to_string(number * 7 % 100), number)));
  const WishList all(parts, {});
  ASSERT_EQ(all.by_knob().size(), 100U);
  for (const std::size_t left : {100U, 99U, 84U, 83U, 1U, 0U}) {
    const std::vector<Part> fewer(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(left));
    EXPECT_EQ(texts(WishList(fewer, all)), texts(WishList(fewer, {})));
    EXPECT_EQ(texts(WishList(parts, WishList(fewer, all))), texts(all));
  }
}

TEST(WishListTest, AListOfNothingIsEmpty) {
  EXPECT_TRUE(WishList({}, WishList({part(of("a", 1))}, {})).by_knob().empty());
  EXPECT_TRUE(WishList(std::vector<Wish>()).by_knob().empty());
}

}  // namespace
}  // namespace acdr::test
