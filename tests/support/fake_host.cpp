// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/fake_host.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace acdr::test {
namespace {

constexpr std::string_view cgroup_prefix = "sys/fs/cgroup/";
constexpr std::string_view resctrl_prefix = "sys/fs/resctrl/";

/// "sys/fs/resctrl/acdr-a/schemata" -> "acdr-a/schemata"
std::string below_resctrl(const std::string& path) {
  return path.size() <= resctrl_prefix.size() ? "" : path.substr(resctrl_prefix.size());
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}
bool below(const std::string& path, const std::string& parent) {
  return parent.empty() || path == parent || path.starts_with(parent + "/");
}
/// "sys/fs/cgroup/a/b/file" -> {"a/b", "file"}
std::pair<std::string, std::string> split_cgroup(const std::string& path) {
  const std::string rest = path.substr(cgroup_prefix.size());
  return {parent_of(rest), rest.substr(rest.rfind('/') == std::string::npos ? 0 : rest.rfind('/') + 1)};
}
unsigned number_in(const std::string& path, std::string_view prefix) {
  return static_cast<unsigned>(std::stoul(path.substr(prefix.size())));
}

}  // namespace

FakeHost::FakeHost(CpuSet possible, Kernel kernel)
    : all_(std::move(possible)), online_(all_), kernel_(kernel), default_mask_(all_) {
  cgroups_[""] = {true, all_};
  constexpr std::array releases{"6.1.0", "6.2.0", "6.7.0", "6.12.95"};
  add_file("proc/sys/kernel/osrelease", releases.at(static_cast<std::size_t>(kernel)));
  workqueues_["unbound"] = all_;
  workqueues_["writeback"] = all_;
}

/// kernel/cpu.c takes the tasks off the CPU (select_fallback_rq: a kernel thread with no other may go anywhere from
/// then on) and the interrupts (kernel/irq/cpuhotplug.c: the same, wherever there is a CPU now). Then
/// cpuset_hotplug_workfn counts the effective sets anew; a partition that lost its last CPU is disabled.
void FakeHost::set_online(unsigned cpu, bool online) {
  const auto before = effective_by_thread();
  const CpuSet isolated_before = isolated();
  online ? online_.insert(cpu) : online_.erase(cpu);
  for (auto& [path, cgroup] : cgroups_) cgroup.disabled |= cgroup.isolated && !cgroup.cpus.intersects(online_);
  for (auto& [number, irq] : irqs_)
    if (!irq.fixed && !irq.mask.intersects(online_)) irq.mask = online_;
  for (auto& [tid, thread] : threads_)
    if (thread.kernel && !thread.fixed && !thread.mask.intersects(online_)) thread.mask = all_;
  follow_cpusets(before, isolated_before);
}

bool FakeHost::is_hidden(const std::string& path) const {
  constexpr std::string_view prefix = "sys/devices/system/cpu/cpu";
  if (!path.starts_with(prefix) || path.find("/cpufreq/") == std::string::npos) return false;
  return !online_.contains(number_in(path, prefix));
}

void FakeHost::add_cgroup(const std::string& path, bool cpuset) { cgroups_[path] = {.cpuset = cpuset}; }
void FakeHost::remove_cgroup(const std::string& path) {
  const CpuSet was_isolated = isolated();
  std::erase_if(threads_, [&](const auto& entry) { return below(entry.second.cgroup, path); });
  const auto before = effective_by_thread();
  std::erase_if(cgroups_, [&](const auto& entry) { return below(entry.first, path); });
  follow_cpusets(before, was_isolated);
}
void FakeHost::add_thread(int tid, const std::string& name, const std::string& cgroup, const std::string& own) {
  const CpuSet mask = CpuSet::parse_list(own).value();
  threads_[tid] = {name,  cgroup,   mask.empty() ? effective(cgroup) : mask & effective(cgroup), mask, false,
                   false, ++births_};
}
void FakeHost::add_kthread(int tid, const std::string& name, const std::string& mask, bool fixed) {
  const CpuSet cpus = CpuSet::parse_list(mask).value();
  threads_[tid] = {name, "", fixed || cpus.intersects(online_) ? cpus : all_, {}, true, fixed, ++births_};
}
void FakeHost::remove_thread(int tid) { threads_.erase(tid); }
void FakeHost::add_irq(unsigned number, const std::string& action, const std::string& mask, bool fixed) {
  const CpuSet cpus = CpuSet::parse_list(mask).value();
  irqs_[number] = {action, fixed || cpus.intersects(online_) ? cpus : online_, fixed};
}
void FakeHost::request_irq(unsigned number, const std::string& action, const CpuSet& node_cpus) {
  CpuSet cpus = default_mask_ & online_;
  if (cpus.empty()) cpus = online_;
  if (cpus.intersects(node_cpus)) cpus &= node_cpus;
  irqs_[number] = {action, cpus, false};
}
void FakeHost::remove_irq(unsigned number) { irqs_.erase(number); }

