// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/snapshot.hpp"

#include <algorithm>
#include <charconv>

#include "host/snapshot_readers.hpp"

namespace acdr {

namespace {

/// From the top: what is asked for is mostly a slice, or the scope of a machine in one.
template <class Paths>
const std::string* first_of(std::string_view cgroup, const Paths& cgroups) {
  if (cgroups.empty()) return nullptr;
  for (std::size_t end = 0; end < cgroup.size(); end = std::min(cgroup.find('/', end + 1), cgroup.size()))
    if (const auto found = cgroups.find(cgroup.substr(0, end)); found != cgroups.end()) return &*found;
  const auto found = cgroups.find(cgroup);
  return found == cgroups.end() ? nullptr : &*found;
}

/// What belongs to no cgroup.
void read_machine(const HostAccess& host, const HostSnapshot* earlier, HostSnapshot& snapshot) {
  read_irqs(host, earlier, snapshot);
  read_unbound_work(host, snapshot);
  read_scheduler(host, earlier, snapshot);
  read_kvm(host, snapshot);
  read_irqbalance(host, snapshot);
}

void forget_devices(HostSnapshot& snapshot) {
  snapshot.irqs.clear();
  snapshot.nics.clear();
  snapshot.virtual_nics.clear();
}

/// What a domain changes by its start, and does not tell of.
void read_devices(const HostAccess& host, const HostSnapshot* earlier, HostSnapshot& snapshot) {
  read_nics(host, earlier, snapshot);
  read_memory(host, snapshot);
  read_cache_control(host, earlier, snapshot);
}

}  // namespace

bool Area::covers(std::string_view cgroup) const { return first_of(cgroup, cgroups) != nullptr; }

const std::string* Area::settled_scope_of(std::string_view cgroup) const {
  const std::string* scope = first_of(cgroup, *settled);
  return scope == nullptr || unsettled.contains(*scope) ? nullptr : scope;
}

bool AreaWalk::looks_at(std::string_view cgroup) {
  if (settled_ != nullptr && is_within(cgroup, *settled_)) return false;
  settled_ = area_->settled_scope_of(cgroup);
  return settled_ == nullptr && area_->covers(cgroup);
}

HostSnapshot read_snapshot(const HostAccess& host, const Topology& topology, const std::set<int>& followed,
                           Threads threads) {
  HostSnapshot snapshot;
  snapshot.topology = topology;
  read_cgroup_version(host, snapshot);
  read_rules_of_threads(host, nullptr, snapshot);
  read_cgroups_and_threads(host, followed, {}, threads, snapshot);
  read_machine(host, nullptr, snapshot);
  read_devices(host, nullptr, snapshot);
  return snapshot;
}

HostSnapshot look_again(const HostAccess& host, const Topology& topology, HostSnapshot earlier,
                        const std::set<int>& followed, const Area& area) {
  HostSnapshot now;
  now.topology = topology;
  read_cgroup_version(host, now);
  now.cgroups = std::move(earlier.cgroups);
  now.threads = std::move(earlier.threads);
  now.domain_threads = std::move(earlier.domain_threads);
  read_rules_of_threads(host, &earlier, now);
  read_cgroups_and_threads(host, followed, area, Threads::of_plans, now);
  if (area.devices) forget_devices(earlier);
  read_devices(host, &earlier, now);
  if (area.machine || area.devices) {
    read_machine(host, &earlier, now);
    return now;
  }
  now.irqs = std::move(earlier.irqs);
  now.default_irq_affinity = std::move(earlier.default_irq_affinity);
  now.has_unbound_work_mask = earlier.has_unbound_work_mask;
  now.task_slices = earlier.task_slices;
  now.scheduler_tunables = std::move(earlier.scheduler_tunables);
  now.kvm_module = std::move(earlier.kvm_module);
  now.kvm_parameters = std::move(earlier.kvm_parameters);
  now.kvm_users = earlier.kvm_users;
  now.irqbalance = std::move(earlier.irqbalance);
  return now;
}

std::string describe(const IrqState& irq) {
  std::string names;
  for (const auto& action : irq.actions) names += (names.empty() ? "" : ", ") + action;
  return names.empty() ? fmt::format("IRQ {}", irq.number) : fmt::format("IRQ {} ({})", irq.number, names);
}

const IrqState* HostSnapshot::irq(unsigned number) const {
  const auto found = std::ranges::lower_bound(irqs, number, {}, &IrqState::number);
  return found == irqs.end() || found->number != number ? nullptr : &*found;
}

void HostSnapshot::update_masks(const std::unordered_map<int, CpuSet>& masks) {
  if (masks.empty()) return;
  for (auto* all : {&threads, &domain_threads})
    for (auto& thread : *all)
      if (const auto found = masks.find(thread.id.tid); found != masks.end()) thread.affinity = found->second;
}

std::string HostSnapshot::bounding_cgroup(std::string cgroup) const {
  const auto has_cpuset = [this](const std::string& path) {
    const auto known = cgroups.find(path);
    return known != cgroups.end() && known->second.has_cpuset;
  };
  while (!cgroup.empty() && !has_cpuset(cgroup)) cgroup.resize(parent_cgroup(cgroup).size());
  return cgroup;
}

std::optional<unsigned> parse_unsigned(std::string_view text) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<CpuSet> read_cpu_list(const HostAccess& host, const std::string& path) {
  const auto text = host.read(path);
  if (!text) return std::nullopt;
  auto cpus = CpuSet::parse_list(*text);
  if (!cpus || cpus->empty()) return std::nullopt;
  return std::move(*cpus);
}

std::string cgroup_file(std::string_view cgroup, std::string_view file) {
  return cgroup.empty() ? fmt::format("{}/{}", cgroup_root, file) : fmt::format("{}/{}/{}", cgroup_root, cgroup, file);
}

bool is_within(std::string_view path, std::string_view parent) {
  return path.starts_with(parent) && (path.size() == parent.size() || path[parent.size()] == '/');
}

const std::string* first_above(std::string_view cgroup, const Area::Scopes& scopes) { return first_of(cgroup, scopes); }

std::string_view scope_of(std::string_view cgroup) {
  constexpr std::string_view suffix = ".scope";
  for (auto end = cgroup.find(suffix); end != std::string_view::npos; end = cgroup.find(suffix, end)) {
    end += suffix.size();
    if (end == cgroup.size() || cgroup[end] == '/') return cgroup.substr(0, end);
  }
  return {};
}

std::string_view parent_cgroup(std::string_view cgroup) {
  const auto slash = cgroup.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : cgroup.substr(0, slash);
}

}  // namespace acdr
