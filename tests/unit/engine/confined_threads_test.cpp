// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/confined_threads.hpp"

#include <gtest/gtest.h>

namespace acdr::test {
namespace {

const std::string scope = "machine.slice/a.scope";
const std::string emulator = scope + "/libvirt/emulator";

HostSnapshot host_with_thread_in(const std::string& cgroup, bool keeps_thread_masks = false) {
  HostSnapshot snapshot;
  snapshot.keeps_thread_masks = keeps_thread_masks;
  snapshot.threads = {{.id = {7, 1}, .name = "qemu", .cgroup = cgroup}};
  return snapshot;
}

std::vector<CpuSet> confined_to(const HostSnapshot& host, std::vector<Wish> of_plugins) {
  std::vector<CpuSet> found;
  for (const Wish& wish : confined_with_their_cgroups(host, std::move(of_plugins)))
    if (wish.knob == KnobId{KnobKind::thread_affinity, "7@1"})
      if (const auto* confine = std::get_if<Confine>(&wish.want)) found.push_back(confine->cpus);
  return found;
}

Wish confined(const std::string& cgroup, const CpuSet& cpus) {
  return {{KnobKind::cgroup_cpus, cgroup}, Confine{cpus}, Reasons("of a test"), {}};
}

const std::vector<CpuSet> none;

TEST(ConfinedThreads, HaveWhatEachCgroupAboveThemIsConfinedTo) {
  const std::vector<Wish> wishes{confined(emulator, {4}), confined(scope, {2, 4}), confined("system.slice", {0})};
  EXPECT_EQ(confined_to(host_with_thread_in(emulator), wishes), (std::vector<CpuSet>{{4}, {2, 4}}));
  EXPECT_EQ(confined_to(host_with_thread_in(scope), wishes), (std::vector<CpuSet>{{2, 4}}));
  EXPECT_EQ(confined_to(host_with_thread_in("user.slice"), wishes), none);
  EXPECT_EQ(confined_to(host_with_thread_in(""), wishes), none);
}

TEST(ConfinedThreads, AreLeftToAKernelThatKeepsTheirMasks) {
  EXPECT_EQ(confined_to(host_with_thread_in(emulator, true), {confined(emulator, {4})}), none);
  const Wish excluded{{KnobKind::thread_affinity, "7@1"}, Exclude{{6}}, Reasons("of a test"), {}};
  EXPECT_EQ(confined_to(host_with_thread_in(emulator, true), {confined(emulator, {4}), excluded}),
            (std::vector<CpuSet>{{4}}));
}

TEST(ConfinedThreads, OfTheKernelHaveNoCgroupThatCouldBeConfined) {
  auto host = host_with_thread_in(emulator);
  host.threads.front().kernel = true;
  EXPECT_EQ(confined_to(host, {confined(emulator, {4})}), none);
}

}  // namespace
}  // namespace acdr::test
