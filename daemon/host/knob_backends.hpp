// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "host/knob_store.hpp"

namespace acdr {

/// cpuset.cpus, cpuset.cpus.exclusive and cpuset.cpus.partition (Documentation/admin-guide/cgroup-v2.rst).
[[nodiscard]] std::unique_ptr<KnobBackend> cgroup_backend(HostAccess& host, const CpuSet& possible);
/// sched_setaffinity(2) of user and kernel threads, told apart from a reused id by their start time.
[[nodiscard]] std::unique_ptr<KnobBackend> thread_backend(HostAccess& host);
/// /proc/irq/N/smp_affinity_list and default_smp_affinity (Documentation/core-api/irq/irq-affinity.rst).
[[nodiscard]] std::unique_ptr<KnobBackend> irq_backend(HostAccess& host);
/// /sys/devices/virtual/workqueue (Documentation/core-api/workqueue.rst).
[[nodiscard]] std::unique_ptr<KnobBackend> workqueue_backend(HostAccess& host);
/// The CPUs irqbalance bans, through its socket (irqbalance-ui's protocol).
[[nodiscard]] std::unique_ptr<KnobBackend> irqbalance_backend(HostAccess& host);

}  // namespace acdr
