// SPDX-License-Identifier: GPL-2.0-or-later
// In whatever order claims with shares of the cache come and go: what is somebody's alone is nobody else's, no share
// changes while its claim lives, and in the end every group and mask is as it was.
#include <gtest/gtest.h>

#include <random>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

const std::vector<std::string> classes{"four", "two", "one", "shared", "slow"};

struct CacheHistory {
  explicit CacheHistory(unsigned seed) : random(seed) {
    world.host.add_resctrl(4, {.ways = 0x7ff, .least_ways = pick(2) + 1, .device_ways = pick(2) == 0 ? 0U : 0x600U});
    if (pick(2) == 0) add_group_of_libvirt();
    const std::vector<std::string> shares{"{ways: 4}", "{ways: 2}", "{ways: 1, bandwidth: 20}",
                                          "{ways: 3, exclusive: false}", "{bandwidth: 40}"};
    for (std::size_t index = 0; index < classes.size(); ++index)
      world.define(classes[index], "dedicated-cores: {}\n  - cleaner-cores: {}\n  - cache: " + shares[index]);
    world.define("host-share", "cleaner-cores: {cores: 5-6}\n  - cache: {ways: 1}");
  }

  void add_group_of_libvirt() {
    EXPECT_EQ(world.host.resctrl().make_group("qemu-1-x-vcpus_0"), 0);
    EXPECT_EQ(world.host.resctrl().write("qemu-1-x-vcpus_0/schemata", "L3:0=030;1=030\n"), 0);
    EXPECT_EQ(world.host.resctrl().write("schemata", "L3:0=7c0;1=00f\n"), 0);
  }
  unsigned pick(unsigned count) { return static_cast<unsigned>(random() % count); }

  void step() {
    switch (pick(8)) {
      case 0:
        return world.restart();
      case 1:
        return toggle_host_class();
      case 2:
        world.host.resctrl_is_busy = !world.host.resctrl_is_busy;
        return world.engine->host_changed();
      default:
        return toggle(pick(4));
    }
  }
  /// With another class at each start. One that is refused runs without.
  void toggle(unsigned index) {
    const std::string name(1, static_cast<char>('a' + index));
    if (const auto found = running.find(index); found != running.end()) {
      world.stop(found->second);
      running.erase(found);
      return;
    }
    running[index] = World::domain(name, 1, classes[pick(static_cast<unsigned>(classes.size()))]);
    world.start(running[index], static_cast<int>(1000 * (index + 1)), pick(2) == 0);
  }
  void toggle_host_class() {
    if (host_class)
      EXPECT_TRUE(world.engine->release(Subject::host(), ""));
    else if (!world.engine->apply("host-share", {}, nullptr, false))
      return;
    host_class = !host_class;
  }
  void end() {
    world.host.resctrl_is_busy = false;
    if (host_class) toggle_host_class();
    while (!running.empty()) toggle(running.begin()->first);
    world.engine->host_changed();
  }

  World world;
  std::mt19937 random;
  std::map<unsigned, DomainDefinition> running;
  bool host_class = false;
};

/// Ways that are a claim's alone, once nothing is left to be tried again.
void check_exclusive(CacheHistory& history) {
  const auto& claims = history.world.engine->claims();
  const CacheGroup& host = *history.world.host.resctrl().group("");
  for (const auto& [key, claim] : claims) {
    const auto& cache = claim->allocation.cache;
    if (!cache || !cache->exclusive) continue;
    ASSERT_FALSE(host.l3.intersects(cache->ways)) << claim->name;
    for (const auto& [other_key, other] : claims)
      if (key != other_key && other->allocation.cache) {
        ASSERT_FALSE(other->allocation.cache->ways.intersects(cache->ways)) << claim->name << ", " << other->name;
      }
  }
}

TEST(CacheProperty, WhateverTheOrderTheHostEndsAsItWas) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    CacheHistory history(seed);
    const auto before = history.world.host.state();
    for (int count = 0; count < 20; ++count) history.step();
    history.end();
    ASSERT_EQ(history.world.host.state(), before) << "seed " << seed;
    ASSERT_EQ(history.world.host.unlocked_changes, 0U);
  }
}

TEST(CacheProperty, WaysOfOnesOwnAreNobodyElsesAndNeverChange) {
  for (unsigned seed = 100; seed < 115; ++seed) {
    CacheHistory history(seed);
    std::map<std::string, CacheReserve> known;
    for (int count = 0; count < 20; ++count) {
      history.step();
      std::map<std::string, CacheReserve> now;
      for (const auto& [key, claim] : history.world.engine->claims())
        if (claim->allocation.cache) now[claim->name] = *claim->allocation.cache;
      for (const auto& [name, reserve] : now)
        if (const auto found = known.find(name); found != known.end()) {
          ASSERT_EQ(found->second, reserve) << "seed " << seed << ": " << name;
        }
      known = now;
      if (history.world.host.resctrl_is_busy) continue;
      history.world.engine->host_changed();
      ASSERT_NO_FATAL_FAILURE(check_exclusive(history)) << "seed " << seed;
      for (const auto& item : history.world.engine->verify(std::nullopt).items)
        ASSERT_TRUE(item.holds || item.what.starts_with("the domain is conditioned"))
            << "seed " << seed << ": " << item.subject << ": " << item.what << ": " << item.detail;
    }
  }
}

}  // namespace
}  // namespace acdr::test