CpuSet FakeHost::effective(const std::string& cgroup) const {
  if (cgroup.empty()) return online_ - isolated();
  const auto& [cpuset, own, mems, exclusive, partition, disabled] = cgroups_.at(cgroup);
  if (partition && is_valid_partition(cgroup)) return own & exclusive & online_;
  const CpuSet above = effective(parent_of(cgroup));
  const CpuSet both = own & above;
  return own.empty() || both.empty() ? above : both;
}

/// What the way down to a cgroup and the cgroup itself may have for partitions: cpuset.cpus.exclusive.effective.
CpuSet FakeHost::exclusive_below(const std::string& path) const {
  CpuSet cpus = all_;
  for (std::string at = path; !at.empty(); at = parent_of(at)) cpus &= cgroups_.at(at).exclusive;
  return cpus;
}

/// kernel/cgroup/cpuset.c, remote_partition_enable: the CPUs must be exclusive on the way down, and something must be
/// left to the tasks of the cgroups above.
bool FakeHost::is_valid_partition(const std::string& path) const {
  const CpuSet& cpus = cgroups_.at(path).cpus;
  if (cgroups_.at(path).disabled || !cpus.intersects(online_) || !cpus.subset_of(exclusive_below(path))) return false;
  for (std::string at = parent_of(path); !at.empty(); at = parent_of(at)) {
    const CpuSet& own = cgroups_.at(at).cpus;
    const bool populated = std::ranges::any_of(threads_, [&](const auto& entry) {
      return below(entry.second.cgroup, at) && !below(entry.second.cgroup, path);
    });
    if (populated && !own.empty() && (own & online_).subset_of(cpus)) return false;
  }
  return true;
}

CpuSet FakeHost::isolated() const {
  CpuSet cpus;
  for (const auto& [path, cgroup] : cgroups_)
    if (cgroup.isolated && is_valid_partition(path)) cpus |= cgroup.cpus;
  return cpus;
}

void FakeHost::add_file(const std::string& path, const std::string& text, const std::vector<std::string>& choices) {
  files_[path] = {text, choices};
}

void FakeHost::add_nic(const std::string& name, const Nic& nic) {
  const std::string folder = "sys/class/net/" + name;
  add_file(folder + "/mtu", "1500");
  if (!nic.irqs.empty()) add_file(folder + "/device/numa_node", fmt::format("{}", nic.node));
  for (const unsigned irq : nic.irqs) add_file(fmt::format("{}/device/msi_irqs/{}", folder, irq), "msix");
  for (unsigned queue = 0; queue < nic.queues; ++queue) {
    add_file(fmt::format("{}/queues/rx-{}/rps_cpus", folder, queue), "0");
    add_file(fmt::format("{}/queues/rx-{}/rps_flow_cnt", folder, queue), "0");
    add_file(fmt::format("{}/queues/tx-{}/tx_timeout", folder, queue), "0");
    if (nic.queues > 1) add_file(fmt::format("{}/queues/tx-{}/xps_cpus", folder, queue), "0");
  }
  if (!nic.master.empty()) links_[folder + "/master"] = nic.master;
}
void FakeHost::remove_nic(const std::string& name) {
  const std::string folder = "sys/class/net/" + name + "/";
  std::erase_if(files_, [&](const auto& entry) { return entry.first.starts_with(folder); });
  links_.erase(folder + "master");
}
std::string FakeHost::link_name(const std::string& path) const {
  const auto found = links_.find(path);
  return found == links_.end() ? std::string() : found->second;
}

