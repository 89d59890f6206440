// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/kernel_release.hpp"

#include <gtest/gtest.h>

namespace acdr {
namespace {

TEST(KernelRelease, IsReadFromWhatTheKernelCallsItself) {
  EXPECT_EQ(KernelRelease::parse("6.12.43+deb13-amd64\n").value(), (KernelRelease{6, 12}));
  EXPECT_EQ(KernelRelease::parse("5.14.0-503.el9.x86_64").value(), (KernelRelease{5, 14}));
  EXPECT_EQ(KernelRelease::parse("7.0").value(), (KernelRelease{7, 0}));
}

TEST(KernelRelease, IsOrderedByNumbersNotByLetters) {
  EXPECT_LT(KernelRelease::parse("6.2").value(), KernelRelease::parse("6.10").value());
  EXPECT_LT(KernelRelease::parse("5.19").value(), KernelRelease::parse("6.0").value());
}

TEST(KernelRelease, RefusesWhatHasNotTwoNumbers) {
  for (const auto* text : {"", "6", "6.", "6.x", "linux", ".1", "-6.1", "99999999999.1"})
    EXPECT_FALSE(KernelRelease::parse(text)) << text;
}

}  // namespace
}  // namespace acdr
