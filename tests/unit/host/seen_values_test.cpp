// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/seen_values.hpp"

#include <gtest/gtest.h>

#include "host/knob_store.hpp"
#include "support/fake_host.hpp"
#include "support/topologies.hpp"

namespace acdr::test {
namespace {

class SeenValuesTest : public testing::Test {
 protected:
  SeenValuesTest() {
    host.add_cgroup("system.slice");
    host.add_cgroup("system.slice/plain.service", false);
    host.add_thread(100, "server", "system.slice", "1-2");
    host.add_kthread(10, "kthreadd", "0-7");
    host.add_kthread(11, "kworker/1:0", "1", true);
    host.add_irq(30, "eth0", "0-3");
    host.add_irq(31, "nvme0q1", "4", true);
    snapshot = read_snapshot(host, topology);
  }
  [[nodiscard]] KnobId thread(KnobKind kind, int tid) const {
    for (const auto& state : snapshot.threads)
      if (state.id.tid == tid) return {kind, state.id.to_string()};
    return {kind, ThreadId{tid, 0}.to_string()};
  }

  FakeHost host{8};
  Topology topology = make_topology({.cores_per_cache = 8});
  KnobStore knobs{host, topology};
  HostSnapshot snapshot;
};

TEST_F(SeenValuesTest, AreWhatTheBackendsRead) {
  const SeenValues seen(snapshot);
  for (const auto& knob : {KnobId{KnobKind::cgroup_cpus, "system.slice"}, thread(KnobKind::kthread_affinity, 10),
                           KnobId{KnobKind::irq_affinity, "30"}, KnobId{KnobKind::irq_default_affinity, ""}}) {
    const auto value = seen.of(knob);
    ASSERT_TRUE(value) << knob.to_string();
    EXPECT_EQ(*value, knobs.read(knob).value()) << knob.to_string();
  }
}

TEST_F(SeenValuesTest, HoldNothingThatIsNotThere) {
  const SeenValues seen(snapshot);
  for (const auto& knob :
       {KnobId{KnobKind::cgroup_cpus, "system.slice/plain.service"}, KnobId{KnobKind::cgroup_cpus, "gone.slice"},
        KnobId{KnobKind::irq_affinity, "99"}, KnobId{KnobKind::irq_affinity, "x"},
        thread(KnobKind::kthread_affinity, 11), thread(KnobKind::thread_affinity, 10),
        KnobId{KnobKind::kthread_affinity, "10@4711"}, KnobId{KnobKind::kthread_affinity, "nonsense"},
        KnobId{KnobKind::sysctl, "kernel.numa_balancing"}})
    EXPECT_FALSE(seen.of(knob)) << knob.to_string();
}

TEST_F(SeenValuesTest, OfAKernelThreadAreNoneWhileACpuIsOffline) {
  snapshot.topology.online = snapshot.topology.online - CpuSet{7};
  EXPECT_FALSE(SeenValues(snapshot).of(thread(KnobKind::kthread_affinity, 10)));
}

TEST_F(SeenValuesTest, SayWhichCgroupAThreadIsIn) {
  const SeenValues seen(snapshot);
  const auto* cgroup = seen.cgroup_of(thread(KnobKind::kthread_affinity, 10));
  ASSERT_NE(cgroup, nullptr);
  EXPECT_EQ(*cgroup, "");
  EXPECT_EQ(seen.cgroup_of({KnobKind::kthread_affinity, "10@4711"}), nullptr);
}

TEST_F(SeenValuesTest, OfWhatIsSettledAreTheSetsAndNotTheMasksOfItsThreads) {
  const SeenValues seen(snapshot, Area{.settled = Area::Scopes{"system.slice"}});
  EXPECT_TRUE(seen.of({KnobKind::cgroup_cpus, "system.slice"}));
  EXPECT_FALSE(seen.of(thread(KnobKind::thread_affinity, 100)));
}

}  // namespace
}  // namespace acdr::test