void FakeHost::make_flow_rule(const std::string& nic, const std::string& address, unsigned queue) {
  auto& rules = flow_tables_.at(nic).rules;
  const unsigned location = rules.empty() ? 0 : rules.rbegin()->first + 1;
  rules[location] = {location, address, queue};
}
std::string FakeHost::flows(const std::string& nic) const {
  const FlowTable& table = flow_tables_.at(nic);
  std::string text = table.counts ? "on" : "off";
  for (const auto& [location, rule] : table.rules) text += fmt::format(" {}>{}", rule.address, rule.queue);
  return text;
}

Result<std::vector<FlowRule>> FakeHost::flow_rules(const std::string& interface) const {
  const auto table = flow_tables_.find(interface);
  if (table == flow_tables_.end()) return HostAccess::flow_rules(interface);
  std::vector<FlowRule> rules;
  for (const auto& [location, rule] : table->second.rules) rules.push_back(rule);
  return rules;
}

Status FakeHost::add_flow_rule(const std::string& interface, const FlowRule& rule) {
  const std::string path = fmt::format("flow rule {} of {}", rule.address, interface);
  if (fail_write)
    if (const int number = fail_write(path); number != 0) return refused(path, number);
  FlowTable& table = flow_tables_.at(interface);
  if (!table.counts) return refused(path, EOPNOTSUPP);
  for (unsigned location = 0; location < table.size; ++location)
    if (table.rules.try_emplace(location, FlowRule{location, rule.address, rule.queue}).second) {
      ++writes;
      if (after_write) after_write();
      return {};
    }
  return refused(path, ENOSPC);
}

Status FakeHost::remove_flow_rule(const std::string& interface, unsigned location) {
  const std::string path = fmt::format("flow rule {} of {}", location, interface);
  if (fail_write)
    if (const int number = fail_write(path); number != 0) return refused(path, number);
  if (flow_tables_.at(interface).rules.erase(location) == 0) return refused(path, EINVAL);
  ++writes;
  if (after_write) after_write();
  return {};
}

Result<bool> FakeHost::flow_steering(const std::string& interface) const {
  const auto table = flow_tables_.find(interface);
  if (table == flow_tables_.end()) return HostAccess::flow_steering(interface);
  return table->second.counts;
}

Status FakeHost::set_flow_steering(const std::string& interface, bool on) {
  const std::string path = "flow rules of " + interface;
  if (fail_write)
    if (const int number = fail_write(path); number != 0) return refused(path, number);
  FlowTable& table = flow_tables_.at(interface);
  table.counts = on;
  if (!on) table.rules.clear();
  ++writes;
  if (after_write) after_write();
  return {};
}

void FakeHost::add_module(const std::string& name, const std::map<std::string, std::string>& parameters,
                          unsigned users) {
  for (const auto& [parameter, value] : parameters) add_file("sys/module/" + name + "/parameters/" + parameter, value);
  set_module_users(name, users);
}
void FakeHost::set_module_users(const std::string& name, unsigned users) {
  add_file("sys/module/" + name + "/refcnt", fmt::format("{}", users));
}

Status FakeHost::reload_module(const std::string& module, const std::string& parameter, const std::string& value) {
  const std::string path = fmt::format("sys/module/{}/parameters/{}", module, parameter);
  if (fail_write)
    if (const int number = fail_write(path); number != 0) return refused(path, number);
  if (file("sys/module/" + module + "/refcnt") != "0") return refused(path, EBUSY);
  if (parameter != stubborn_parameter) files_.at(path).text = value;
  ++reloads;
  ++writes;
  if (after_write) after_write();
  return {};
}

namespace {
std::string page_folder(unsigned node, unsigned kilobytes) {
  return fmt::format("sys/devices/system/node/node{}/hugepages/hugepages-{}kB", node, kilobytes);
}
}  // namespace

