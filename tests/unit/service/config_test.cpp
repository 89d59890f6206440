// SPDX-License-Identifier: GPL-2.0-or-later
#include "service/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace acdr {
namespace {

using testing::HasSubstr;

Result<Config> read(const std::string& yaml) {
  const auto file = std::filesystem::temp_directory_path() / fmt::format("acdr-config-{}.yaml", ::getpid());
  std::ofstream(file) << yaml;
  auto config = read_config(file);
  std::filesystem::remove(file);
  return config;
}

TEST(Configuration, SaysWhatDomainsMayAskForAndWhatFlavorsMean) {
  const auto config =
      read("classes: {allowed: [vnf, latency]}\nnova:\n  flavors:\n    - {name: \"rt.*\", class: realtime}\n");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->asking.allowed, (std::set<std::string>{"vnf", "latency"}));
  ASSERT_EQ(config->asking.flavors.size(), 1U);
  EXPECT_EQ(config->asking.flavors[0].pattern, "rt.*");
}

TEST(Configuration, WithoutAWordAboutItEveryClassIsAllowed) {
  EXPECT_FALSE(read("housekeeping: {cores: 2}").value().asking.allowed);
  EXPECT_TRUE(read("classes: {allowed: []}").value().asking.allowed->empty());
}

TEST(Configuration, WhatCannotBeReadIsNamedWithItsPlace) {
  EXPECT_THAT(read("classes: {allowed: vnf}").error().message(), HasSubstr(":1:20: 'allowed' must be a list"));
  EXPECT_THAT(read("nova:\n  flavors: [{name: x}]\n").error().message(), HasSubstr(":2:13: a flavor has the keys"));
  EXPECT_THAT(read("nova: {flavour: []}").error().message(), HasSubstr("unknown key 'flavour'"));
}

}  // namespace
}  // namespace acdr
