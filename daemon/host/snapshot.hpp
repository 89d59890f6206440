// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/shared.hpp"
#include "host/access.hpp"
#include "host/knob.hpp"
#include "host/topology.hpp"

namespace acdr {

/// A cgroup (v2) by its path below the cgroup root; "" is the root itself.
struct CgroupState {
  bool has_cpuset = false;     ///< the cpuset controller is on here
  bool has_exclusive = false;  ///< cpuset.cpus.exclusive exists: remote partitions work (Linux 6.7)
  CpuSet cpus;                 ///< cpuset.cpus; all possible CPUs where the file is empty
  CpuSet effective;            ///< cpuset.cpus.effective; the parent's where the controller is off
  std::size_t threads = 0;     ///< threads in this very cgroup, where they were looked at
};

/// A thread of a process, or a kernel thread.
struct ThreadState {
  ThreadId id;
  std::string name;    ///< comm
  std::string cgroup;  ///< path of its cgroup
  CpuSet affinity;
  bool kernel = false;  ///< PF_KTHREAD
  bool movable = true;  ///< false with PF_NO_SETAFFINITY: per-CPU kthreads, kworkers
};

enum class IrqMobility {
  movable,
  fixed,  ///< kernel-managed (virtio-blk, NVMe queues) or not steerable at all: writing is refused with EIO or EPERM
};

struct IrqState {
  unsigned number = 0;
  std::vector<std::string> actions;  ///< names of the handlers, "enp33s0-TxRx-0"; empty for an unused IRQ
  CpuSet affinity;
  CpuSet effective;
  IrqMobility mobility = IrqMobility::movable;
};

/// "IRQ 41 (uplink0-TxRx-0)".
[[nodiscard]] std::string describe(const IrqState& irq);

/// A network interface of hardware ("eth0") or of a kernel driver ("tap0", "br0").
struct NicState {
  std::string name;
  std::optional<unsigned> node;
  std::vector<unsigned> irqs;
  bool hardware = false;               ///< it has a device below it
  std::vector<std::string> rx_queues;  ///< "rx-0", in the order of their numbers
  std::vector<std::string> tx_queues;  ///< "tx-0"
  bool flow_rules = false;             ///< it takes rules that put a flow into a queue (ntuple)
};

/// What a resource group of resctrl has.
struct CacheGroup {
  CpuSet cpus;                             ///< tasks of the default group use this group's share on these CPUs
  CacheWays l3;                            ///< empty where L3 cannot be shared out
  std::map<unsigned, unsigned> bandwidth;  ///< by cache id: memory bandwidth, percent; empty where that cannot be