void FakeHost::add_huge_pages(unsigned node, unsigned kilobytes, unsigned total, unsigned most) {
  files_[page_folder(node, kilobytes) + "/nr_hugepages"] = {fmt::format("{}", total), {}, most};
  files_[page_folder(node, kilobytes) + "/free_hugepages"] = {fmt::format("{}", total), {}};
}
unsigned FakeHost::huge_pages(unsigned node, unsigned kilobytes) const {
  return number_in(files_.at(page_folder(node, kilobytes) + "/nr_hugepages").text, "");
}

unsigned FakeHost::free_huge_pages(unsigned node, unsigned kilobytes) const {
  return number_in(files_.at(page_folder(node, kilobytes) + "/free_hugepages").text, "");
}
void FakeHost::use_huge_pages(unsigned node, unsigned kilobytes, int count) {
  const int left = static_cast<int>(free_huge_pages(node, kilobytes)) - count;
  files_.at(page_folder(node, kilobytes) + "/free_hugepages").text = fmt::format("{}", left);
}
/// Pages come as free ones, and only free ones go.
void FakeHost::follow_huge_pages(const std::string& path, unsigned before) {
  std::string& total = files_.at(path).text;
  std::string& free = files_.at(parent_of(path) + "/free_hugepages").text;
  const unsigned used = before - number_in(free, "");
  total = fmt::format("{}", std::max(number_in(total, ""), used));
  free = fmt::format("{}", number_in(total, "") - used);
}

void FakeHost::start_irqbalance(const std::string& pid, const std::string& banned) {
  const CpuSet cpus = CpuSet::parse_list(banned).value();
  irqbalance_ = Irqbalance{pid, cpus, cpus};
  files_["proc/" + pid] = {};
  files_[fmt::format("run/irqbalance/irqbalance{}.sock", pid)] = {};
}
void FakeHost::irqbalance_round() { irqbalance_->banned = irqbalance_->told; }

CpuSet FakeHost::mask_of(int tid) const { return threads_.at(tid).mask; }

std::vector<int> FakeHost::user_threads() const {
  std::vector<int> tids;
  for (const auto& [tid, thread] : threads_)
    if (!thread.kernel) tids.push_back(tid);
  return tids;
}
std::vector<int> FakeHost::kernel_threads() const {
  std::vector<int> tids;
  for (const auto& [tid, thread] : threads_)
    if (thread.kernel) tids.push_back(tid);
  return tids;
}
std::vector<unsigned> FakeHost::irqs() const {
  std::vector<unsigned> numbers;
  for (const auto& [number, irq] : irqs_) numbers.push_back(number);
  return numbers;
}

std::string FakeHost::state() const {
  std::string text;
  for (const auto& [path, cgroup] : cgroups_)
    text += fmt::format("cgroup {} {} {} {}{}\n", path, cgroup.mems.empty() ? "0-1" : cgroup.mems.to_list(),
                        cgroup.cpus.empty() || all_.subset_of(cgroup.cpus) ? "all" : cgroup.cpus.to_list(),
                        cgroup.exclusive.to_list(), cgroup.isolated ? " isolated" : "");
  for (const auto& [tid, thread] : threads_)
    text += fmt::format("thread {} {} {} {}\n", tid, thread.name, thread.mask & online_, thread.scheduling.to_string());
  for (const auto& [path, file] : files_)
    if (!is_hidden(path)) text += fmt::format("file {} {}\n", path, file.text);
  for (const auto& [number, irq] : irqs_) text += fmt::format("irq {} {}\n", number, irq.mask);
  for (const auto& [nic, table] : flow_tables_) text += fmt::format("flows {} {}\n", nic, flows(nic));
  text += fmt::format("default {}\n", default_mask_);
  for (const auto& [name, mask] : workqueues_) text += fmt::format("workqueue {} {}\n", name, mask);
  if (resctrl_) text += resctrl_->state();
  return text;
}

Status FakeHost::refused(const std::string& path, int number) const {
  if (number == ENOENT || number == ESRCH)
    return failure(Error(ErrorKind::not_found, path + " is gone").with_errno(number));
  return failure(system_error(number, "writing " + path));
}

