// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/flow_rules.hpp"

#include <gtest/gtest.h>
#include <linux/ethtool.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>

namespace acdr {
namespace {

/// A driver with a table of rules, as the kernel shows it to ethtool: see ethtool_get_rxnfc and ethtool_set_features
/// (net/ethtool/ioctl.c).
struct Driver {
  bool has_rules = true;
  bool may_steer = true;
  bool steers = false;
  bool chooses_places = false;
  unsigned size = 4;
  std::map<unsigned, ethtool_rx_flow_spec> rules;
  std::vector<std::string> features{"tx-checksum", "rx-gro", "rx-ntuple-filter", "rx-hash"};
  static constexpr __u32 ntuple_bit = 1U << 2U;
  static constexpr __u32 ntuple_flag = ETH_FLAG_NTUPLE;

  int operator()(const std::string& interface, void* data) {
    if (interface != "eth0") return ENODEV;
    __u32 command = 0;
    std::memcpy(&command, data, sizeof command);
    switch (command) {
      case ETHTOOL_GSSET_INFO:
        return feature_count(*static_cast<ethtool_sset_info*>(data));
      case ETHTOOL_GSTRINGS:
        return feature_names(*static_cast<ethtool_gstrings*>(data));
      case ETHTOOL_GFEATURES:
        return feature_states(*static_cast<ethtool_gfeatures*>(data));
      case ETHTOOL_GFLAGS:
        static_cast<ethtool_value*>(data)->data = flags();
        return 0;
      case ETHTOOL_SFLAGS:
        return set_flags(static_cast<ethtool_value*>(data)->data);
      default:
        return has_rules ? rule_command(*static_cast<ethtool_rxnfc*>(data)) : EOPNOTSUPP;
    }
  }