  friend bool operator==(const CacheGroup&, const CacheGroup&) = default;
  /// "cpus=2-3 L3:0=ff0;1=fff MB:0=50;1=100".
  [[nodiscard]] std::string to_string() const;
  /// The inverse. Error (usage): not such a text.
  [[nodiscard]] static Result<CacheGroup> parse(std::string_view text);
};

/// resctrl (Documentation/arch/x86/resctrl.rst), where it is mounted.
struct CacheControl {
  std::map<unsigned, CpuSet> caches;         ///< L3 caches by id: the online CPUs that use each
  std::optional<std::uint32_t> l3_ways;      ///< info/L3/cbm_mask: all ways; none where L3 cannot be shared out
  unsigned l3_least_ways = 1;                ///< info/L3/min_cbm_bits
  std::uint32_t l3_device_ways = 0;          ///< info/L3/shareable_bits: devices fill these as well
  bool code_and_data = false;                ///< mounted with cdp: code and data have masks of their own
  std::optional<unsigned> least_bandwidth;   ///< info/MB/min_bandwidth; none where bandwidth cannot be shared out
  unsigned bandwidth_step = 10;              ///< info/MB/bandwidth_gran
  bool bandwidth_in_percent = true;          ///< false with mba_MBps, and on AMD
  unsigned most_groups = 0;                  ///< the least num_closids
  std::map<std::string, CacheGroup> groups;  ///< by name, "" the default one
};

/// Groups of acdr's own begin with this.
inline constexpr std::string_view cache_group_prefix = "acdr-";
/// What the knob of a group says that is not there.
inline constexpr std::string_view absent_group = "absent";

/// Huge pages of one size on one node.
struct HugePages {
  std::uint64_t total = 0;
  std::uint64_t free = 0;
};

/// The memory of one node as it is now.
struct NodeMemory {
  Bytes free;        ///< MemFree of the node's meminfo
  Bytes page_cache;  ///< file pages, which the kernel gives up for huge ones
  std::map<Bytes, HugePages> huge_pages;
};

/// What matters of a host at one moment. Planning sees the host only through this.
struct HostSnapshot {
  Topology topology;
  bool cgroup_v2 = false;  ///< a unified hierarchy is mounted at sys/fs/cgroup
  bool cgroup_v1 = false;  ///< something else is: version 1, alone or beside version 2
  /// What a thread asked for by sched_setaffinity(2) survives changes of its cpuset: while it may not have all of that,
  /// it has what it may, and all of it again afterwards (Linux 6.2, kernel/sched/core.c, user_cpus_ptr).
  bool keeps_thread_masks = false;
  std::map<std::string, CgroupState> cgroups;
  /// All kernel threads; of the others those narrower than their cgroup or in the root cgroup. Where the kernel keeps
  /// their masks, the narrower ones only in cgroups whose threads no cpuset carries, and in those of machines.
  std::vector<ThreadState> threads;
  std::vector<ThreadState> domain_threads;  ///< all threads in the cgroups libvirt makes for a domain's vCPUs, emulator
                                            ///< and iothreads
  std::vector<IrqState> irqs;               ///< by number
  std::optional<CpuSet> default_irq_affinity;
  /// The kernel has a mask for all unbound work. It bounds those work queues as well that have one of their own.
  bool has_unbound_work_mask = false;
  std::vector<NicState> nics;  ///< those of hardware; what acdr keeps interrupts and helpers apart for
  std::vector<NicState> virtual_nics;
  std::map<unsigned, NodeMemory> memory;         ///< by node
  std::map<std::string, std::string> bridge_of;  ///< port -> bridge it belongs to
  std::map<std::string, unsigned> pci_nodes;     ///< "0000:21:00.0" -> NUMA node, where it has one
  bool task_slices = false;                      ///< sched_setattr(2) takes a slice for each fair task (Linux 6.12)
  std::set<std::string> scheduler_tunables;      ///< files in /sys/kernel/debug/sched
  std::string kvm_module;                        ///< "kvm_intel", "kvm_amd" or "" when neither is loaded
  std::map<std::string, std::string> kvm_parameters;  ///< of its parameters those of interest, "nested" -> "Y"
  std::optional<unsigned> kvm_users;                  ///< what holds it: VMs; none where it is part of the kernel
  bool has_resctrl = false;                           ///< kernel and processor have it, mounted or not
  std::optional<CacheControl> cache_control;          ///< none where resctrl is not mounted
  std::optional<std::string> irqbalance;              ///< pid of the running irqbalance, from its socket's name
  std::vector<std::string> gone;                      ///< scopes that were settled, see Area, and are no more

  [[nodiscard]] const IrqState* irq(unsigned number) const;
  /// These threads (by tid) were given other masks since.
  void update_masks(const std::unordered_map<int, CpuSet>& masks);
  /// The cgroup whose set bounds this one: itself or the nearest above that has the cpuset controller; "" the root.
  [[nodiscard]] std::string bounding_cgroup(std::string cgroup) const;
};

/// For paths of cgroups without an order: hundreds of them begin alike, which makes comparing them slow.
struct PathHash {
  using is_transparent = void;
  [[nodiscard]] std::size_t operator()(std::string_view path) const { return std::hash<std::string_view>()(path); }
};

/// Where something may have changed since a host was last looked at.
struct Area {
  using Cgroups = std::set<std::string, std::less<>>;
  using Scopes = std::unordered_set<std::string, PathHash, std::equal_to<>>;
  Cgroups cgroups = {""};       ///< with all below them
  Shared<Scopes> settled = {};  ///< but not these, with all below them; the earlier look has them
  Scopes unsettled = {};        ///< of these the ones that something has happened to, which are looked at
  std::set<int> threads = {};   ///< and these, wherever they are
  bool machine = true;          ///< what is in no cgroup: interrupts, work queues, modules
  bool devices = false;         ///< these came or went: which interrupt and NIC is which is not known any more

  [[nodiscard]] bool is_whole() const { return machine && cgroups.contains(""); }
  [[nodiscard]] bool covers(std::string_view cgroup) const;  ///< settled or not
  /// The settled scope that it is, or is in, covered or not; null where it is in none.
  [[nodiscard]] const std::string* settled_scope_of(std::string_view cgroup) const;
  [[nodiscard]] bool is_settled(std::string_view cgroup) const { return settled_scope_of(cgroup) != nullptr; }
  /// Whether it is such a scope, not one that is in it.
  [[nodiscard]] bool is_settled_scope(std::string_view scope) const {
    return settled->contains(scope) && !unsettled.contains(scope);
  }
  [[nodiscard]] bool looks_at(std::string_view cgroup) const { return covers(cgroup) && !is_settled(cgroup); }
};

/// Asks an area for one cgroup after another, which costs little where those of a settled scope come together: it is
/// found once. The area must outlive it.
class AreaWalk {
 public:
  explicit AreaWalk(const Area& area) : area_(&area) {}
  [[nodiscard]] bool looks_at(std::string_view cgroup);