Result<std::string> FakeHost::read(const std::string& path) const {
  const auto missing = failure(Error(ErrorKind::not_found, path + " does not exist").with_errno(ENOENT));
  if (fail_read)
    if (const int number = fail_read(path); number != 0) return failure(system_error(number, "reading " + path));
  if (path.starts_with(cgroup_prefix)) return has_unified_cgroups ? read_cgroup(path) : missing;
  if (path.starts_with(resctrl_prefix)) {
    const auto text = resctrl_ ? resctrl_->read(below_resctrl(path)) : std::nullopt;
    return text ? Result<std::string>(*text) : missing;
  }
  if (const auto found = files_.find(path); found != files_.end()) {
    if (is_hidden(path)) return missing;
    std::string shown;
    for (const auto& choice : found->second.choices)
      shown +=
          fmt::format("{}{}", shown.empty() ? "" : " ", choice == found->second.text ? "[" + choice + "]" : choice);
    return (shown.empty() ? found->second.text : shown) + "\n";
  }
  if (path == "sys/devices/system/cpu/online") return online_.to_list() + "\n";
  if (path == "proc/irq/default_smp_affinity") return default_mask_.to_mask() + "\n";
  if (path.starts_with("proc/irq/")) {
    const auto found = irqs_.find(number_in(path, "proc/irq/"));
    if (found == irqs_.end()) return missing;
    if (path.ends_with("/node")) return missing;  // a file that a test adds where it matters
    return found->second.mask.to_list() + "\n";
  }
  if (path.starts_with("proc/sys/")) return missing;
  if (path.starts_with("proc/")) {
    const auto found = threads_.find(static_cast<int>(number_in(path, "proc/")));
    if (found == threads_.end()) return missing;
    const auto& thread = found->second;
    if (path.ends_with("/cgroup")) return fmt::format("0::/{}\n", thread.cgroup);
    if (path.ends_with("/status"))
      return fmt::format("Name:\t{}\nCpus_allowed_list:\t{}\n", thread.name, thread.mask.to_list());
    const unsigned flags = (thread.kernel ? 0x00200000U : 0U) | (thread.fixed ? 0x04000000U : 0U);
    return fmt::format("{} ({}) S 1 1 1 0 -1 {} 0 0 0 0 0 0 0 0 20 0 1 0 {} 0\n", found->first, thread.name, flags,
                       thread.born);
  }
  if (!path.starts_with("sys/devices/virtual/workqueue/")) return missing;
  for (const auto& [name, mask] : workqueues_)
    if (path == fmt::format("sys/devices/virtual/workqueue/{}cpumask", name == "unbound" ? "" : name + "/"))
      return (name == "unbound" ? mask - isolated() : mask).to_mask() + "\n";
  if (path == "sys/devices/virtual/workqueue/cpumask_requested" && knows_partitions())
    return workqueues_.at("unbound").to_mask() + "\n";
  return missing;
}

std::map<int, CpuSet> FakeHost::effective_by_thread() const {
  std::map<int, CpuSet> sets;
  for (const auto& [tid, thread] : threads_)
    if (!thread.cgroup.empty()) sets[tid] = effective(thread.cgroup);
  return sets;
}

/// kernel/cgroup/cpuset.c: update_tasks_cpumask runs for the cgroups whose effective set changed, the root among them
/// when partitions come and go.
void FakeHost::follow_cpusets(const std::map<int, CpuSet>& before, const CpuSet& isolated_before) {
  for (const auto& [tid, old] : before) {
    Thread& thread = threads_.at(tid);
    const CpuSet now = effective(thread.cgroup);
    if (now == old) continue;
    const CpuSet kept = thread.own & now;
    thread.mask = kernel_ != Kernel::overwrites_masks && !kept.empty() ? kept : now;
    if (kernel_ == Kernel::overwrites_masks) thread.own = {};
  }
  if (isolated() == isolated_before) return;
  const CpuSet left = all_ - isolated();
  for (auto& [tid, thread] : threads_) {
    if (!thread.kernel || thread.fixed) continue;
    const bool keeps = kernel_ == Kernel::keeps_kthread_masks && thread.own.intersects(left);
    thread.mask = keeps ? thread.own & left : left;
  }
}