 private:
  template <class Item>
  static void put(void* data, std::size_t begin, std::size_t number, const Item& item) {
    std::memcpy(static_cast<char*>(data) + begin + number * sizeof item, &item, sizeof item);
  }
  [[nodiscard]] __u32 flags() const { return ETH_FLAG_RXHASH | (steers ? ntuple_flag : 0U); }
  int set_flags(__u32 wanted) {
    if ((wanted & ~static_cast<__u32>(ETH_FLAG_NTUPLE)) != ETH_FLAG_RXHASH) return EINVAL;
    const bool on = (wanted & ETH_FLAG_NTUPLE) != 0;
    if (on != steers && !may_steer) return EOPNOTSUPP;
    steers = on;
    return 0;
  }
  int feature_count(ethtool_sset_info& info) {
    put(&info, sizeof info, 0, static_cast<__u32>(features.size()));
    return 0;
  }
  int feature_names(ethtool_gstrings& strings) {
    strings.len = static_cast<__u32>(features.size());
    for (std::size_t i = 0; i < features.size(); ++i) {
      std::array<char, ETH_GSTRING_LEN> name{};
      std::ranges::copy(features[i], name.begin());
      put(&strings, sizeof strings, i, name);
    }
    return 0;
  }
  int feature_states(ethtool_gfeatures& states) {
    ethtool_get_features_block block{};
    block.available = may_steer ? ntuple_bit : 0U;
    block.active = steers ? ntuple_bit : 0U;
    put(&states, sizeof states, 0, block);
    return 0;
  }
  int rule_command(ethtool_rxnfc& command) {
    switch (command.cmd) {
      case ETHTOOL_GRXCLSRLCNT:
        command.rule_cnt = static_cast<__u32>(rules.size());
        command.data = chooses_places ? RX_CLS_LOC_SPECIAL | size : 0U;
        return 0;
      case ETHTOOL_GRXCLSRLALL:
        return list(command);
      case ETHTOOL_GRXCLSRULE:
        if (!rules.contains(command.fs.location)) return ENOENT;
        command.fs = rules.at(command.fs.location);
        return 0;
      case ETHTOOL_SRXCLSRLINS:
        return insert(command.fs);
      case ETHTOOL_SRXCLSRLDEL:
        return rules.erase(command.fs.location) == 1 ? 0 : ENOENT;
      default:
        return EOPNOTSUPP;
    }
  }
  int list(ethtool_rxnfc& command) {
    if (command.rule_cnt < rules.size()) return EMSGSIZE;
    std::size_t number = 0;
    for (const auto& [location, rule] : rules) put(&command, offsetof(ethtool_rxnfc, rule_locs), number++, location);
    command.rule_cnt = static_cast<__u32>(rules.size());
    command.data = size;
    return 0;
  }
  int insert(ethtool_rx_flow_spec rule) {
    if (!steers) return EOPNOTSUPP;
    if (chooses_places && rule.location == RX_CLS_LOC_ANY)
      for (rule.location = 0; rules.contains(rule.location);) ++rule.location;
    if (rule.location >= size) return EINVAL;
    rules[rule.location] = rule;
    return 0;
  }
};

const std::string address = "52:54:00:12:34:56";

class FlowRulesOfANic : public testing::Test {
 protected:
  Driver driver;
  FlowRules rules{std::ref(driver)};
};

TEST_F(FlowRulesOfANic, CountOnlyOnceTheyAreTurnedOn) {
  EXPECT_EQ(rules.count("eth0").value(), false);
  ASSERT_TRUE(rules.make_count("eth0", true));
  EXPECT_EQ(rules.count("eth0").value(), true);
  ASSERT_TRUE(rules.make_count("eth0", false));
  EXPECT_FALSE(driver.steers);
}

TEST_F(FlowRulesOfANic, ANicThatTakesNoneIsToldFromOneThatIsGone) {
  driver.may_steer = false;
  EXPECT_EQ(rules.count("eth0").error().system_error(), EOPNOTSUPP);
  EXPECT_EQ(rules.make_count("eth0", true).error().system_error(), EOPNOTSUPP);
  driver.may_steer = true;
  driver.has_rules = false;
  EXPECT_EQ(rules.count("eth0").error().system_error(), EOPNOTSUPP);
  driver.has_rules = true;
  driver.features = {"tx-checksum"};
  EXPECT_EQ(rules.count("eth0").error().system_error(), EOPNOTSUPP);
  EXPECT_EQ(rules.count("eth1").error().kind(), ErrorKind::not_found);
  EXPECT_EQ(rules.list("eth1").error().kind(), ErrorKind::not_found);
}

TEST_F(FlowRulesOfANic, FeaturesThatCannotBeTurnedOffAreOn) {
  driver.may_steer = false;
  driver.steers = true;
  EXPECT_EQ(rules.count("eth0").value(), true);
}

TEST_F(FlowRulesOfANic, ARuleIsReadBackAsItWasMade) {
  driver.steers = true;
  ASSERT_TRUE(rules.add("eth0", {0, address, 3}));
  const auto made = rules.list("eth0").value();
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made.front().address, address);
  EXPECT_EQ(made.front().queue, 3U);
  ASSERT_TRUE(rules.remove("eth0", made.front().location));
  EXPECT_TRUE(rules.list("eth0").value().empty());
  EXPECT_EQ(rules.remove("eth0", 0).error().system_error(), ENOENT);
}

TEST_F(FlowRulesOfANic, WithoutAChoiceOfTheDriverTheyFillTheTableFromItsEnd) {
  driver.steers = true;
  for (unsigned queue = 0; queue < driver.size; ++queue) ASSERT_TRUE(rules.add("eth0", {0, address, queue}));
  const auto made = rules.list("eth0").value();
  ASSERT_EQ(made.size(), 4U);
  EXPECT_EQ(made[0].queue, 3U);
  EXPECT_EQ(made[3].queue, 0U);
  EXPECT_EQ(rules.add("eth0", {0, address, 0}).error().system_error(), ENOSPC);
}

TEST_F(FlowRulesOfANic, ADriverThatChoosesThePlaceIsLeftToIt) {
  driver.steers = true;
  driver.chooses_places = true;
  ASSERT_TRUE(rules.add("eth0", {0, address, 2}));
  EXPECT_EQ(rules.list("eth0").value().front(), (FlowRule{0, address, 2}));
}

TEST_F(FlowRulesOfANic, RulesOfOtherKindsAreNobodysBusiness) {
  driver.steers = true;
  ASSERT_TRUE(rules.add("eth0", {0, address, 1}));
  const auto ours = driver.rules.begin()->second;
  auto other = ours;
  other.flow_type = TCP_V4_FLOW;
  driver.rules[0] = other;
  other = ours;
  other.m_u.ether_spec.h_dest[5] = 0;
  driver.rules[1] = other;
  other = ours;
  other.ring_cookie = RX_CLS_FLOW_DISC;
  driver.rules[2] = other;
  EXPECT_EQ(rules.list("eth0").value().size(), 1U);
}

TEST_F(FlowRulesOfANic, WhatIsNoAddressIsRefused) {
  driver.steers = true;
  for (const auto* text : {"", "52:54:00:12:34", "52:54:00:12:34:56:78", "52:54:00:12:34:zz"})
    EXPECT_EQ(rules.add("eth0", {0, text, 1}).error().kind(), ErrorKind::usage) << text;
  EXPECT_TRUE(driver.rules.empty());
}

TEST(KernelEthtool, AnswersForTheLoopbackThatItTakesNoRules) {
  EXPECT_EQ(FlowRules(kernel_ethtool).count("lo").error().system_error(), EOPNOTSUPP);
  EXPECT_EQ(FlowRules(kernel_ethtool).count("no-such-nic").error().kind(), ErrorKind::not_found);
}

}  // namespace
}  // namespace acdr
