// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/doctor/facts.hpp"

#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "host/hwloc_environment.hpp"

namespace acdr::ctl {
namespace {

std::string text_of(const HostAccess& host, const std::string& path) {
  auto text = host.read(path).value_or("");
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

bool has_word(const std::string& text, const std::string& wanted) {
  std::istringstream words(text);
  for (std::string word; words >> word;)
    if (word == wanted) return true;
  return false;
}

bool any_exists(const HostAccess& host, std::initializer_list<const char*> paths) {
  return std::ranges::any_of(paths, [&](const char* path) { return host.exists(path); });
}

Cgroups read_cgroups(const HostAccess& host) {
  if (host.exists(cgroup_file("", "cgroup.controllers"))) return Cgroups::v2;
  if (host.exists(cgroup_file("unified", "cgroup.procs"))) return Cgroups::hybrid;
  return host.list(std::string(cgroup_root)).empty() ? Cgroups::none : Cgroups::v1;
}

/// The processes, by the same files that a recording holds.
std::set<std::string> read_processes(const HostAccess& host) {
  std::set<std::string> names;
  for (const auto& entry : host.list("proc"))
    if (const auto pid = parse_unsigned(std::string_view(entry).substr(0, entry.find('/'))))
      if (const auto thread = read_thread(host, static_cast<int>(*pid)); thread && !thread->kernel)
        names.insert(thread->name);
  return names;
}

/// "key = value" in an INI file, in any section; "" if it is not there.
std::string ini_value(const std::string& text, const std::string& key) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find('=');
    std::istringstream name(line.substr(0, equals));
    std::string first;
    if (equals == std::string::npos || !(name >> first) || first != key) continue;
    const auto begin = line.find_first_not_of(" \t", equals + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return {};
}

std::string profile_text(const HostAccess& host, const std::string& profile) {
  for (const char* folder : {"etc/tuned/", "etc/tuned/profiles/", "usr/lib/tuned/", "usr/lib/tuned/profiles/"})
    if (auto text = host.read(folder + profile + "/tuned.conf")) return std::move(*text);
  return {};
}

/// What the profile or one below it takes; profiles include each other, and must not do so for ever.
std::string cores_of_profile(const HostAccess& host, const std::string& profile, int depth = 0) {
  constexpr int deepest = 8;
  if (profile.empty() || depth == deepest) return {};
  const std::string text = profile_text(host, profile);
  for (const char* key : {"isolated_cores", "cpu_affinity"})
    if (const auto value = ini_value(text, key); !value.empty()) return fmt::format("{}={}", key, value);
  return cores_of_profile(host, ini_value(text, "include"), depth + 1);
}

void read_tuned(const HostAccess& host, HostFacts& facts) {
  facts.tuned_profile = text_of(host, "etc/tuned/active_profile");
  std::istringstream profiles(facts.tuned_profile);
  for (std::string profile; profiles >> profile && facts.tuned_cores.empty();)
    facts.tuned_cores = cores_of_profile(host, profile);
}

void read_irqbalance(HostAccess& host, HostFacts& facts) {
  if (!facts.host.irqbalance || !host.live() || !facts.root) return;
  const auto answer =
      host.ask_irqbalance(fmt::format("run/irqbalance/irqbalance{}.sock", *facts.host.irqbalance), "setup");
  facts.irqbalance_answer = answer ? Status() : failure(answer.error());
}

void read_kvm(const HostAccess& host, HostFacts& facts) {
  const auto nested = facts.host.kvm_parameters.find("nested");
  if (nested != facts.host.kvm_parameters.end()) facts.kvm_nested = nested->second;
  facts.kvm_device = host.exists("dev/kvm");
}

void read_mounts(const HostAccess& host, HostFacts& facts) {
  std::istringstream lines(text_of(host, "proc/mounts"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string device, place, type, options;
    words >> device >> place >> type >> options;
    if (type == "hugetlbfs") facts.huge_page_mounts.insert(options);
    if (type == "resctrl") facts.cache_control_mounted = true;
  }
}

void read_cache_control(const HostAccess& host, HostFacts& facts) {
  const std::string cpuinfo = text_of(host, "proc/cpuinfo");
  const auto at = cpuinfo.find("\nflags");
  const std::string flags = at == std::string::npos ? "" : cpuinfo.substr(at, cpuinfo.find('\n', at + 1) - at);
  facts.cache_control_supported = has_word(flags, "cat_l3") || has_word(flags, "mba");
}

}  // namespace

HostFacts read_facts(HostAccess& host, const Topology& topology) {
  HostFacts facts;
  facts.live = host.live();
  facts.root = !facts.live || ::geteuid() == 0;
  facts.host = read_snapshot(host, topology, {}, Threads::of_plans);
  facts.kernel = text_of(host, "proc/sys/kernel/osrelease");
  facts.command_line = text_of(host, "proc/cmdline");
  facts.systemd = host.exists("run/systemd/system");
  facts.cgroups = read_cgroups(host);
  facts.cpuset = has_word(text_of(host, cgroup_file("", "cgroup.controllers")), "cpuset");
  facts.processes = read_processes(host);
  facts.libvirt_socket = any_exists(host, {"run/libvirt/libvirt-sock", "run/libvirt/virtqemud-sock"});
  facts.hook = host.exists("etc/libvirt/hooks/qemu.d/acdr") && host.exists("usr/lib/acdr/acdr-hook");
  facts.polkit = any_exists(host, {"usr/lib/polkit-1/polkitd", "usr/libexec/polkitd"});
  read_irqbalance(host, facts);
  read_tuned(host, facts);
  read_kvm(host, facts);
  read_mounts(host, facts);
  read_cache_control(host, facts);
  return facts;
}

Result<HostFacts> read_facts(const std::filesystem::path& root) {
  ACDR_TRY(const Topology topology, read_topology(root));
  const auto host = is_live_root(root) ? live_access() : recorded_access(root);
  return read_facts(*host, topology);
}

}  // namespace acdr::ctl
