// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/claim.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/limits.hpp"
#include "engine/planner.hpp"
#include "plugins/registry.hpp"
#include "support/topologies.hpp"

namespace acdr::test {
namespace {

TEST(Claim, OfADomainWhoseNameIsNoUtf8CanBeStored) {
  Claim claim;
  claim.subject = Subject::domain("uuid-1");
  claim.name = claim.definition.edit().name = "web\xff";
  const auto again = parse_claim(serialise(claim));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->key(), claim.key());
}

TEST(Claim, ThatCannotBeReadIsAnErrorOfOneLine) {
  const auto claim = parse_claim("{\"subject\": \"\x01" + std::string(5000, 'x'));
  ASSERT_FALSE(claim);
  EXPECT_LT(claim.error().message().size(), 200U);
  EXPECT_EQ(claim.error().message().find_first_of("\x01\n"), std::string::npos);
}

class ClaimLimit : public testing::Test {
 protected:
  ClaimLimit() {
    for (std::size_t count = 0; count < most_claims; ++count) {
      Claim claim;
      claim.subject = subject(count);
      claims.emplace(claim.key(), claim);
    }
  }
  static Subject subject(std::size_t number) { return Subject::domain(fmt::format("uuid-{}", number)); }
  Result<Claim> one_more(std::size_t number) {
    HostSnapshot host;
    host.topology = make_topology({});
    const DomainDefinition domain;
    return make_claim({subject(number), {}, {}, &domain, false, ""}, claims, host, plugins, {});
  }
  Claims claims;
  PluginRegistry plugins = all_plugins();
};

TEST_F(ClaimLimit, OneMoreThanTheMostIsRefused) {
  const auto claim = one_more(most_claims);
  ASSERT_FALSE(claim);
  EXPECT_EQ(claim.error().kind(), ErrorKind::refused);
  EXPECT_EQ(claim.error().message(), "1024 claims live already, and no more may; release one of them first");
}

TEST_F(ClaimLimit, ADomainThatHasAClaimMayHaveAnotherClass) { EXPECT_TRUE(one_more(7)); }

}  // namespace
}  // namespace acdr::test
