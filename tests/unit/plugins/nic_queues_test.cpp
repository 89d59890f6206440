// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/nic_queues.hpp"

#include <gtest/gtest.h>

#include "support/topologies.hpp"

namespace acdr::test {
namespace {

/// A NIC whose driver names its interrupts so; the first is number 10.
struct Driver {
  Driver(const std::string& name, const std::vector<std::string>& handlers) {
    nic.name = name;
    for (const auto& handler : handlers) {
      const auto number = static_cast<unsigned>(10 + nic.irqs.size());
      nic.irqs.push_back(number);
      host.irqs.push_back({.number = number, .actions = {}, .affinity = {}, .effective = {}});
      if (!handler.empty()) host.irqs.back().actions = {handler};
    }
  }
  /// "0:11 1:12", queue and interrupt.
  [[nodiscard]] std::string queues() const {
    std::string text;
    for (const auto& [queue, irqs] : queue_irqs(host, nic))
      for (const auto* irq : irqs) text += fmt::format("{}{}:{}", text.empty() ? "" : " ", queue, irq->number);
    return text;
  }
  HostSnapshot host;
  NicState nic;
};

TEST(NicQueues, TheNumberAtTheEndOfTheHandlerIsTheQueues) {
  EXPECT_EQ(Driver("uplink0", {"uplink0", "uplink0-TxRx-0", "uplink0-TxRx-1"}).queues(), "0:11 1:12");
  EXPECT_EQ(Driver("eth0", {"eth0-rx-0", "eth0-tx-0", "eth0-rx-1", "eth0"}).queues(), "0:10 0:11 1:12");
  EXPECT_EQ(Driver("eth1", {"virtio1-config", "virtio1-input.0", "virtio1-output.0"}).queues(), "0:11 0:12");
  EXPECT_EQ(Driver("ens1", {"i40e-0000:01:00.0:misc", "i40e-ens1-TxRx-10"}).queues(), "10:11");
  EXPECT_EQ(Driver("ens5", {"ena-mgmnt@pci:0000:00:05.0", "ens5-Tx-Rx-0"}).queues(), "0:11");
}

TEST(NicQueues, WhereNoneIsNumberedTheirOrderDecides) {
  const std::string device = "@pci:0000:01:00.0";
  EXPECT_EQ(Driver("p1", {"mlx5_async0" + device, "mlx5_comp0" + device, "mlx5_comp1" + device}).queues(), "0:11 1:12");
}

TEST(NicQueues, AnOnlyInterruptIsForPacketsEvenIfItBearsTheInterfacesName) {
  EXPECT_EQ(Driver("eth0", {"eth0"}).queues(), "0:10");
}

TEST(NicQueues, WhatHasNoHandlerIsForNoQueue) { EXPECT_EQ(Driver("eth0", {"", ""}).queues(), ""); }

class Receiving : public testing::Test {
 protected:
  Receiving() {
    host.topology = make_topology({.cores_per_cache = 8});
    host.topology.isolated = {4, 5};
    host.topology.nohz_full = {5, 6};
  }
  Plan plan(const CpuSet& cores) {
    Plan plan;
    const CpuSet none;
    const std::vector<RunningDomain> fellows;
    const std::string handle;
    receive_on({subject, "test", parameters, allocation, none, none, false, nullptr, fellows, handle}, host, {.name = "eth0"},
               "rx-0", cores, plan);
    return plan;
  }
  HostSnapshot host;
  Subject subject = Subject::host();
  ParameterValues parameters;
  Allocation allocation;
};

TEST_F(Receiving, CpusIsolatedAtBootAreLeftOutAndNamed) {
  const Plan made = plan({3, 4, 5, 6});
  ASSERT_EQ(made.wishes.size(), 1U);
  EXPECT_EQ(std::get<Confine>(made.wishes.front().want).cpus, CpuSet{3});
  ASSERT_EQ(made.residuals.size(), 1U);
  EXPECT_EQ(made.residuals.front().what, "packets of eth0 are not handed to 4-6 (RPS)");
}

TEST_F(Receiving, WhereAllAreIsolatedNothingIsAskedFor) {
  EXPECT_TRUE(plan({4, 6}).wishes.empty());
  EXPECT_TRUE(plan({2, 3}).residuals.empty());
}

}  // namespace
}  // namespace acdr::test
