// SPDX-License-Identifier: GPL-2.0-or-later
// What this kernel can do, and how it was set up.
#include <array>

#include "host/snapshot_readers.hpp"

namespace acdr {
namespace {

/// Those of either module that conditionings are about; there are twenty.
constexpr std::array kvm_parameters{"avic", "enable_apicv", "enable_shadow_vmcs", "nested"};

}  // namespace

void read_scheduler(const HostAccess& host, const HostSnapshot* earlier, HostSnapshot& snapshot) {
  if (earlier != nullptr) {
    snapshot.scheduler_tunables = earlier->scheduler_tunables;
    snapshot.task_slices = earlier->task_slices;
    return;
  }
  for (const auto& entry : host.list("sys/kernel/debug/sched"))
    if (!entry.ends_with('/')) snapshot.scheduler_tunables.insert(entry);
  snapshot.task_slices = host.has_task_slices();
}

void read_kvm(const HostAccess& host, HostSnapshot& snapshot) {
  for (const auto* module : {"kvm_intel", "kvm_amd"}) {
    const std::string folder = fmt::format("sys/module/{}/parameters", module);
    if (!host.exists(folder)) continue;
    for (const auto* name : kvm_parameters)
      if (const auto text = host.read(fmt::format("{}/{}", folder, name)))
        snapshot.kvm_parameters[name] = setting_text(*text);
    snapshot.kvm_module = module;
    if (const auto users = host.read(fmt::format("sys/module/{}/refcnt", module)))
      snapshot.kvm_users = parse_unsigned(*users);
    return;
  }
}

}  // namespace acdr
