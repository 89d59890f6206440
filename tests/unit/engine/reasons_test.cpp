// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/reasons.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace acdr::test {
namespace {

/// Of domains "a", "b", ... from the end of the alphabet.
Reasons of_domains(unsigned count) {
  Reasons reasons;
  for (unsigned index = count; index > 0; --index)
    reasons |= Reasons(fmt::format("irq-ban of domain {}", static_cast<char>('a' + index - 1)));
  return reasons;
}

TEST(ReasonsTest, AreToldInAlphabeticalOrderEachOnce) {
  Reasons reasons = of_domains(2);
  reasons |= Reasons("irq-ban of domain a");
  EXPECT_EQ(reasons.to_string(), "irq-ban of domain a, irq-ban of domain b");
  EXPECT_EQ(Reasons().to_string(), "");
}

TEST(ReasonsTest, OfManySomeAreToldAndHowManyMoreThereAre) {
  EXPECT_EQ(of_domains(8).to_string().find("more"), std::string::npos);
  const std::string text = of_domains(10).to_string();
  EXPECT_TRUE(text.starts_with("irq-ban of domain a, ")) << text;
  EXPECT_TRUE(text.ends_with(", irq-ban of domain h and 2 more")) << text;
  EXPECT_EQ(of_domains(10).texts().size(), 10U);
}

}  // namespace
}  // namespace acdr::test
