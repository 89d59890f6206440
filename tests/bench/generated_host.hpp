// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/access.hpp"
#include "host/topology.hpp"
#include "support/temporary_directory.hpp"

namespace acdr::bench {

/// How large a host is.
struct HostSize {
  unsigned nodes = 2;
  unsigned cpus_per_node = 64;
  int threads = 1000;   ///< of services
  int services = 100;   ///< cgroups below system.slice
  int kthreads = 1000;  ///< of these three in four are bound to their CPU
  int irqs = 200;
  const char* kernel = "6.1.0";
  bool partitions = false;  ///< remote ones, as since Linux 6.7
};

/// A host of any size as files below a folder of its own, read with the same system calls as a live one: opening,
/// reading and listing cost what they do in a memory file system, which is less than in /proc. Thread masks are in
/// memory, and follow the cpusets as since Linux 6.2, whichever it says it is; each look at one costs a real
/// sched_getaffinity(2). A partition takes nothing from anybody.
class GeneratedHost final : public HostAccess {
 public:
  explicit GeneratedHost(const HostSize& size);

  /// libvirt's cgroups of a domain, its emulator and vCPUs running there.
  void start_domain(const std::string& scope, unsigned vcpus);
  void stop_domain(const std::string& scope);
  [[nodiscard]] const Topology& topology() const { return topology_; }
  [[nodiscard]] std::vector<int> kernel_threads() const;
  [[nodiscard]] std::vector<int> threads() const;

  [[nodiscard]] Result<std::string> read(const std::string& path) const override { return files_->read(path); }
  [[nodiscard]] Status write(const std::string& path, std::string_view text) override;
  [[nodiscard]] std::vector<std::string> list(const std::string& path) const override { return files_->list(path); }
  [[nodiscard]] bool exists(const std::string& path) const override { return files_->exists(path); }
  [[nodiscard]] std::string link_name(const std::string& path) const override { return files_->link_name(path); }
  [[nodiscard]] bool irq_is_fixed(unsigned irq) const override { return files_->irq_is_fixed(irq); }
  [[nodiscard]] Result<CpuSet> affinity(int tid) const override;
  [[nodiscard]] Status set_affinity(int tid, const CpuSet& cpus) override;
  [[nodiscard]] Result<Scheduling> scheduling(int) const override { return Scheduling{}; }
  [[nodiscard]] Status set_scheduling(int, const Scheduling&) override { return {}; }
  [[nodiscard]] bool has_task_slices() const override { return false; }
  [[nodiscard]] Result<std::string> ask_irqbalance(const std::string& socket, std::string_view) override {
    return files_->ask_irqbalance(socket, "");
  }
  [[nodiscard]] bool live() const override { return true; }

 private:
  struct Thread {
    std::string cgroup;
    CpuSet mask;  ///< its own; empty where it has none
  };
  void put(const std::string& path, const std::string& text) const;
  void add_cgroup(const std::string& path);
  void add_thread(int tid, const std::string& name, const std::string& cgroup, unsigned flags, const CpuSet& mask = {});
  void list_threads() const;
  void follow(const std::string& cgroup, const CpuSet& inherited);

  test::TemporaryDirectory folder_;
  bool partitions_;
  std::unique_ptr<HostAccess> files_;
  Topology topology_;
  std::map<std::string, CpuSet> effective_;  ///< by cgroup
  std::unordered_map<int, Thread> threads_;
  int next_tid_ = 100'000;
};

}  // namespace acdr::bench
