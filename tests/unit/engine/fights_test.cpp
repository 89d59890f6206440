// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/fights.hpp"

#include <gtest/gtest.h>

namespace acdr::test {
namespace {

using namespace std::chrono_literals;
using Verdict = Fights::Verdict;

class FightsTest : public testing::Test {
 protected:
  /// Until it is given up, a second between two rounds; how many repairs there were.
  std::size_t fight() {
    std::size_t repairs = 0;
    while (fights.judge(knob, now) == Verdict::repair) {
      ++repairs;
      now += 1s;
    }
    return repairs;
  }
  Fights fights;
  Fights::Time now{1h};
  const KnobId knob{KnobKind::irq_affinity, "45"};
};

TEST_F(FightsTest, AChangeNowAndThenIsPutRightForEver) {
  for (int round = 0; round < 100; ++round, now += 20s) EXPECT_EQ(fights.judge(knob, now), Verdict::repair);
}

TEST_F(FightsTest, AfterAFewRoundsWithinAMinuteItIsGivenUpOnceAndThenLeftAlone) {
  EXPECT_EQ(fight(), Fights::most_repairs);
  now += 1s;
  EXPECT_EQ(fights.judge(knob, now), Verdict::leave_alone);
}

TEST_F(FightsTest, AfterARestItIsTriedAgainAndTheNextRestIsLonger) {
  fight();
  now += Fights::first_rest;
  EXPECT_EQ(fight(), Fights::most_repairs);
  now += Fights::first_rest;
  EXPECT_EQ(fights.judge(knob, now), Verdict::leave_alone);
  now += Fights::first_rest;
  EXPECT_EQ(fights.judge(knob, now), Verdict::repair);
}

TEST_F(FightsTest, ARestNeverTakesLongerThanAnHour) {
  for (int round = 0; round < 20; ++round) {
    fight();
    now += Fights::longest_rest;
    EXPECT_EQ(fights.judge(knob, now), Verdict::repair);
  }
}

TEST_F(FightsTest, OneFightSaysNothingAboutOtherKnobs) {
  fight();
  EXPECT_EQ(fights.judge({KnobKind::irq_affinity, "46"}, now), Verdict::repair);
}

TEST_F(FightsTest, AKnobThatWasLeftInPeaceForLongStartsAfresh) {
  fight();
  now += Fights::first_rest + Fights::window + 1s;
  fights.forget(knob, now);
  fight();
  now += Fights::first_rest;
  EXPECT_EQ(fights.judge(knob, now), Verdict::repair) << "the rest is as long as the first one was";
}

TEST_F(FightsTest, AMomentsPeaceBetweenTwoRoundsEndsNoFight) {
  for (std::size_t round = 0; round < Fights::most_repairs; ++round) {
    EXPECT_EQ(fights.judge(knob, now), Verdict::repair);
    now += 1s;
    fights.forget(knob, now);
  }
  EXPECT_EQ(fights.judge(knob, now), Verdict::give_up);
}

TEST_F(FightsTest, OfKnobsThatAreGoneNothingIsKeptForLong) {
  const auto gone = [](const KnobId&) { return false; };
  fight();
  now += Fights::first_rest;
  fights.forget_all_but(gone, now);
  fight();
  now += Fights::first_rest;
  EXPECT_EQ(fights.judge(knob, now), Verdict::leave_alone) << "it may come back: the second rest is longer";
  now += 2 * Fights::first_rest + Fights::window + 1s;
  fights.forget_all_but(gone, now);
  fight();
  now += Fights::first_rest;
  EXPECT_EQ(fights.judge(knob, now), Verdict::repair);
}

}  // namespace
}  // namespace acdr::test
