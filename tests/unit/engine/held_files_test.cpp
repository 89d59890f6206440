// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/held_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace acdr::test {
namespace {

using testing::ElementsAre;

const KnobId first{KnobKind::cache_share, "/:L3"};
const KnobId second{KnobKind::cache_share, "/:MB"};

TEST(HeldFilesTest, AFileIsHeldAsLongAsOneOfItsKnobsIs) {
  HeldFiles held;
  held.add(first, {"schemata", "cpus"});
  held.add(second, {"schemata"});
  EXPECT_THAT(held.all(), ElementsAre("cpus", "schemata"));
  EXPECT_THAT(held.knobs_of("schemata"), ElementsAre(first, second));
  held.remove(first, {"schemata", "cpus"});
  EXPECT_THAT(held.all(), ElementsAre("schemata"));
  EXPECT_THAT(held.knobs_of("schemata"), ElementsAre(second));
  held.remove(second, {"schemata"});
  EXPECT_TRUE(held.all().empty());
  EXPECT_TRUE(held.knobs_of("schemata").empty());
}

TEST(HeldFilesTest, WhatIsAddedTwiceOrWasNeverThereGoesAllTheSame) {
  HeldFiles held;
  held.add(first, {"schemata"});
  held.add(first, {"schemata"});
  held.remove(first, {"schemata", "other"});
  EXPECT_TRUE(held.all().empty());
}

}  // namespace
}  // namespace acdr::test