Result<std::string> FakeHost::read_cgroup(const std::string& path) const {
  const auto missing = failure(Error(ErrorKind::not_found, path + " does not exist").with_errno(ENOENT));
  const auto [cgroup, file] = split_cgroup(path);
  const auto found = cgroups_.find(cgroup);
  if (found == cgroups_.end()) return missing;
  const auto& [cpuset, cpus, mems, exclusive, partition, disabled] = found->second;
  if (file == "cgroup.controllers") return std::string("cpuset\n");
  if (file == "cgroup.threads") {
    std::string tids;
    for (const auto& [tid, thread] : threads_)
      if (thread.cgroup == cgroup) tids += fmt::format("{}\n", tid);
    return tids;
  }
  if (!cpuset) return missing;
  if (file == "cpuset.mems.effective") return std::string("0-1\n");
  if (file == "cpuset.mems" && !cgroup.empty()) return mems.to_list() + "\n";
  if (file == "cpuset.cpus.effective") return effective(cgroup).to_list() + "\n";
  if (cgroup.empty()) return missing;
  if (file == "cpuset.cpus") return cpus.to_list() + "\n";
  if (!knows_partitions()) return missing;
  if (file == "cpuset.cpus.exclusive") return exclusive.to_list() + "\n";
  if (file != "cpuset.cpus.partition") return missing;
  if (!partition) return std::string("member\n");
  return std::string(is_valid_partition(cgroup) ? "isolated\n" : "isolated invalid (Invalid cpu list)\n");
}

/// A partition whose CPUs a sibling has as well is "isolated invalid (Cpu list in cpuset.cpus not exclusive)".
void FakeHost::disable_partitions_beside(const std::string& name) {
  for (auto& [path, cgroup] : cgroups_)
    if (path != name && !path.empty() && parent_of(path) == parent_of(name))
      cgroup.disabled |= cgroup.isolated && cgroup.cpus.intersects(cgroups_.at(name).cpus);
}

Status FakeHost::write_cgroup(const std::string& path, std::string_view text) {
  const auto [name, file] = split_cgroup(path);
  const auto found = cgroups_.find(name);
  if (found == cgroups_.end()) return refused(path, ENOENT);
  Cgroup& cgroup = found->second;
  const auto before = effective_by_thread();
  const CpuSet isolated_before = isolated();
  if (file == "cpuset.mems") {
    ACDR_TRY(cgroup.mems, NodeSet::parse_list(text));
  } else if (file == "cpuset.cpus.partition") {
    cgroup.isolated = text == "isolated\n";
    cgroup.disabled = false;
  } else {
    ACDR_TRY(const CpuSet cpus, CpuSet::parse_list(text));
    const bool populated =
        std::ranges::any_of(threads_, [&](const auto& entry) { return below(entry.second.cgroup, name); });
    if (file == "cpuset.cpus" && cpus.empty() && !cgroup.cpus.empty() && populated) return refused(path, ENOSPC);
    (file == "cpuset.cpus" ? cgroup.cpus : cgroup.exclusive) = cpus;
    if (file == "cpuset.cpus") disable_partitions_beside(name);
  }
  follow_cpusets(before, isolated_before);
  return {};
}

