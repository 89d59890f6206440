// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/doctor/checks.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

namespace acdr::ctl {
namespace {

using Findings = std::vector<Finding>;

bool runs(const HostFacts& facts, const char* process) { return facts.processes.contains(process); }

/// Whether the release is at least major.minor; an unknown one is not.
bool kernel_is(const HostFacts& facts, unsigned major, unsigned minor) {
  const char* end = facts.kernel.data() + facts.kernel.size();
  unsigned first = 0, second = 0;
  const auto [dot, error] = std::from_chars(facts.kernel.data(), end, first);
  if (error != std::errc{} || dot == end || std::from_chars(dot + 1, end, second).ec != std::errc{}) return false;
  return std::pair(first, second) >= std::pair(major, minor);
}

void check_systemd(const HostFacts& facts, Findings& findings) {
  if (facts.systemd)
    findings.push_back({Grade::ok, "systemd", "it runs this host", ""});
  else
    findings.push_back(
        {Grade::fix, "systemd", "it does not run this host, and nobody else turns the cpuset controller on", ""});
}

constexpr const char* unified_command =
    "boot with systemd.unified_cgroup_hierarchy=1 (GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub)";

void check_cgroups(const HostFacts& facts, Findings& findings) {
  const auto add = [&](Grade grade, const std::string& text, const char* command) {
    findings.push_back({grade, "cgroups", text, command});
  };
  if (facts.cgroups == Cgroups::none) return add(Grade::fix, "none are mounted at /sys/fs/cgroup", "");
  if (facts.cgroups != Cgroups::v2)
    return add(Grade::fix,
               fmt::format("the host uses version 1{}; tasks can be kept off cores with version 2 only",
                           facts.cgroups == Cgroups::hybrid ? " beside version 2" : ""),
               unified_command);
  if (!facts.cpuset)
    return add(Grade::fix, "version 2 without the cpuset controller: the kernel lacks it, or version 1 has it",
               "cat /proc/cgroups; grep cgroup /proc/mounts");
  const auto services = facts.host.cgroups.find("system.slice");
  if (runs(facts, "acdrd") && services != facts.host.cgroups.end() && !services->second.has_cpuset)
    return add(Grade::fix, "acdrd runs, and the cpuset controller is off for system.slice",
               "systemctl restart acdrd.service");
  add(Grade::ok, "version 2, with the cpuset controller", "");
}

void check_kernel(const HostFacts& facts, Findings& findings) {
  if (facts.kernel.empty()) return findings.push_back({Grade::note, "kernel", "which one it is could not be seen", ""});
  std::string lacks;
  if (!kernel_is(facts, 6, 7)) lacks += ", no isolated partitions for vCPUs (6.7)";
  if (!kernel_is(facts, 6, 12)) lacks += ", no time slices for single tasks (6.12)";
  if (!kernel_is(facts, 6, 2)) lacks += ", masks set by taskset are lost when cpusets go on (6.2)";
  findings.push_back({lacks.empty() ? Grade::ok : Grade::note, "kernel", facts.kernel + lacks, ""});
}

void check_boot(const HostFacts& facts, Findings& findings) {
  const Topology& topology = facts.host.topology;
  if (!topology.isolated.empty())
    findings.push_back({Grade::note, "isolcpus",
                        fmt::format("CPUs {} are isolated at boot; placement takes them first", topology.isolated),
                        ""});
  if (!topology.nohz_full.empty())
    findings.push_back(
        {Grade::note, "nohz_full", fmt::format("CPUs {} have no tick while one task runs", topology.nohz_full), ""});
  if (facts.command_line.find("cgroup_no_v1") == std::string::npos &&
      facts.command_line.find("systemd.unified_cgroup_hierarchy=0") != std::string::npos)
    findings.push_back({Grade::fix, "boot", "the command line asks for cgroups of version 1", unified_command});
}

void check_topology(const HostFacts& facts, Findings& findings) {
  const auto& cores = facts.host.topology.cores;
  const bool smt = std::ranges::any_of(cores, [](const PhysicalCore& core) { return core.cpus.count() > 1; });
  const auto plural = [](std::size_t count, const char* word) {
    return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
  };
  findings.push_back({Grade::ok, "cores",
                      fmt::format("{}, {}", plural(cores.size(), "core"),
                                  smt ? "with SMT: siblings of a claimed core are taken with it" : "no SMT"),
                      ""});
  const std::size_t nodes = facts.host.topology.nodes.size();
  findings.push_back({Grade::ok, "NUMA", nodes == 0 ? "the kernel shows no nodes" : plural(nodes, "node"), ""});
}

void check_kvm(const HostFacts& facts, Findings& findings) {
  if (facts.host.kvm_module.empty() && !facts.kvm_device)
    return findings.push_back({Grade::note, "KVM", "it is not loaded: domains are emulated",
                               "modprobe kvm_intel || modprobe kvm_amd; see also the firmware's settings"});
  const bool nested = facts.kvm_nested == "Y" || facts.kvm_nested == "1";
  findings.push_back({Grade::ok, "KVM",
                      fmt::format("{}, nested virtualisation is {}",
                                  facts.host.kvm_module.empty() ? "built in" : facts.host.kvm_module,
                                  facts.kvm_nested.empty() ? "not known"
                                  : nested                 ? "on"
                                                           : "off"),
                      ""});
}

void check_libvirt(const HostFacts& facts, Findings& findings) {
  if (!facts.libvirt_socket)
    findings.push_back({Grade::note, "libvirt", "it has no socket here: only the host itself can be conditioned",
                        "apt install libvirt-daemon-system; systemctl start libvirtd.socket"});
  else
    findings.push_back({Grade::ok, "libvirt", "its socket is there", ""});
  if (facts.hook)
    findings.push_back({Grade::ok, "hook", "installed; libvirt finds a new one when it is restarted", ""});
  else
    findings.push_back({Grade::note, "hook",
                        "not installed: domains are conditioned a moment after they start, and required has no effect",
                        "apt install --reinstall acdr; systemctl restart libvirtd"});
}

void check_daemon(const HostFacts& facts, Findings& findings) {
  if (runs(facts, "acdrd"))
    findings.push_back({Grade::ok, "acdrd", "it runs", ""});
  else
    findings.push_back(
        {Grade::note, "acdrd", "it does not run: nothing is conditioned", "systemctl enable --now acdrd.service"});
  if (facts.polkit)
    findings.push_back({Grade::ok, "polkit", "installed: rules may let others than root use acdr", ""});
  else
    findings.push_back({Grade::note, "polkit", "not installed: only root may change anything", "apt install polkitd"});
}

void check_irqbalance(const HostFacts& facts, Findings& findings) {
  const auto add = [&](Grade grade, const std::string& text, const char* command) {
    findings.push_back({grade, "irqbalance", text, command});
  };
  if (!runs(facts, "irqbalance") && !facts.host.irqbalance) return add(Grade::ok, "it does not run", "");
  if (!facts.live) return add(Grade::note, "it runs; a recording cannot say whether it answers", "");
  if (!facts.root) return add(Grade::note, "it runs; only root can see whether it answers", "sudo acdrctl doctor");
  if (!facts.host.irqbalance)
    return add(Grade::fix, "it runs without a socket, so it cannot be told which CPUs to leave alone",
               "systemctl restart irqbalance.service");
  if (facts.irqbalance_answer && !*facts.irqbalance_answer)
    return add(Grade::fix, "it runs and does not answer: " + facts.irqbalance_answer->error().what(),
               "systemctl restart irqbalance.service");
  add(Grade::ok, "it runs, and is told which CPUs to leave alone", "");
}

void check_tuned(const HostFacts& facts, Findings& findings) {
  if (!runs(facts, "tuned")) return findings.push_back({Grade::ok, "TuneD", "it does not run", ""});
  if (!facts.tuned_cores.empty())
    return findings.push_back(
        {Grade::fix, "TuneD",
         fmt::format("profile {} places tasks and interrupts itself ({})", facts.tuned_profile, facts.tuned_cores),
         "tuned-adm profile virtual-host"});
  findings.push_back(
      {Grade::note, "TuneD",
       fmt::format("it runs with profile {}; where it sets what a class sets too, one of them should not",
                   facts.tuned_profile.empty() ? "none" : facts.tuned_profile),
       "tuned-adm active"});
}

void check_others(const HostFacts& facts, Findings& findings) {
  if (runs(facts, "numad"))
    findings.push_back(
        {Grade::fix, "numad", "it runs, and moves domains between nodes", "systemctl disable --now numad.service"});
  if (runs(facts, "ksmtuned"))
    findings.push_back({Grade::note, "ksmtuned", "it runs, and turns page merging on again that a class turned off",
                        "systemctl disable --now ksmtuned.service"});
}

void check_interrupts(const HostFacts& facts, Findings& findings) {
  const auto fixed = std::ranges::count_if(
      facts.host.irqs, [](const IrqState& irq) { return irq.mobility == IrqMobility::fixed && !irq.actions.empty(); });
  if (!facts.root)
    return findings.push_back(
        {Grade::note, "interrupts", "only root can see which ones cannot be moved", "sudo acdrctl doctor"});
  if (fixed == 0) return findings.push_back({Grade::ok, "interrupts", "all that are in use can be moved", ""});
  findings.push_back(
      {Grade::note, "interrupts",
       fmt::format("{} of those in use cannot be moved; most are a device's queues that the kernel places", fixed),
       "acdrctl plan irq-ban host --param cores=CPUS names those on CPUS; boot with isolcpus=managed_irq,CPUS to keep "
       "them off"});
}

std::set<Bytes> page_sizes(const HostSnapshot& host) {
  std::set<Bytes> sizes;
  for (const auto& [node, memory] : host.memory)
    for (const auto& [size, pages] : memory.huge_pages) sizes.insert(size);
  return sizes;
}

void check_huge_pages(const HostFacts& facts, Findings& findings) {
  std::string names;
  const auto sizes = page_sizes(facts.host);
  for (const Bytes size : sizes) names += (names.empty() ? "" : ", ") + size.to_string();
  if (sizes.empty())
    return findings.push_back({Grade::note, "huge pages", "the kernel shows none of any size on a node", ""});
  constexpr Bytes gibibyte{std::uint64_t{1} << 30};
  const bool mounted = std::ranges::any_of(facts.huge_page_mounts, [](const std::string& options) {
    return options.find("pagesize=1G") != std::string::npos || options.find("pagesize=1024M") != std::string::npos;
  });
  if (facts.live && sizes.contains(gibibyte) && !mounted)
    return findings.push_back({Grade::note, "huge pages",
                               names + "; libvirt uses those of 1GiB only where they are mounted when it starts",
                               "mkdir /dev/hugepages1G && mount -t hugetlbfs -o pagesize=1G none /dev/hugepages1G"});
  findings.push_back({Grade::ok, "huge pages", names, ""});
}

void check_cache_control(const HostFacts& facts, Findings& findings) {
  if (facts.cache_control_mounted)
    findings.push_back({Grade::ok, "resctrl", "mounted", ""});
  else if (facts.cache_control_supported)
    findings.push_back({Grade::note, "resctrl", "the processor can share out its cache; resctrl is not mounted",
                        "mount -t resctrl resctrl /sys/fs/resctrl"});
  else
    findings.push_back({Grade::ok, "resctrl", "the processor does not share out its cache", ""});
}

}  // namespace

std::string_view to_string(Grade grade) {
  constexpr std::array<std::string_view, 3> names{"ok", "note", "fix"};
  return names.at(static_cast<std::size_t>(grade));
}

std::vector<Finding> examine(const HostFacts& facts) {
  Findings findings;
  for (const auto check :
       {check_systemd, check_cgroups, check_kernel, check_boot, check_topology, check_kvm, check_libvirt, check_daemon,
        check_irqbalance, check_tuned, check_others, check_interrupts, check_huge_pages, check_cache_control})
    check(facts, findings);
  return findings;
}

nlohmann::json doctor_report(const std::vector<Finding>& findings) {
  auto list = nlohmann::json::array();
  for (const auto& finding : findings)
    list.push_back({{"grade", to_string(finding.grade)},
                    {"topic", finding.topic},
                    {"text", finding.text},
                    {"command", finding.command}});
  const bool works = std::ranges::none_of(findings, [](const auto& finding) { return finding.grade == Grade::fix; });
  return {{"works", works}, {"findings", list}};
}

}  // namespace acdr::ctl
