// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/cpu_set.hpp"
#include "host/cache_ways.hpp"

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

namespace acdr {

/// The kinds of host state acdr sets. The order is the order of writing within one stage.
enum class KnobKind {
  module_parameter,      ///< "module:kvm_amd:nested": a parameter that only loading the module anew changes, its text
  huge_pages,            ///< "hugepages:node1:2MiB": reserved huge pages of a size on a node, a count
  cgroup_mems,           ///< "cgroup:machine.slice/x.scope:mems": cpuset.mems; an empty file reads as all nodes
  irqbalance_banned,     ///< "irqbalance:527:banned": CPUs the running irqbalance keeps interrupts off
  irq_default_affinity,  ///< "irq:default:affinity": /proc/irq/default_smp_affinity
  cgroup_cpus,           ///< "cgroup:system.slice:cpus": cpuset.cpus; an empty file reads as all possible CPUs
  cgroup_exclusive,      ///< "cgroup:machine.slice:exclusive": cpuset.cpus.exclusive (Linux 6.7)
  cgroup_partition,      ///< "cgroup:machine.slice/x.scope:partition": cpuset.cpus.partition, a word
  workqueue_mask,        ///< "workqueue:unbound:cpus"; "workqueue:writeback:cpus" of an earlier acdr
  irq_affinity,          ///< "irq:45:affinity": /proc/irq/45/smp_affinity_list
  kthread_affinity,  ///< "kthread:87@1234:affinity": sched_setaffinity(2); 1234 is the start time, so that ids can be
                     ///< reused
  thread_affinity,   ///< "thread:4711@5678:affinity": the same for a thread of a process
  queue_rps,         ///< "net:tap0:rx-0:rps": CPUs that take the packets of a receive queue on (rps_cpus)
  queue_xps,         ///< "net:eth0:tx-3:xps": CPUs that send through a transmit queue (xps_cpus)
  flow_table,        ///< "rfs:entries": size of the table of flows and their readers (net.core.rps_sock_flow_entries)
  queue_flows,       ///< "net:eth0:rx-0:flows": how many flows of a receive queue are steered to their readers
                     ///< (rps_flow_cnt)
  sysctl,            ///< "sysctl:kernel.numa_balancing": a file below /proc/sys, its text
  sysfs,             ///< "sysfs:kernel/mm/ksm/run": a file below /sys, its text, or its chosen word
  flow_steering,     ///< "net:eth0:ntuple": whether the NIC's own flow rules count ("on", "off")
  flow_rule,        ///< "net:eth0:52:54:00:12:34:56:flow": the queue that takes the packets to this address ("queue 3",
                    ///< "none")
  cache_group,      ///< "resctrl:acdr-UUID:group": a resource group of acdr's with all it has ("cpus=2-3 L3:0=ff0
                    ///< MB:0=50"), or "absent"
  cache_share,      ///< "resctrl:/:L3": the L3 ways of a group that is there already ("/" the default one)
  balloon_polling,  ///< "balloon:UUID:polling": how often libvirt polls the guest's balloon, seconds; 0 never
  balloon_size,     ///< "balloon:UUID:size": the memory a guest is left with, KiB
  thread_policy,    ///< "thread:4711@5678:policy": scheduling policy, as Scheduling::to_string
};

/// One addressable piece of host state.
struct KnobId {
  KnobKind kind = KnobKind::cgroup_cpus;
  /// Cgroup path below the cgroup root, IRQ number, "tid@starttime", work queue, pid of irqbalance, "node:size",
  /// "interface:queue", none for the flow table, sysctl with dots or slashes, path below /sys, "module:parameter",
  /// interface, "interface:address", resource group, "group:resource", uuid.
  std::string object;

  friend auto operator<=>(const KnobId&, const KnobId&) = default;
  /// "irq:45:affinity"; what users, ledger and logs see.
  [[nodiscard]] std::string to_string() const;
  /// The inverse of to_string. Error (usage): not a knob name.
  [[nodiscard]] static Result<KnobId> parse(std::string_view text);
};

/// For sets without an order.
struct KnobHash {
  [[nodiscard]] std::size_t operator()(const KnobId& knob) const {
    return std::hash<std::string>()(knob.object) ^ static_cast<std::size_t>(knob.kind);
  }
};

/// How many: pages, flows.
struct Count {
  std::uint64_t value = 0;
  friend auto operator<=>(const Count&, const Count&) = default;
};

/// A CPU set, a text (partition state, sysctl), a count, a node set, or ways of caches.
using KnobValue = std::variant<CpuSet, std::string, Count, NodeSet, CacheWays>;

/// For people: a CPU or node list ("none" when empty), the text or the number.
[[nodiscard]] std::string to_text(const KnobValue& value);
/// For the ledger, reversible: "cpus=2-3", "word=member", "count=4", "nodes=0", "ways=0=ff0".
[[nodiscard]] std::string serialise(const KnobValue& value);
[[nodiscard]] Result<KnobValue> parse_knob_value(std::string_view text);

/// "tid@starttime" of thread knobs.
struct ThreadId {
  int tid = 0;
  std::uint64_t start_time = 0;  ///< field 22 of /proc/TID/stat, clock ticks since boot
  friend auto operator<=>(const ThreadId&, const ThreadId&) = default;
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] static Result<ThreadId> parse(std::string_view text);
};

}  // namespace acdr