Status FakeHost::write(const std::string& path, std::string_view text) {
  if (fail_write)
    if (const int number = fail_write(path); number != 0) return refused(path, number);
  ++writes;
  if (path.starts_with(cgroup_prefix)) {
    ACDR_CHECK(write_cgroup(path, text));
  } else if (path.starts_with(resctrl_prefix)) {
    return changed_resctrl(path, resctrl_ ? resctrl_->write(below_resctrl(path), text) : ENOENT);
  } else if (const auto file = files_.find(path); file != files_.end()) {
    if (is_hidden(path)) return refused(path, ENOENT);
    std::string value(text.substr(0, text.find('\n')));
    const auto& choices = file->second.choices;
    if (!choices.empty() && std::ranges::find(choices, value) == choices.end()) return refused(path, EINVAL);
    if (file->second.most > 0) value = fmt::format("{}", std::min(number_in(value, ""), file->second.most));
    const std::string before = std::exchange(file->second.text, value);
    if (file->second.most > 0) follow_huge_pages(path, number_in(before, ""));
  } else if (path.starts_with("proc/sys/") || path.starts_with("sys/class/")) {
    return refused(path, ENOENT);
  } else if (path == "proc/irq/default_smp_affinity") {
    ACDR_TRY(CpuSet mask, CpuSet::parse_mask(text));
    if (!mask.intersects(online_)) return refused(path, EINVAL);
    default_mask_ = std::move(mask);
  } else if (path.starts_with("proc/irq/")) {
    const auto found = irqs_.find(number_in(path, "proc/irq/"));
    if (found == irqs_.end()) return refused(path, ENOENT);
    if (found->second.fixed) return refused(path, EIO);
    ACDR_TRY(CpuSet mask, CpuSet::parse_list(text));
    if (!mask.intersects(online_)) return refused(path, EINVAL);
    found->second.mask = std::move(mask);
  } else {
    for (auto& [name, mask] : workqueues_)
      if (path == fmt::format("sys/devices/virtual/workqueue/{}cpumask", name == "unbound" ? "" : name + "/")) {
        ACDR_TRY(mask, CpuSet::parse_mask(text));
      }
  }
  if (after_write) after_write();
  return {};
}

