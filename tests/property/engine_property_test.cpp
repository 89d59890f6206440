// SPDX-License-Identifier: GPL-2.0-or-later
// Random histories against the one rule: the host is a function of its baseline and the live claims, so when the last
// claim is gone the host is what it was, whatever happened in between.
#include <gtest/gtest.h>

#include <random>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

using Kernel = FakeHost::Kernel;

struct History {
  explicit History(Kernel kernel, unsigned seed) : world(kernel), random(seed) {
    for (const auto* name : {"a", "b", "c"}) domains.push_back(World::domain(name, 1, "vnf"));
  }

  unsigned pick(unsigned count) { return static_cast<unsigned>(random() % count); }

  void step() {
    switch (pick(7)) {
      case 0:
      case 1:
        return toggle(pick(3));
      case 2:
        return world.restart();
      case 3:
        return crash(pick(3));
      case 4:
        return toggle_host_class();
      case 5:
        return world.engine->host_changed();
      default:
        return restart_with_losses();
    }
  }

  void toggle(unsigned index) {
    if (running.erase(index) > 0) return world.stop(domains[index]);
    running.insert(index);
    world.start(domains[index], static_cast<int>(1000 * (index + 1)), pick(2) == 0);
  }
  /// The scope goes without anybody telling; the next look finds out.
  void crash(unsigned index) {
    if (running.erase(index) == 0) return;
    world.host.remove_cgroup(World::scope(domains[index]));
    world.engine->host_changed();
  }
  void restart_with_losses() {
    for (const unsigned index : running) world.host.remove_cgroup(World::scope(domains[index]));
    running.clear();
    world.restart();
  }
  void toggle_host_class() {
    if (host_class)
      EXPECT_TRUE(world.engine->release(Subject::host(), ""));
    else
      EXPECT_TRUE(world.engine->apply("irq-ban", {{"cores", "6-7"}}, nullptr, false));
    host_class = !host_class;
  }
  void end() {
    if (host_class) toggle_host_class();
    while (!running.empty()) toggle(*running.begin());
  }

  World world;
  std::mt19937 random;
  std::vector<DomainDefinition> domains;
  std::set<unsigned> running;
  bool host_class = false;
};

class EngineHistory : public testing::TestWithParam<Kernel> {};
INSTANTIATE_TEST_SUITE_P(EveryKernel, EngineHistory,
                         testing::Values(Kernel::overwrites_masks, Kernel::keeps_masks, Kernel::has_partitions));

TEST_P(EngineHistory, WhateverHappenedTheHostIsAsBeforeWhenTheLastClaimIsGone) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    History history(GetParam(), seed);
    const auto before = history.world.host.state();
    for (int count = 0; count < 25; ++count) history.step();
    history.end();
    ASSERT_EQ(history.world.host.state(), before) << "seed " << seed;
    ASSERT_TRUE(history.world.engine->claims().empty());
  }
}

TEST_P(EngineHistory, LiveDomainsNeverShareCoresWithAnybody) {
  for (unsigned seed = 100; seed < 110; ++seed) {
    History history(GetParam(), seed);
    for (int count = 0; count < 25; ++count) {
      history.step();
      const auto report = history.world.engine->verify(std::nullopt);
      for (const auto& item : report.items)
        ASSERT_TRUE(item.holds) << "seed " << seed << ", step " << count << ": " << item.subject << ": " << item.what
                                << ": " << item.detail;
    }
  }
}

}  // namespace
}  // namespace acdr::test