 private:
  const Area* area_;
  const std::string* settled_ = nullptr;  ///< the scope that the last one was in
};

/// Which threads are looked at: those that a plan has to do with, or every one there is.
enum class Threads { of_plans, all };

/// Reads everything but the topology, which rarely changes. `followed` are threads (by tid) that are kept in any case:
/// one whose mask the kernel has just overwritten looks like any other thread of its cgroup.
[[nodiscard]] HostSnapshot read_snapshot(const HostAccess& host, const Topology& topology,
                                         const std::set<int>& followed = {}, Threads threads = Threads::all);

/// The same where there is an earlier look. All masks and sets of the area are read. What costs most and changes least
/// is not: which thread has this number, as long as mask and cgroup are the same; handlers of interrupts and known
/// NICs, as long as no device came or went; what the scheduler has. Outside of the area all is as it was, but for the
/// NICs, the memory and the cache.
[[nodiscard]] HostSnapshot look_again(const HostAccess& host, const Topology& topology, HostSnapshot earlier,
                                      const std::set<int>& followed, const Area& area);

/// Name, start time and flags from the text of /proc/TID/stat.
struct StatLine {
  std::string name;
  std::uint64_t start_time = 0;
  unsigned flags = 0;
  [[nodiscard]] static Result<StatLine> parse(std::string_view text);
  [[nodiscard]] bool kernel() const { return (flags & 0x00200000U) != 0; }  ///< PF_KTHREAD
  [[nodiscard]] bool fixed() const { return (flags & 0x04000000U) != 0; }   ///< PF_NO_SETAFFINITY
};

/// One thread, for events that concern a single one. Error: not_found when it is gone.
[[nodiscard]] Result<ThreadState> read_thread(const HostAccess& host, int tid);

/// The cgroup a thread is in. Error: not_found when it is gone.
[[nodiscard]] Result<std::string> cgroup_of_thread(const HostAccess& host, int tid);

/// The CPUs a cgroup may use: without the cpuset controller it is bound by the nearest one above that has it.
[[nodiscard]] std::optional<CpuSet> nearest_effective(const HostAccess& host, std::string cgroup);

/// The NUMA node of a PCI device ("0000:21:00.0"); none where the firmware does not say.
[[nodiscard]] std::optional<unsigned> pci_node(const HostAccess& host, const std::string& address);

/// Where the cgroup v2 hierarchy is, below the host root.
inline constexpr std::string_view cgroup_root = "sys/fs/cgroup";
[[nodiscard]] std::string cgroup_file(std::string_view cgroup, std::string_view file);
/// Whether `path` is `parent` or below it.
[[nodiscard]] bool is_within(std::string_view path, std::string_view parent);
/// What is it or above it, and among these; null where none is.
[[nodiscard]] const std::string* first_above(std::string_view cgroup, const Area::Scopes& scopes);
/// The scope unit of systemd that a cgroup is, or is in; "" where it is in none.
[[nodiscard]] std::string_view scope_of(std::string_view cgroup);
/// The cgroup above; "" the root, which is above itself.
[[nodiscard]] std::string_view parent_cgroup(std::string_view cgroup);
/// What a text file of the kernel says: of "always [madvise] never" the chosen word, else its words, one blank between.
[[nodiscard]] std::string setting_text(std::string_view text);
/// Where a node keeps its huge pages of a size.
[[nodiscard]] std::string huge_page_folder(unsigned node, Bytes size);
/// Where resctrl is mounted, below the host root.
inline constexpr std::string_view resctrl_root = "sys/fs/resctrl";
/// A file of a resource group, "" the default one.
[[nodiscard]] std::string resctrl_file(std::string_view group, std::string_view file);
/// One resource group. Error: not_found when it is gone.
[[nodiscard]] Result<CacheGroup> read_cache_group(const HostAccess& host, std::string_view group);
/// A decimal number, a newline at its end or not.
[[nodiscard]] std::optional<unsigned> parse_unsigned(std::string_view text);
/// All unbound ones.
inline constexpr std::string_view unbound_workqueues = "unbound";
/// The mask of a work queue.
[[nodiscard]] std::string workqueue_mask_file(std::string_view name);

}  // namespace acdr
