// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "host/access.hpp"
#include "support/fake_resctrl.hpp"

namespace acdr::test {

/// A host in memory that behaves as the kernel does where it matters to acdr: a cpuset write sets the effective sets
/// below it and the masks of the threads in them, a fixed IRQ refuses, a default mask is what a reset gives.
class FakeHost : public HostAccess {
 public:
  /// How thread masks follow their cpuset: before Linux 6.2 a change overwrites them, since then the thread's own mask
  /// is kept and intersected. From 6.7 on there are remote partitions besides: a change of the isolated CPUs gives
  /// every movable kernel thread the same mask, whatever it had. Since some 6.12 kernel threads keep the mask they were
  /// given by sched_setaffinity(2) as others do.
  enum class Kernel { overwrites_masks, keeps_masks, has_partitions, keeps_kthread_masks };

  explicit FakeHost(unsigned cpus, Kernel kernel = Kernel::overwrites_masks)
      : FakeHost(CpuSet::range(0, cpus - 1), kernel) {}
  explicit FakeHost(CpuSet possible, Kernel kernel = Kernel::overwrites_masks);

  // Building and looking at the host.
  /// A CPU goes offline, and what the kernel moves away from it.
  void take_offline(unsigned cpu) { set_online(cpu, false); }
  void bring_online(unsigned cpu) { set_online(cpu, true); }
  [[nodiscard]] const CpuSet& online() const { return online_; }
  [[nodiscard]] CpuSet offline() const { return all_ - online_; }
  void add_cgroup(const std::string& path, bool cpuset = true);
  void remove_cgroup(const std::string& path);
  /// A thread in a cgroup; `own` is a mask it set itself ("" = none).
  void add_thread(int tid, const std::string& name, const std::string& cgroup, const std::string& own = "");
  void add_kthread(int tid, const std::string& name, const std::string& mask, bool fixed = false);
  void remove_thread(int tid);
  void add_irq(unsigned number, const std::string& action, const std::string& mask, bool fixed = false);
  /// As a driver does when it starts: the kernel gives the interrupt the default mask, of its node's CPUs if it is on
  /// one.
  void request_irq(unsigned number, const std::string& action, const CpuSet& node_cpus = {});
  void remove_irq(unsigned number);
  /// A file that holds what was written to it last. With `choices` it shows them all, "[always] madvise never", and
  /// takes no other.
  void add_file(const std::string& path, const std::string& text, const std::vector<std::string>& choices = {});
  [[nodiscard]] std::string file(const std::string& path) const { return files_.at(path).text; }
  /// A network interface. One with interrupts is hardware, on a node; XPS is there from two queues on.
  struct Nic {
    unsigned queues = 1;
    std::vector<unsigned> irqs = {};
    unsigned node = 0;
    std::string master = {};
  };
  void add_nic(const std::string& name, const Nic& nic);
  /// The NIC takes so many flow rules; they count only while it is told so, and are forgotten when they no longer do.
  void add_flow_table(const std::string& nic, unsigned size) { flow_tables_[nic] = {size, false, {}}; }
  /// A rule of somebody else's.
  void make_flow_rule(const std::string& nic, const std::string& address, unsigned queue);
  /// "on 52:54:00:00:00:01>2": whether the rules count, and the rules.
  [[nodiscard]] std::string flows(const std::string& nic) const;
  void remove_nic(const std::string& name);
  /// A file of a queue: queue("vnet0", "rx-0", "rps_cpus").
  [[nodiscard]] std::string queue(const std::string& nic, const std::string& queue, const std::string& name) const {
    return file("sys/class/net/" + nic + "/queues/" + queue + "/" + name);
  }
  /// A loaded module: its parameters, "nested" -> "0", and how many hold it.
  void add_module(const std::string& name, const std::map<std::string, std::string>& parameters, unsigned users);
  void set_module_users(const std::string& name, unsigned users);
  [[nodiscard]] std::string module_parameter(const std::string& name, const std::string& parameter) const {
    return file("sys/module/" + name + "/parameters/" + parameter);
  }
  /// False on a host with cgroups of version 1, or a hybrid one: no unified hierarchy at /sys/fs/cgroup.
  bool has_unified_cgroups = true;
  /// A parameter that the module does not take, as when the processor cannot do it.
  std::string stubborn_parameter;
  /// How often a module was loaded anew.
  std::size_t reloads = 0;
  /// Huge pages of a size on a node, of which the kernel finds room for `most`.
  void add_huge_pages(unsigned node, unsigned kilobytes, unsigned total, unsigned most);
  [[nodiscard]] unsigned huge_pages(unsigned node, unsigned kilobytes) const;
  [[nodiscard]] unsigned free_huge_pages(unsigned node, unsigned kilobytes) const;
  /// A program allocates huge pages, or gives back what it had (a negative number).
  void use_huge_pages(unsigned node, unsigned kilobytes, int count);
  /// resctrl is mounted. `sharing_cache` of all CPUs each L3 cache has; more of its shape as given.
  void add_resctrl(unsigned sharing_cache, FakeResctrl::Shape shape = {});
  [[nodiscard]] FakeResctrl& resctrl() { return *resctrl_; }
  void unmount_resctrl() { resctrl_.reset(); }
  /// Another program has the lock on the resource groups.
  bool resctrl_is_busy = false;
  /// Changes of resource groups by somebody who did not have the lock.
  std::size_t unlocked_changes = 0;
  /// irqbalance runs, and bans these CPUs; what it is told it takes with its next round.
  void start_irqbalance(const std::string& pid, const std::string& banned);
  void irqbalance_round();
  [[nodiscard]] CpuSet banned() const { return irqbalance_->banned; }
  /// What everything on the host is set to, one line each; equal texts are equal hosts. Masks of threads without the
  /// CPUs that are offline.
  [[nodiscard]] std::string state() const;
  [[nodiscard]] CpuSet mask_of(int tid) const;
  /// The mask a thread set itself.
  [[nodiscard]] CpuSet own_mask_of(int tid) const { return threads_.at(tid).own; }
  /// All threads that are in a cgroup of their own; none of the kernel's.
  [[nodiscard]] std::vector<int> user_threads() const;
  [[nodiscard]] std::vector<int> kernel_threads() const;
  [[nodiscard]] std::vector<unsigned> irqs() const;
  [[nodiscard]] CpuSet effective(const std::string& cgroup) const;
  [[nodiscard]] CpuSet irq_mask(unsigned number) const { return irqs_.at(number).mask; }

