// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "host/snapshot.hpp"
#include "support/fake_host.hpp"
#include "support/topologies.hpp"

namespace acdr::test {
namespace {

class LookAgain : public testing::Test {
 protected:
  LookAgain() {
    for (const auto* cgroup : {"system.slice", "machine.slice", "machine.slice/a.scope", "machine.slice/a.scope-b",
                               "machine.slice/a.scope/libvirt", "machine.slice/a.scope/libvirt/vcpu0"})
      host.add_cgroup(cgroup);
    host.add_thread(100, "server", "system.slice", "1-2");
    host.add_thread(200, "CPU 0/KVM", "machine.slice/a.scope/libvirt/vcpu0", "4");
    host.add_thread(300, "helper", "machine.slice/a.scope-b", "5");
    host.add_kthread(10, "kthreadd", "0-7");
    host.add_irq(30, "eth0", "0-3");
    before = read_snapshot(host, topology);
    host.fail_read = [this](const std::string& path) {
      read.push_back(path);
      return 0;
    };
  }

  HostSnapshot look(const Area& area) { return look_again(host, topology, before, {}, area); }
  [[nodiscard]] static std::vector<int> tids(const std::vector<ThreadState>& threads) {
    std::vector<int> all;
    for (const auto& thread : threads) all.push_back(thread.id.tid);
    std::ranges::sort(all);
    return all;
  }
  /// But for how much memory is free, a look tells the same as the first one.
  static void expect_same(const HostSnapshot& a, const HostSnapshot& b) {
    EXPECT_EQ(a.cgroups.size(), b.cgroups.size());
    EXPECT_EQ(tids(a.threads), tids(b.threads));
    EXPECT_EQ(tids(a.domain_threads), tids(b.domain_threads));
    EXPECT_EQ(a.irqs.size(), b.irqs.size());
    EXPECT_EQ(a.default_irq_affinity, b.default_irq_affinity);
  }

