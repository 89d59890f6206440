// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "host/snapshot.hpp"

namespace acdr {

/// Each fills in its part of the snapshot, from one kernel interface, and takes from an `earlier` one (null if there is
/// none) what hardly ever changes. What vanishes while it is read is left out.
void read_cgroup_version(const HostAccess& host, HostSnapshot& snapshot);
void read_rules_of_threads(const HostAccess& host, const HostSnapshot* earlier, HostSnapshot& snapshot);
/// Those of the area, into a snapshot that has the others.
void read_cgroups_and_threads(const HostAccess& host, const std::set<int>& followed, const Area& area, Threads threads,
                              HostSnapshot& snapshot);
void read_irqs(const HostAccess& host, const HostSnapshot* earlier, HostSnapshot& snapshot);
void read_unbound_work(const HostAccess& host, HostSnapshot& snapshot);
void read_nics(const HostAccess& host, const HostSnapshot* earlier, HostSnapshot& snapshot);
void read_memory(const HostAccess& host, HostSnapshot& snapshot);
void read_scheduler(const HostAccess& host, const HostSnapshot* earlier, HostSnapshot& snapshot);
void read_kvm(const HostAccess& host, HostSnapshot& snapshot);
void read_cache_control(const HostAccess& host, const HostSnapshot* earlier, HostSnapshot& snapshot);
void read_irqbalance(const HostAccess& host, HostSnapshot& snapshot);

/// A file with one CPU list; none if it is not there or empty.
[[nodiscard]] std::optional<CpuSet> read_cpu_list(const HostAccess& host, const std::string& path);

}  // namespace acdr