  /// Called before each write; a non-zero errno makes it fail.
  std::function<int(const std::string& path)> fail_write;
  /// The same before each read.
  std::function<int(const std::string& path)> fail_read;
  /// Called after each successful write: other eyes on the host between two writes.
  std::function<void()> after_write;
  std::size_t writes = 0;

  [[nodiscard]] Result<std::string> read(const std::string& path) const override;
  [[nodiscard]] Status write(const std::string& path, std::string_view text) override;
  [[nodiscard]] std::vector<std::string> list(const std::string& path) const override;
  [[nodiscard]] bool exists(const std::string& path) const override;
  [[nodiscard]] std::string link_name(const std::string& path) const override;
  [[nodiscard]] bool irq_is_fixed(unsigned irq) const override { return irqs_.at(irq).fixed; }
  [[nodiscard]] Result<CpuSet> affinity(int tid) const override;
  [[nodiscard]] Status set_affinity(int tid, const CpuSet& cpus) override;
  [[nodiscard]] Result<Scheduling> scheduling(int tid) const override;
  [[nodiscard]] Status set_scheduling(int tid, const Scheduling& scheduling) override;
  [[nodiscard]] bool has_task_slices() const override { return knows_partitions(); }
  [[nodiscard]] Scheduling scheduling_of(int tid) const { return threads_.at(tid).scheduling; }
  [[nodiscard]] Status make_directory(const std::string& path) override;
  [[nodiscard]] Status remove_directory(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<HostLock>> lock_directory(const std::string& path) override;
  [[nodiscard]] Result<std::vector<FlowRule>> flow_rules(const std::string& interface) const override;
  [[nodiscard]] Status add_flow_rule(const std::string& interface, const FlowRule& rule) override;
  [[nodiscard]] Status remove_flow_rule(const std::string& interface, unsigned location) override;
  [[nodiscard]] Result<bool> flow_steering(const std::string& interface) const override;
  [[nodiscard]] Status set_flow_steering(const std::string& interface, bool on) override;
  [[nodiscard]] Status reload_module(const std::string& module, const std::string& parameter,
                                     const std::string& value) override;
  [[nodiscard]] Result<std::string> ask_irqbalance(const std::string& socket, std::string_view command) override;
  [[nodiscard]] bool live() const override { return true; }

 private:
  struct Cgroup {
    bool cpuset = true;
    CpuSet cpus;
    NodeSet mems;
    CpuSet exclusive;
    bool isolated = false;  ///< as asked for; see is_valid_partition
    bool disabled = false;  ///< it lost its last CPU, or another got one of them, until it is asked for anew
  };
  struct Thread {
    std::string name;
    std::string cgroup;
    CpuSet mask;
    CpuSet own;
    bool kernel = false;
    bool fixed = false;
    int born = 0;
    Scheduling scheduling;
  };
  struct Irq {
    std::string action;
    CpuSet mask;
    bool fixed = false;
  };
  struct File {
    std::string text;
    std::vector<std::string> choices;
    unsigned most = 0;  ///< of huge pages
  };
  struct FlowTable {
    unsigned size = 0;
    bool counts = false;
    std::map<unsigned, FlowRule> rules;
  };
  struct Irqbalance {
    std::string pid;
    CpuSet banned;
    CpuSet told;
  };
  void set_online(unsigned cpu, bool online);
  /// Of a CPU that is offline: the files are gone, and come back as they were.
  [[nodiscard]] bool is_hidden(const std::string& path) const;
  void follow_huge_pages(const std::string& path, unsigned before);
  void follow_cpusets(const std::map<int, CpuSet>& before, const CpuSet& isolated_before);
  [[nodiscard]] std::map<int, CpuSet> effective_by_thread() const;
  [[nodiscard]] CpuSet isolated() const;
  [[nodiscard]] bool is_valid_partition(const std::string& path) const;
  [[nodiscard]] CpuSet exclusive_below(const std::string& path) const;
  [[nodiscard]] Result<std::string> read_cgroup(const std::string& path) const;
  [[nodiscard]] bool knows_partitions() const { return kernel_ >= Kernel::has_partitions; }
  void disable_partitions_beside(const std::string& name);
  [[nodiscard]] Status write_cgroup(const std::string& path, std::string_view text);
  /// What came of a change below resctrl's root.
  [[nodiscard]] Status changed_resctrl(const std::string& path, int number);
  [[nodiscard]] int may_write(const std::string& path) const { return fail_write ? fail_write(path) : 0; }
  [[nodiscard]] Status refused(const std::string& path, int number) const;

  CpuSet all_;
  CpuSet online_;
  Kernel kernel_;
  int births_ = 0;
  std::map<std::string, Cgroup> cgroups_;
  std::map<int, Thread> threads_;
  std::map<unsigned, Irq> irqs_;
  CpuSet default_mask_;
  std::map<std::string, CpuSet> workqueues_;
  std::map<std::string, File> files_;
  std::map<std::string, std::string> links_;
  std::map<std::string, FlowTable> flow_tables_;
  std::optional<Irqbalance> irqbalance_;
  std::optional<FakeResctrl> resctrl_;
  bool has_resctrl_ = false;
  int locks_ = 0;
};

}  // namespace acdr::test
