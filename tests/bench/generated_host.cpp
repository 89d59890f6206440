// SPDX-License-Identifier: GPL-2.0-or-later
#include "bench/generated_host.hpp"

#include <fmt/ranges.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "support/topologies.hpp"

namespace acdr::bench {
namespace {

constexpr unsigned kernel_thread_flag = 0x00200000;
constexpr unsigned bound_flag = 0x04000000;
constexpr int first_kthread = 2;
constexpr int first_thread = 20'000;

}  // namespace

GeneratedHost::GeneratedHost(const HostSize& size)
    : partitions_(size.partitions),
      files_(recorded_access(folder_.path())),
      topology_(test::make_topology({.packages = size.nodes, .cores_per_cache = size.cpus_per_node})) {
  const std::string all = topology_.online.to_list();
  put("proc/sys/kernel/osrelease", size.kernel);
  put("sys/fs/cgroup/cgroup.controllers", "cpuset cpu memory\n");
  for (const auto* path : {"", "init.scope", "system.slice", "user.slice", "machine.slice"}) add_cgroup(path);
  for (int service = 0; service < size.services; ++service)
    add_cgroup(fmt::format("system.slice/service{}.service", service));
  for (int number = 0; number < size.kthreads; ++number) {
    const unsigned cpu = static_cast<unsigned>(number) % (size.nodes * size.cpus_per_node);
    const bool bound = number % 4 != 0;
    add_thread(first_kthread + number, fmt::format("kthread{}/{}", number / 64, cpu), "",
               kernel_thread_flag | (bound ? bound_flag : 0), bound ? CpuSet{cpu} : topology_.online);
  }
  for (int number = 0; number < size.threads; ++number)
    add_thread(first_thread + number, "worker", fmt::format("system.slice/service{}.service", number % size.services),
               0);
  list_threads();
  put("proc/irq/default_smp_affinity", topology_.online.to_mask() + "\n");
  for (int number = 0; number < size.irqs; ++number) {
    const std::string irq = fmt::format("proc/irq/{}", number + 20);
    put(irq + "/smp_affinity_list", all + "\n");
    put(irq + "/effective_affinity_list",
        fmt::format("{}\n", static_cast<unsigned>(number) % topology_.online.count()));
    put(fmt::format("{}/eth0-TxRx-{}/x", irq, number), "");
  }
  for (const auto* name : {"", "writeback/"})
    put(fmt::format("sys/devices/virtual/workqueue/{}cpumask", name), topology_.online.to_mask() + "\n");
}

void GeneratedHost::put(const std::string& path, const std::string& text) const { folder_.write(path, text); }

void GeneratedHost::add_cgroup(const std::string& path) {
  const std::string folder = "sys/fs/cgroup/" + path + (path.empty() ? "" : "/");
  effective_[path] = topology_.online;
  put(folder + "cpuset.cpus.effective", topology_.online.to_list() + "\n");
  put(folder + "cgroup.threads", "");
  // What a real cgroup has besides: listing it costs something.
  for (const auto* file : {"cgroup.events",
                           "cgroup.freeze",
                           "cgroup.max.depth",
                           "cgroup.max.descendants",
                           "cgroup.procs",
                           "cgroup.stat",
                           "cgroup.subtree_control",
                           "cgroup.type",
                           "cpu.max",
                           "cpu.pressure",
                           "cpu.stat",
                           "cpu.weight",
                           "cpuset.mems",
                           "cpuset.mems.effective",
                           "io.stat",
                           "io.weight",
                           "memory.current",
                           "memory.events",
                           "memory.high",
                           "memory.low",
                           "memory.max",
                           "memory.min",
                           "memory.numa_stat",
                           "memory.oom.group",
                           "memory.peak",
                           "memory.pressure",
                           "memory.reclaim",
                           "memory.stat",
                           "memory.swap.current",
                           "memory.swap.max",
                           "pids.current",
                           "pids.events",
                           "pids.max",
                           "pids.peak"})
    put(folder + file, "");
  if (path.empty()) return;
  put(folder + "cpuset.cpus", "\n");
  if (!partitions_) return;
  put(folder + "cpuset.cpus.exclusive", "\n");
  put(folder + "cpuset.cpus.partition", "member\n");
}

void GeneratedHost::add_thread(int tid, const std::string& name, const std::string& cgroup, unsigned flags,
                               const CpuSet& mask) {
  threads_[tid] = {cgroup, mask};
  put(fmt::format("proc/{}/stat", tid),
      fmt::format("{} ({}) S 1 1 1 0 -1 {} 0 0 0 0 0 0 0 0 20 0 1 0 {} 0 0 18446744073709551615 0 0 0 0 0 0\n", tid,
                  name, flags, 1000 + tid));
}

void GeneratedHost::list_threads() const {
  std::map<std::string, std::vector<int>> by_cgroup;
  for (const auto& [tid, thread] : threads_) by_cgroup[thread.cgroup].push_back(tid);
  for (auto& [cgroup, tids] : by_cgroup) {
    std::ranges::sort(tids);
    put(fmt::format("sys/fs/cgroup/{}/cgroup.threads", cgroup), fmt::format("{}\n", fmt::join(tids, "\n")));
  }
}

void GeneratedHost::start_domain(const std::string& scope, unsigned vcpus) {
  const auto make = [&](const std::string& path, const std::string& name) {
    add_cgroup(path);
    if (name.empty()) return;
    add_thread(next_tid_, name, path, 0);
    put(fmt::format("sys/fs/cgroup/{}/cgroup.threads", path), fmt::format("{}\n", next_tid_++));
  };
  make(scope, "");
  make(scope + "/libvirt", "");
  make(scope + "/libvirt/emulator", "qemu-system-x86");
  for (unsigned vcpu = 0; vcpu < vcpus; ++vcpu)
    make(fmt::format("{}/libvirt/vcpu{}", scope, vcpu), fmt::format("CPU {}/KVM", vcpu));
}

void GeneratedHost::stop_domain(const std::string& scope) {
  std::filesystem::remove_all(folder_.path() / "sys/fs/cgroup" / scope);
  std::erase_if(effective_, [&](const auto& entry) { return entry.first.starts_with(scope); });
  std::erase_if(threads_, [&](const auto& entry) { return entry.second.cgroup.starts_with(scope); });
}

std::vector<int> GeneratedHost::kernel_threads() const {
  std::vector<int> tids;
  for (const auto& [tid, thread] : threads_)
    if (thread.cgroup.empty()) tids.push_back(tid);
  return tids;
}

std::vector<int> GeneratedHost::threads() const {
  std::vector<int> tids;
  for (const auto& [tid, thread] : threads_) tids.push_back(tid);
  return tids;
}

void GeneratedHost::follow(const std::string& cgroup, const CpuSet& inherited) {
  const std::string folder = "sys/fs/cgroup/" + cgroup;
  const auto text = files_->read(folder + "/cpuset.cpus");
  CpuSet effective = text ? CpuSet::parse_list(*text).value_or(CpuSet()) & inherited : CpuSet();
  if (effective.empty()) effective = inherited;
  put(folder + "/cpuset.cpus.effective", effective.to_list() + "\n");
  effective_[cgroup] = effective;
  const std::string below = cgroup + "/";
  for (auto child = effective_.lower_bound(below); child != effective_.end() && child->first.starts_with(below);
       ++child)
    if (child->first.find('/', below.size()) == std::string::npos) follow(child->first, effective);
}

Status GeneratedHost::write(const std::string& path, std::string_view text) {
  put(path, std::string(text));
  constexpr std::string_view root = "sys/fs/cgroup/";
  constexpr std::string_view file = "/cpuset.cpus";
  if (path.starts_with(root) && path.ends_with(file)) {
    const std::string cgroup = path.substr(root.size(), path.size() - root.size() - file.size());
    const auto slash = cgroup.rfind('/');
    follow(cgroup, effective_.at(slash == std::string::npos ? std::string() : cgroup.substr(0, slash)));
  }
  return {};
}

Result<CpuSet> GeneratedHost::affinity(int tid) const {
  cpu_set_t unused;
  ::sched_getaffinity(0, sizeof unused, &unused);
  const auto thread = threads_.find(tid);
  if (thread == threads_.end()) return failure(ErrorKind::not_found, "there is no thread {}", tid);
  const auto& [cgroup, mask] = thread->second;
  const CpuSet& all = effective_.at(cgroup);
  return mask.empty() ? all : (mask & all);
}

Status GeneratedHost::set_affinity(int tid, const CpuSet& cpus) {
  cpu_set_t unused;
  ::sched_getaffinity(0, sizeof unused, &unused);
  threads_.at(tid).mask = cpus;
  return {};
}

}  // namespace acdr::bench
