// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/seen_values.hpp"

namespace acdr {
namespace {

void add_cgroups(const HostSnapshot& host, KnobValues& values) {
  const CpuSet& possible = host.topology.possible;
  for (const auto& [path, cgroup] : host.cgroups)
    if (cgroup.has_cpuset)
      values.emplace(KnobId{KnobKind::cgroup_cpus, path}, possible.subset_of(cgroup.cpus) ? possible : cgroup.cpus);
}

/// Of a kernel thread's mask a snapshot has only the CPUs that are online.
void add_threads(const HostSnapshot& host, KnobValues& values) {
  const bool whole = host.topology.possible.subset_of(host.topology.online);
  for (const auto& thread : host.threads) {
    if (!thread.movable || (thread.kernel && !whole)) continue;
    const auto kind = thread.kernel ? KnobKind::kthread_affinity : KnobKind::thread_affinity;
    values.emplace(KnobId{kind, thread.id.to_string()}, thread.affinity);
  }
}

void add_interrupts(const HostSnapshot& host, KnobValues& values) {
  for (const auto& irq : host.irqs)
    if (!irq.affinity.empty())
      values.emplace(KnobId{KnobKind::irq_affinity, fmt::format("{}", irq.number)}, irq.affinity);
  if (host.default_irq_affinity) values.emplace(KnobId{KnobKind::irq_default_affinity, ""}, *host.default_irq_affinity);
}

}  // namespace

KnobValues seen_values(const HostSnapshot& host) {
  KnobValues values;
  add_cgroups(host, values);
  add_threads(host, values);
  add_interrupts(host, values);
  return values;
}

}  // namespace acdr
