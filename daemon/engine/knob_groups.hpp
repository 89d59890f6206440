// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "host/knob.hpp"

namespace acdr {

// What the order of writing and the treatment of failures know of kinds of knobs.

/// Masks of threads: a write to their cpuset, or a partition that comes or goes, changes them too.
constexpr bool is_thread_mask(KnobKind kind) {
  return kind == KnobKind::thread_affinity || kind == KnobKind::kthread_affinity;
}
constexpr bool is_of_thread(KnobKind kind) { return is_thread_mask(kind) || kind == KnobKind::thread_policy; }
constexpr bool is_partition(KnobKind kind) {
  return kind == KnobKind::cgroup_partition || kind == KnobKind::cgroup_exclusive;
}
constexpr bool is_of_cgroup(KnobKind kind) {
  return kind == KnobKind::cgroup_cpus || kind == KnobKind::cgroup_mems || is_partition(kind);
}
/// What changes the masks of threads when it is written.
constexpr bool moves_threads(KnobKind kind) { return kind == KnobKind::cgroup_cpus || is_partition(kind); }
constexpr bool is_queue(KnobKind kind) {
  return kind == KnobKind::queue_rps || kind == KnobKind::queue_xps || kind == KnobKind::flow_table ||
         kind == KnobKind::queue_flows;
}
constexpr bool is_balloon(KnobKind kind) { return kind == KnobKind::balloon_polling || kind == KnobKind::balloon_size; }

constexpr bool is_cache_share(KnobKind kind) { return kind == KnobKind::cache_group || kind == KnobKind::cache_share; }
/// What a NIC does with flows by itself.
constexpr bool is_flow_rule(KnobKind kind) { return kind == KnobKind::flow_steering || kind == KnobKind::flow_rule; }

}  // namespace acdr
