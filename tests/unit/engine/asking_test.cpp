// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/asking.hpp"

#include <gtest/gtest.h>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

DomainDefinition of_flavor(const std::string& flavor, const std::string& flavor_class = "") {
  DomainDefinition domain;
  domain.flavor = flavor;
  domain.flavor_class = flavor_class;
  return domain;
}

const AskRules rules{{}, {{"rt.*", "realtime"}, {"*", "balanced"}}};

TEST(Asking, TheDomainsOwnTagComesFirst) {
  DomainDefinition domain = of_flavor("rt.large", "latency");
  domain.tag = ConditioningTag{"vnf", {{"cores", "2-3"}}};
  EXPECT_EQ(asked_for(domain, rules).value(), domain.tag);
}

TEST(Asking, ThenTheExtraSpecThenTheFirstPatternThatFits) {
  EXPECT_EQ(asked_for(of_flavor("rt.large", "latency"), rules).value()->class_name, "latency");
  EXPECT_EQ(asked_for(of_flavor("rt.large"), rules).value()->class_name, "realtime");
  EXPECT_EQ(asked_for(of_flavor("m1.small"), rules).value()->class_name, "balanced");
  EXPECT_EQ(asked_for(of_flavor(""), rules).value(), std::nullopt);
  EXPECT_EQ(asked_for(of_flavor("m1.small"), {}).value(), std::nullopt);
}

TEST(Asking, AClassThatIsNotAllowedIsRefusedForDomainsOnly) {
  AskRules strict{std::set<std::string>{"vnf"}, {}};
  EXPECT_EQ(asked_for(of_flavor("x", "realtime"), strict).error().kind(), ErrorKind::refused);
  EXPECT_TRUE(asked_for(of_flavor("x", "vnf"), strict));
}

}  // namespace
}  // namespace acdr::test
