// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/result.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace acdr {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return failure(ErrorKind::usage, "{} is odd", number);
  return number / 2;
}

Result<int> quarter(int number) {
  ACDR_TRY(const int once, half(number));
  ACDR_TRY(const int twice, half(once));
  return twice;
}

Status check_even(int number) {
  const auto result = half(number);
  if (!result) return failure(result.error());
  return {};
}

Result<std::string> describe(int number) {
  ACDR_CHECK(check_even(number));
  return "even";
}

TEST(Error, MessageIsWhatWentWrongThenTheRemedy) {
  EXPECT_EQ(Error(ErrorKind::failed, "cannot write it").message(), "cannot write it");
  EXPECT_EQ(Error(ErrorKind::failed, "cannot write it", "run as root").message(), "cannot write it; run as root");
}

TEST(Error, IsToldFromFurtherOutWithoutLosingAnything) {
  const Error inner = system_error(ENOSPC, "writing 2-3 to smp_affinity_list").with_remedy("try another CPU");
  const Error outer = inner.during("moving IRQ 45").during("applying class 'vnf'");
  EXPECT_EQ(outer.what(),
            "applying class 'vnf': moving IRQ 45: writing 2-3 to smp_affinity_list: No space left on device");
  EXPECT_EQ(outer.remedy(), "try another CPU");
  EXPECT_EQ(outer.system_error(), ENOSPC);
  EXPECT_EQ(outer.kind(), ErrorKind::failed);
}

TEST(Error, ChangesMakeANewErrorAndLeaveTheOldOneAlone) {
  const Error first(ErrorKind::refused, "core 2 is taken");
  const Error second = first.with_remedy("release it").with_errno(EBUSY);
  EXPECT_EQ(first.message(), "core 2 is taken");
  EXPECT_EQ(first.system_error(), 0);
  EXPECT_EQ(second.message(), "core 2 is taken; release it");
  EXPECT_EQ(second.system_error(), EBUSY);
  EXPECT_EQ(second.kind(), ErrorKind::refused);
}

TEST(Error, OfASystemCallKeepsItsNumber) {
  const Error error = system_error(EPERM, "writing /proc/irq/0/smp_affinity");
  EXPECT_EQ(error.message(), "writing /proc/irq/0/smp_affinity: Operation not permitted");
  EXPECT_EQ(error.system_error(), EPERM);
  EXPECT_EQ(error.kind(), ErrorKind::failed);
}

TEST(Result, TryGoesOnWithTheValueOrReturnsTheError) {
  EXPECT_EQ(quarter(12), 3);
  ASSERT_FALSE(quarter(7));
  EXPECT_EQ(quarter(7).error().message(), "7 is odd");
  EXPECT_EQ(quarter(6).error().message(), "3 is odd");
}

TEST(Result, CheckGoesOnOrReturnsTheError) {
  EXPECT_EQ(describe(2), "even");
  ASSERT_FALSE(describe(3));
  EXPECT_EQ(describe(3).error().kind(), ErrorKind::usage);
}

TEST(ErrorKindNames, AreWhatStandsInJsonAndReadBack) {
  EXPECT_EQ(to_string(ErrorKind::not_found), "not-found");
  for (const auto kind :
       {ErrorKind::failed, ErrorKind::usage, ErrorKind::not_found, ErrorKind::refused, ErrorKind::unreachable})
    EXPECT_EQ(error_kind_from(to_string(kind)), kind);
  EXPECT_EQ(error_kind_from("something else"), ErrorKind::failed);
}

}  // namespace
}  // namespace acdr