std::vector<std::string> FakeHost::list(const std::string& path) const {
  std::vector<std::string> names;
  const std::string folder = path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
  if ((folder + "/").starts_with(resctrl_prefix)) {
    if (resctrl_) names = resctrl_->list(below_resctrl(folder));
  } else if ((folder + "/").starts_with(cgroup_prefix)) {
    const std::string cgroup = folder.size() <= cgroup_prefix.size() ? "" : folder.substr(cgroup_prefix.size());
    if (!has_unified_cgroups) return cgroup.empty() ? std::vector<std::string>{"cpuset/", "systemd/"} : names;
    const auto found = cgroups_.find(cgroup);
    if (found == cgroups_.end()) return names;
    names = {"cgroup.threads"};
    if (found->second.cpuset) names.insert(names.end(), {"cpuset.cpus.effective"});
    if (found->second.cpuset && !cgroup.empty()) names.push_back("cpuset.cpus");
    if (found->second.cpuset && !cgroup.empty() && knows_partitions())
      names.insert(names.end(), {"cpuset.cpus.exclusive", "cpuset.cpus.partition"});
    for (const auto& [child, state] : cgroups_)
      if (!child.empty() && parent_of(child) == cgroup)
        names.push_back(child.substr(cgroup.empty() ? 0 : cgroup.size() + 1) + "/");
  } else if (folder == "proc/irq") {
    for (const auto& [number, irq] : irqs_) names.push_back(fmt::format("{}/", number));
  } else if (folder.starts_with("proc/irq/")) {
    const auto found = irqs_.find(number_in(folder, "proc/irq/"));
    if (found != irqs_.end() && !found->second.action.empty()) names.push_back(found->second.action + "/");
  } else if (folder == "sys/devices/virtual/workqueue") {
    for (const auto& [name, mask] : workqueues_) names.push_back(name == "unbound" ? "cpumask" : name + "/");
  }
  const std::string prefix = folder + "/";
  for (auto at = files_.lower_bound(prefix); at != files_.end() && at->first.starts_with(prefix); ++at) {
    if (is_hidden(at->first)) continue;
    const auto slash = at->first.find('/', prefix.size());
    names.push_back(at->first.substr(prefix.size(), slash == std::string::npos ? slash : slash + 1 - prefix.size()));
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void FakeHost::add_resctrl(unsigned sharing_cache, FakeResctrl::Shape shape) {
  for (const unsigned cpu : all_) {
    const unsigned id = cpu / sharing_cache;
    shape.caches[id].insert(cpu);
    const std::string folder = fmt::format("sys/devices/system/cpu/cpu{}/cache/index3", cpu);
    add_file(folder + "/level", "3");
    add_file(folder + "/id", fmt::format("{}", id));
    add_file(folder + "/shared_cpu_list", CpuSet::range(id * sharing_cache, (id + 1) * sharing_cache - 1).to_list());
  }
  resctrl_.emplace(std::move(shape));
  has_resctrl_ = true;
}

Status FakeHost::changed_resctrl(const std::string& path, int number) {
  if (locks_ == 0) ++unlocked_changes;
  if (number != 0) return refused(path, number);
  if (after_write) after_write();
  return {};
}

Status FakeHost::make_directory(const std::string& path) {
  if (const int number = may_write(path); number != 0) return refused(path, number);
  ++writes;
  return changed_resctrl(path, resctrl_ ? resctrl_->make_group(below_resctrl(path)) : ENOENT);
}

Status FakeHost::remove_directory(const std::string& path) {
  if (const int number = may_write(path); number != 0) return refused(path, number);
  ++writes;
  return changed_resctrl(path, resctrl_ ? resctrl_->remove_group(below_resctrl(path)) : ENOENT);
}

namespace {
class FakeLock final : public HostLock {
 public:
  explicit FakeLock(int& count) : count_(count) { ++count_; }
  ~FakeLock() override { --count_; }

 private:
  int& count_;
};
}  // namespace

Result<std::unique_ptr<HostLock>> FakeHost::lock_directory(const std::string& path) {
  if (resctrl_is_busy || locks_ > 0) return failure(system_error(EAGAIN, "locking /" + path));
  return std::make_unique<FakeLock>(locks_);
}

bool FakeHost::exists(const std::string& path) const {
  if (path + "/" == resctrl_prefix) return has_resctrl_;
  return read(path).has_value() || !list(path).empty();
}

Result<CpuSet> FakeHost::affinity(int tid) const {
  const auto found = threads_.find(tid);
  if (found == threads_.end()) return failure(Error(ErrorKind::not_found, "no such thread").with_errno(ESRCH));
  return found->second.mask & online_;
}

/// A kernel thread, which is in the root cgroup, may have CPUs that are offline; before Linux 6.2 it gets none of them.
Status FakeHost::set_affinity(int tid, const CpuSet& cpus) {
  const std::string path = fmt::format("thread {}", tid);
  if (fail_write)
    if (const int number = fail_write(path); number != 0) return refused(path, number);
  const auto found = threads_.find(tid);
  if (found == threads_.end()) return refused(path, ESRCH);
  Thread& thread = found->second;
  const CpuSet bounds = kernel_ == Kernel::overwrites_masks ? online_ : all_;
  const CpuSet allowed = cpus & (thread.cgroup.empty() ? bounds : effective(thread.cgroup));
  if (thread.fixed || !allowed.intersects(online_)) return refused(path, EINVAL);
  ++writes;
  thread.own = cpus;
  thread.mask = allowed;
  if (after_write) after_write();
  return {};
}

Result<Scheduling> FakeHost::scheduling(int tid) const {
  const auto found = threads_.find(tid);
  if (found == threads_.end()) return failure(Error(ErrorKind::not_found, "no such thread").with_errno(ESRCH));
  return found->second.scheduling;
}

Status FakeHost::set_scheduling(int tid, const Scheduling& scheduling) {
  const std::string path = fmt::format("thread {}", tid);
  if (fail_write)
    if (const int number = fail_write(path); number != 0) return refused(path, number);
  const auto found = threads_.find(tid);
  if (found == threads_.end()) return refused(path, ESRCH);
  ++writes;
  found->second.scheduling = scheduling;
  if (after_write) after_write();
  return {};
}

Result<std::string> FakeHost::ask_irqbalance(const std::string& socket, std::string_view command) {
  if (!irqbalance_ || !socket.ends_with(fmt::format("irqbalance{}.sock", irqbalance_->pid)))
    return failure(Error(ErrorKind::not_found, socket + " is not there").with_errno(ENOENT));
  if (command == "setup") return fmt::format("SLEEP 10 BANNED {}", irqbalance_->banned.to_mask());
  const std::string list(command.substr(std::string_view("settings cpus ").size()));
  irqbalance_->told = list == "NULL" ? CpuSet() : CpuSet::parse_list(list).value();
  return std::string();
}

}  // namespace acdr::test
