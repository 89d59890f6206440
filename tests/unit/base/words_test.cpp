// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace acdr {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Words, AreWhatStandsBetweenBlanks) {
  EXPECT_THAT(words_of("fifo 10"), ElementsAre("fifo", "10"));
  EXPECT_THAT(words_of("  eth0\t\tbr0\n"), ElementsAre("eth0", "br0"));
  EXPECT_THAT(words_of("one"), ElementsAre("one"));
}

TEST(Words, OfNothingAreNone) {
  EXPECT_THAT(words_of(""), IsEmpty());
  EXPECT_THAT(words_of(" \t\r\n"), IsEmpty());
}

}  // namespace
}  // namespace acdr
