// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/snapshot.hpp"

#include <algorithm>
#include <charconv>

#include "host/snapshot_readers.hpp"

namespace acdr {

HostSnapshot read_snapshot(const HostAccess& host, const Topology& topology, const std::set<int>& followed,
                           const Known& known) {
  const HostSnapshot* earlier = known.earlier;
  HostSnapshot snapshot;
  snapshot.topology = topology;
  read_cgroups_and_threads(host, followed, known, snapshot);
  read_irqs(host, earlier, snapshot);
  read_workqueues(host, snapshot);
  read_nics(host, earlier, snapshot);
  read_memory(host, snapshot);
  read_scheduler(host, earlier, snapshot);
  read_kvm(host, snapshot);
  read_cache_control(host, earlier, snapshot);
  read_irqbalance(host, snapshot);
  return snapshot;
}

const IrqState* HostSnapshot::irq(unsigned number) const {
  const auto found = std::ranges::lower_bound(irqs, number, {}, &IrqState::number);
  return found == irqs.end() || found->number != number ? nullptr : &*found;
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

std::string parent_cgroup(const std::string& cgroup) {
  const auto slash = cgroup.rfind('/');
  return slash == std::string::npos ? std::string() : cgroup.substr(0, slash);
}

}  // namespace acdr
