// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "host/knob_store.hpp"

namespace acdr {

/// cpuset.cpus, cpuset.cpus.exclusive and cpuset.cpus.partition (Documentation/admin-guide/cgroup-v2.rst).
[[nodiscard]] std::unique_ptr<KnobBackend> cgroup_backend(HostAccess& host, const CpuSet& possible);
/// sched_setaffinity(2) and sched_setattr(2) of user and kernel threads, told apart from a reused id by their start
/// time.
[[nodiscard]] std::unique_ptr<KnobBackend> thread_backend(HostAccess& host, const Topology& topology);
/// /proc/irq/N/smp_affinity_list and default_smp_affinity (Documentation/core-api/irq/irq-affinity.rst).
[[nodiscard]] std::unique_ptr<KnobBackend> irq_backend(HostAccess& host, const Topology& topology);
/// /sys/devices/virtual/workqueue (Documentation/core-api/workqueue.rst).
[[nodiscard]] std::unique_ptr<KnobBackend> workqueue_backend(HostAccess& host);
/// nr_hugepages of a size on a node (Documentation/admin-guide/mm/hugetlbpage.rst).
[[nodiscard]] std::unique_ptr<KnobBackend> huge_page_backend(HostAccess& host);
/// rps_cpus, xps_cpus and rps_flow_cnt of a NIC's queues, and the table behind the latter
/// (Documentation/networking/scaling.rst).
[[nodiscard]] std::unique_ptr<KnobBackend> queue_backend(HostAccess& host);
/// Rules that put what comes for an address into a queue of a NIC, and whether they count: ethtool -N, ethtool -K
/// ntuple.
[[nodiscard]] std::unique_ptr<KnobBackend> flow_rule_backend(HostAccess& host);
/// Parameters of KVM's modules that only loading the module anew changes (/sys/module/M/parameters).
[[nodiscard]] std::unique_ptr<KnobBackend> module_backend(HostAccess& host);
/// Text files below /proc/sys and /sys; of "always [madvise] never" the chosen word.
[[nodiscard]] std::unique_ptr<KnobBackend> setting_backend(HostAccess& host);
/// Resource groups of resctrl and the default one's share of the L3, under the lock that libvirt takes for its own
/// groups (Documentation/arch/x86/resctrl.rst).
[[nodiscard]] std::unique_ptr<KnobBackend> resctrl_backend(HostAccess& host);
/// The CPUs irqbalance bans, through its socket (irqbalance-ui's protocol).
[[nodiscard]] std::unique_ptr<KnobBackend> irqbalance_backend(HostAccess& host);

}  // namespace acdr