  FakeHost host{8};
  Topology topology = make_topology({.cores_per_cache = 8});
  HostSnapshot before;
  std::vector<std::string> read;
};

TEST_F(LookAgain, WhereNothingHasChangedFindsTheSame) {
  expect_same(look({}), before);
  expect_same(look({.cgroups = {"machine.slice"}, .machine = false}), before);
  expect_same(look({.cgroups = {"machine.slice/a.scope"}, .machine = false}), before);
  expect_same(look({.settled = Area::Scopes{"machine.slice/a.scope"}}), before);
  expect_same(look({.cgroups = {}, .threads = {10, 100}, .machine = false}), before);
}

TEST_F(LookAgain, ReadsNoOtherCgroupsThanThoseOfTheArea) {
  static_cast<void>(look({.cgroups = {"machine.slice/a.scope"}, .machine = false}));
  for (const auto& path : read)
    EXPECT_TRUE(!path.starts_with("sys/fs/cgroup/") || path.starts_with("sys/fs/cgroup/machine.slice/a.scope/") ||
                path == "sys/fs/cgroup/machine.slice/cpuset.cpus.effective" ||
                path == "sys/fs/cgroup/cgroup.controllers")
        << path;
  EXPECT_THAT(read, testing::Not(testing::Contains("proc/irq/30/smp_affinity_list")));
}

TEST_F(LookAgain, KnowsAnInterruptByItsNumberUnlessDevicesCameOrWent) {
  const auto action_of_30 = [&](const Area& area) { return look(area).irq(30)->actions; };
  host.remove_irq(30);
  host.add_irq(30, "nvme0", "0-3");
  EXPECT_THAT(action_of_30({}), testing::ElementsAre("eth0"));
  EXPECT_THAT(action_of_30({.devices = true}), testing::ElementsAre("nvme0"));
}

TEST_F(LookAgain, WhereDevicesCameOrWentReadsNoCgroupForThat) {
  static_cast<void>(look({.cgroups = {}, .machine = false, .devices = true}));
  EXPECT_THAT(read, testing::Contains("proc/irq/30/smp_affinity_list"));
  EXPECT_THAT(read, testing::Each(testing::Not(testing::HasSubstr("slice"))));
}

TEST_F(LookAgain, SeesWhatIsNewInTheAreaAndWhatIsGone) {
  host.add_cgroup("machine.slice/c.scope");
  host.add_thread(400, "new", "machine.slice/c.scope", "6");
  host.remove_cgroup("machine.slice/a.scope");
  host.remove_thread(100);
  const auto now = look({.cgroups = {"machine.slice"}, .machine = false});
  EXPECT_TRUE(now.cgroups.contains("machine.slice/c.scope"));
  EXPECT_TRUE(now.cgroups.contains("machine.slice/a.scope-b"));
  EXPECT_FALSE(now.cgroups.contains("machine.slice/a.scope"));
  EXPECT_TRUE(now.domain_threads.empty());
  EXPECT_EQ(tids(now.threads), (std::vector<int>{10, 100, 300, 400})) << "100 is outside of the area";
}

TEST_F(LookAgain, AtACgroupThatIsGoneForgetsIt) {
  host.remove_cgroup("machine.slice/a.scope");
  const auto now = look({.cgroups = {"machine.slice/a.scope"}, .machine = false});
  EXPECT_FALSE(now.cgroups.contains("machine.slice/a.scope"));
  EXPECT_FALSE(now.cgroups.contains("machine.slice/a.scope/libvirt/vcpu0"));
  EXPECT_TRUE(now.cgroups.contains("machine.slice/a.scope-b"));
}

TEST_F(LookAgain, LeavesWhatIsSettledAsItWas) {
  ASSERT_TRUE(host.set_affinity(200, CpuSet{5}));
  ASSERT_TRUE(host.set_affinity(300, CpuSet{6}));
  const auto now = look({.settled = Area::Scopes{"machine.slice/a.scope"}});
  EXPECT_EQ(now.domain_threads.front().affinity, CpuSet{4});
  for (const auto& thread : now.threads)
    if (thread.id.tid == 300) {
      EXPECT_EQ(thread.affinity, CpuSet{6});
    }
}

TEST_F(LookAgain, AtSingleThreadsTakesThemAsTheyAreNow) {
  host.add_kthread(11, "kvm-nx-lpage", "0-6");
  ASSERT_TRUE(host.set_affinity(10, CpuSet{7}));
  const auto now = look({.cgroups = {}, .threads = {10, 11, 12}, .machine = false});
  EXPECT_EQ(tids(now.threads), (std::vector<int>{10, 11, 100, 200, 300}));
  for (const auto& thread : now.threads)
    if (thread.id.tid == 10) {
      EXPECT_EQ(thread.affinity, CpuSet{7});
    }
}

TEST_F(LookAgain, AThreadThatHasComeIntoTheAreaIsOnlyThere) {
  host.remove_thread(100);
  host.add_thread(100, "server", "machine.slice/a.scope/libvirt/vcpu0", "1-2");
  const auto now = look({.cgroups = {"machine.slice"}, .machine = false});
  EXPECT_EQ(tids(now.threads), tids(before.threads));
  for (const auto& thread : now.threads)
    if (thread.id.tid == 100) {
      EXPECT_EQ(thread.cgroup, "machine.slice/a.scope/libvirt/vcpu0");
    }
}

TEST_F(LookAgain, ASettledCgroupThatIsGoneIsForgotten) {
  host.remove_cgroup("machine.slice/a.scope");
  const auto now = look({.settled = Area::Scopes{"machine.slice/a.scope"}});
  EXPECT_FALSE(now.cgroups.contains("machine.slice/a.scope"));
  EXPECT_FALSE(now.cgroups.contains("machine.slice/a.scope/libvirt/vcpu0"));
  EXPECT_TRUE(now.domain_threads.empty());
  EXPECT_TRUE(now.cgroups.contains("machine.slice/a.scope-b"));
}

TEST_F(LookAgain, ASettledCgroupThatIsGoneIsNamed) {
  host.remove_cgroup("machine.slice/a.scope");
  const auto now = look({.cgroups = {"system.slice"}, .settled = Area::Scopes{"machine.slice/a.scope"}});
  EXPECT_THAT(now.gone, testing::ElementsAre("machine.slice/a.scope"));
  EXPECT_TRUE(look({.settled = Area::Scopes{"machine.slice/a.scope-b"}}).gone.empty());
}

TEST_F(LookAgain, AtASettledCgroupThatSomethingHappenedToIsALookAtIt) {
  ASSERT_TRUE(host.set_affinity(200, CpuSet{5}));
  const auto now =
      look({.settled = Area::Scopes{"machine.slice/a.scope"}, .unsettled = {"machine.slice/a.scope", "another"}});
  EXPECT_EQ(now.domain_threads.front().affinity, CpuSet{5});
}

TEST_F(LookAgain, OfThousandsOfThreadsSeesTheSameAsOfFew) {
  host.fail_read = {};
  for (int service = 0; service < 10; ++service) {
    const auto cgroup = fmt::format("system.slice/{}.service", service);
    host.add_cgroup(cgroup);
    for (int thread = 0; thread < 300; ++thread)
      host.add_thread(1000 * (service + 1) + thread, "one of many", cgroup, thread == service ? "3" : "0-7");
  }
  std::vector<int> narrow;
  for (int service = 0; service < 10; ++service) narrow.push_back(1000 * (service + 1) + service);
  for (const auto& now : {look({}), read_snapshot(host, topology)}) {
    for (int service = 0; service < 10; ++service)
      EXPECT_EQ(now.cgroups.at(fmt::format("system.slice/{}.service", service)).threads, 300U);
    auto expected = tids(before.threads);
    expected.insert(expected.end(), narrow.begin(), narrow.end());
    EXPECT_EQ(tids(now.threads), expected);
  }
}

TEST_F(LookAgain, AThreadToldOfIsReadAnewAlsoWhereAnotherHadItsNumber) {
  host.remove_thread(10);
  host.add_kthread(10, "another", "0-7");
  const auto now = look({.cgroups = {}, .threads = {10}, .machine = false});
  for (const auto& thread : now.threads)
    if (thread.id.tid == 10) {
      EXPECT_EQ(thread.name, "another");
    }
}

TEST(LookAtCgroups, AsksButOneOfThoseInOneCgroupForACpusetWhereNoneHasOne) {
  FakeHost host(8);
  host.add_cgroup("system.slice");
  for (const auto* service : {"a.service", "b.service", "c.service"})
    host.add_cgroup(std::string("system.slice/") + service, false);
  std::size_t asked = 0;
  host.fail_read = [&](const std::string& path) {
    if (path.ends_with(".service/cpuset.cpus")) ++asked;
    return 0;
  };
  const auto seen = read_snapshot(host, make_topology({.cores_per_cache = 8}));
  EXPECT_EQ(asked, 1U);
  EXPECT_EQ(seen.cgroups.size(), 5U);
  EXPECT_FALSE(seen.cgroups.at("system.slice/c.service").has_cpuset);
  EXPECT_TRUE(seen.cgroups.at("system.slice").has_cpuset);
}

/// The cgroups of which a look at such a kernel lists the threads.
std::set<std::string> listed(FakeHost::Kernel kernel, Threads threads, bool with_cpusets = true) {
  FakeHost host(8, kernel);
  for (const auto* cgroup : {"system.slice", "system.slice/a.service", "machine.slice", "machine.slice/a.scope"})
    host.add_cgroup(cgroup, with_cpusets);
  host.add_cgroup("system.slice/a.service/inner", false);
  std::set<std::string> found;
  host.fail_read = [&](const std::string& path) {
    constexpr std::string_view before = "sys/fs/cgroup/";
    constexpr std::string_view after = "cgroup.threads";
    if (path.ends_with(after)) found.insert(path.substr(before.size(), path.size() - before.size() - after.size()));
    return 0;
  };
  static_cast<void>(read_snapshot(host, make_topology({.cores_per_cache = 8}), {}, threads));
  return found;
}

TEST(LookAtThreads, IsAtThoseWhoseMaskAPlanMustKnow) {
  const std::set<std::string> every = {"",
                                       "machine.slice/",
                                       "machine.slice/a.scope/",
                                       "system.slice/",
                                       "system.slice/a.service/",
                                       "system.slice/a.service/inner/"};
  EXPECT_EQ(listed(FakeHost::Kernel::overwrites_masks, Threads::of_plans), every) << "a set overwrites each";
  const std::set<std::string> few = {"", "machine.slice/a.scope/"};
  EXPECT_EQ(listed(FakeHost::Kernel::keeps_masks, Threads::of_plans), few);
  EXPECT_EQ(listed(FakeHost::Kernel::keeps_masks, Threads::of_plans, false), every) << "no set carries them";
  EXPECT_EQ(listed(FakeHost::Kernel::keeps_masks, Threads::all), every);
}

}  // namespace
}  // namespace acdr::test
