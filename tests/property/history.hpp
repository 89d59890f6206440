// SPDX-License-Identifier: GPL-2.0-or-later
// A history is a list of operations on a host with acdr. Each operation can be done in every state (one that makes no
// sense there does nothing), so that any part of a history is a history as well, and a failing one can be shortened.
#pragma once

#include <algorithm>
#include <exception>
#include <functional>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "support/engine_world.hpp"

namespace acdr::test {

struct Operation {
  enum Kind {
    start,            ///< a domain, with a class, with or without the hook
    stop,             ///< a domain
    vanish,           ///< a domain, and nobody tells
    retag,            ///< a domain that runs gets another class, or none
    apply,            ///< a class to the host
    release,          ///< it again
    apply_by_hand,    ///< a class to a domain that runs
    release_by_hand,  ///< a domain's claim
    restart,          ///< the daemon dies and comes back
    losses,           ///< the same, and domains end meanwhile
    die,              ///< the daemon dies at a later write of the next operation
    foreign_irq,      ///< somebody moves an interrupt
    foreign_mask,     ///< a thread gives itself another mask
    foreign_setting,  ///< somebody writes a setting
    irq_arrives,
    irq_leaves,
    thread_arrives,
    thread_leaves,
    kernel_thread_arrives,
    kernel_thread_leaves,
    cpu_offline,
    cpu_online,
    kinds,
  };
  Kind kind = start;
  unsigned which = 0;  ///< domain, interrupt, thread, setting
  unsigned value = 0;  ///< what of it: class, mask, number of the write
};
using History = std::vector<Operation>;

[[nodiscard]] inline std::string to_code(const History& history) {
  static const std::array names{"start",
                                "stop",
                                "vanish",
                                "retag",
                                "apply",
                                "release",
                                "apply_by_hand",
                                "release_by_hand",
                                "restart",
                                "losses",
                                "die",
                                "foreign_irq",
                                "foreign_mask",
                                "foreign_setting",
                                "irq_arrives",
                                "irq_leaves",
                                "thread_arrives",
                                "thread_leaves",
                                "kernel_thread_arrives",
                                "kernel_thread_leaves",
                                "cpu_offline",
                                "cpu_online"};
  std::string code;
  for (const auto& one : history)
    code += fmt::format("    {{Operation::{}, {}, {}}},\n", names.at(static_cast<std::size_t>(one.kind)), one.which,
                        one.value);
  return code;
}

[[nodiscard]] inline History random_history(std::uint64_t seed, std::size_t steps) {
  std::mt19937_64 random(seed);
  History history;
  while (history.size() < steps)
    history.push_back({static_cast<Operation::Kind>(random() % Operation::kinds), static_cast<unsigned>(random() % 4),
                       static_cast<unsigned>(random() % 1024)});
  return history;
}

/// Does a history on a host with acdr and, as far as it is none of acdr's doing, on its twin without.
class Stage {
 public:
  explicit Stage(FakeHost::Kernel kernel) : kernel_(kernel), world_(kernel), twin_(kernel) {
    for (FakeHost* host : {&world_.host, &twin_.host}) {
      for (const auto* path : settings) host->add_file(path, "1");
      host->add_file("proc/sys/vm/stat_interval", "1");
      for (unsigned cpu = 4; cpu < 8; ++cpu)
        host->add_file(fmt::format("sys/devices/system/cpu/cpu{}/cpufreq/scaling_governor", cpu), "schedutil");
      host->add_file("proc/sys/kernel/sched_rt_runtime_us", "950000");
    }
  }

  /// What went wrong, if something did.
  std::optional<std::string> play(const History& history) {
    try {
      for (std::size_t at = 0; at < history.size(); ++at) {
        do_one(history[at]);
        if (const auto fault = check(); !fault.empty())
          return fmt::format("after operation {} ({})", at, to_code({history[at]})) + fault;
      }
      end();
      if (const auto fault = check(); !fault.empty()) return "at the end: " + fault;
      for (const unsigned cpu : world_.host.offline()) set_online(cpu, true);
      world_.engine->host_changed();
      if (const auto fault = check(); !fault.empty()) return "at the end, with every CPU online: " + fault;
      if (!world_.engine->claims().empty()) return "at the end there are claims";
    } catch (const std::exception& error) {
      return std::string("exception: ") + error.what();
    }
    return std::nullopt;
  }

 private:
  struct Killed {};
  static constexpr unsigned domains = 4;
  static constexpr std::array settings{"proc/sys/kernel/numa_balancing", "proc/sys/kernel/timer_migration",
                                       "sys/kernel/mm/ksm/run"};
  static constexpr std::array classes{"vnf",     "cleaner-cores", "dedicated-cores", "emulator-isolation",
                                      "irq-ban", "latency",       "realtime",        "strict-numa"};
  static constexpr std::array host_classes{"irq-ban", "cleaner-cores", "quiet-host"};
  static constexpr std::array masks{"0-3", "4-7", "2-5", "1", "6", "3,5", "0-6", "1-7"};

  static DomainDefinition definition(unsigned which, unsigned value) {
    auto domain = World::domain(std::string(1, static_cast<char>('a' + which)), 1 + value % 2,
                                classes.at(value / 2 % classes.size()));
    if (value / 16 % 8 == 0) domain.tag.reset();
    return domain;
  }
  static int first_tid(unsigned which) { return static_cast<int>(1000 * (which + 1)); }
  static CpuSet mask(unsigned value) { return CpuSet::parse_list(masks.at(value % masks.size())).value(); }

  /// The daemon may die in it: a new one takes over, and whoever told the old one tells it again.
  template <class Act>
  void survive(Act act) {
    try {
      act(false);
    } catch (const Killed&) {
      come_back(true);
      act(true);
    }
  }
  void arm(unsigned last) {
    auto count = [last, writes = 0U]() mutable {
      if (++writes > last) throw Killed();
      return 0;
    };
    if (last % 2 == 0)
      world_.host.after_write = count;
    else
      world_.host.fail_write = [count](const std::string&) mutable { return count(); };
  }
  void disarm() {
    world_.host.after_write = nullptr;
    world_.host.fail_write = nullptr;
  }

  void do_one(const Operation& one) {
    // When nothing else is to be done, so it may die before.
    if (one.kind != Operation::restart || one.value % 4 > 0) world_.engine->flush_ledger();
    if (one.kind == Operation::die) return arm(one.value % 64);
    act(one);
    if (!is_told_of(one)) survive([this](bool) { world_.engine->host_changed(); });
    disarm();
  }

  /// The daemon has done all there is to do by the end of it, and need not look at the host once more.
  static bool is_told_of(const Operation& one) {
    switch (one.kind) {
      case Operation::start:
      case Operation::stop:
      case Operation::retag:
      case Operation::apply:
      case Operation::release:
      case Operation::apply_by_hand:
      case Operation::release_by_hand:
      case Operation::irq_arrives:
      case Operation::irq_leaves:
      case Operation::cpu_online:
      case Operation::cpu_offline:
      case Operation::kernel_thread_arrives:
        return true;
      case Operation::vanish:
        return is_told_by_libvirt(one);
      default:
        return false;
    }
  }
  static bool is_told_by_libvirt(const Operation& one) { return one.value % 2 == 0; }

  void act(const Operation& one) {
    switch (one.kind) {
      case Operation::start:
        return start(one.which, one.value);
      case Operation::stop:
        return stop(one.which);
      case Operation::vanish:
        return vanish(one);
      case Operation::retag:
        return retag(one.which, one.value);
      case Operation::apply:
        return apply(one.value);
      case Operation::release:
        return survive([&](bool) { static_cast<void>(world_.engine->release(Subject::host(), "")); });
      case Operation::apply_by_hand:
        return apply_by_hand(one.which, one.value);
      case Operation::release_by_hand:
        return release_by_hand(one.which);
      case Operation::restart:
        return come_back(one.value % 2 == 0);
      case Operation::losses:
        return losses(one.value);
      default:
        return act_of_others(one);
    }
  }

  void act_of_others(const Operation& one) {
    switch (one.kind) {
      case Operation::foreign_irq:
        return foreign_irq(one.which % 2 == 0 ? 4 : 25, mask(one.value));
      case Operation::foreign_mask:
        return foreign_mask(one);
      case Operation::foreign_setting:
        return foreign_setting(settings.at(one.which % settings.size()), fmt::format("{}", one.value % 3));
      case Operation::irq_arrives:
        one.value % 2 == 0 ? irq_is_requested(60 + one.which) : irq_arrives(60 + one.which, mask(one.value));
        return survive([this](bool) { world_.engine->devices_changed(); });
      case Operation::irq_leaves:
        irq_leaves(60 + one.which);
        return survive([this](bool) { world_.engine->devices_changed(); });
      case Operation::thread_arrives:
        return thread_arrives(static_cast<int>(510 + one.which), mask(one.value));
      case Operation::thread_leaves:
        return thread_leaves(static_cast<int>(510 + one.which));
      case Operation::kernel_thread_arrives:
        return kernel_thread_arrives(static_cast<int>(40 + one.which), masks.at(one.value % masks.size()));
      case Operation::kernel_thread_leaves:
        return thread_leaves(static_cast<int>(40 + one.which));
      default:
        set_online(1 + one.value % 7, one.kind == Operation::cpu_online);
        return survive([this](bool) { world_.engine->devices_changed(); });
    }
  }

  // CPUs.
  /// What only the kernel could give back, on the host with acdr or on its twin, is left out of the comparison from
  /// then on: a mask that was broken because its last CPU went, and what threads asked for themselves of a kernel that
  /// forgets it.
  void set_online(unsigned cpu, bool online) {
    if (world_.host.online().contains(cpu) == online) return;
    std::map<std::string, CpuSet> before = masks_of_the_twin();
    for (const int tid : twin_.host.user_threads()) {
      if (!keeps_masks() && !twin_.host.own_mask_of(tid).empty()) beyond_us_.insert(thread_line(tid));
    }
    for (FakeHost* host : {&world_.host, &twin_.host}) online ? host->bring_online(cpu) : host->take_offline(cpu);
    for (const auto& [line, mask] : masks_of_the_twin())
      if (mask != before[line]) beyond_us_.insert(line);
  }
  static std::string thread_line(int tid) { return fmt::format("thread {} ", tid); }
  static std::string irq_line(unsigned number) { return fmt::format("irq {} ", number); }
  [[nodiscard]] std::map<std::string, CpuSet> masks_of_the_twin() const {
    std::map<std::string, CpuSet> found;
    for (const int tid : twin_.host.kernel_threads()) found[thread_line(tid)] = twin_.host.mask_of(tid);
    for (const unsigned number : twin_.host.irqs()) found[irq_line(number)] = twin_.host.irq_mask(number);
    return found;
  }

  // Domains.
  void start(unsigned which, unsigned value) {
    if (running_.contains(which)) return;
    const auto domain = definition(which, value);
    running_[which] = domain;
    const bool hook = value / 128 % 2 == 0;
    survive([&](bool again) { world_.start(domain, first_tid(which), hook && !again); });
    twin_.appear_all(domain, first_tid(which));
  }
  void stop(unsigned which) {
    const auto domain = remove(which);
    if (domain) survive([&](bool) { world_.engine->scope_vanished(World::scope(*domain)); });
  }
  /// Its scope goes, and nobody tells of that.
  void vanish(const Operation& one) {
    const auto domain = remove(one.which);
    if (domain && is_told_by_libvirt(one)) survive([&](bool) { world_.engine->domain_stopped(domain->uuid); });
  }
  std::optional<DomainDefinition> remove(unsigned which) {
    const auto found = running_.find(which);
    if (found == running_.end()) return std::nullopt;
    auto domain = found->second;
    running_.erase(found);
    world_.host.remove_cgroup(World::scope(domain));
    twin_.host.remove_cgroup(World::scope(domain));
    return domain;
  }
  void retag(unsigned which, unsigned value) {
    const auto found = running_.find(which);
    if (found == running_.end()) return;
    found->second.tag = definition(which, value).tag;
    survive([&](bool) { world_.engine->domain_running(found->second); });
  }
  void apply_by_hand(unsigned which, unsigned value) {
    const auto found = running_.find(which);
    if (found == running_.end()) return;
    survive([&](bool) {
      static_cast<void>(world_.engine->apply(classes.at(value % classes.size()), {}, &found->second, false));
    });
  }
  void release_by_hand(unsigned which) {
    const auto found = running_.find(which);
    if (found == running_.end()) return;
    survive([&](bool) { static_cast<void>(world_.engine->release(Subject::domain(found->second.uuid), "")); });
  }
  void apply(unsigned value) {
    std::map<std::string, std::string> parameters;
    if (value % 2 == 0 || value % host_classes.size() == 0) parameters["cores"] = "6-7";
    survive([&](bool) {
      static_cast<void>(world_.engine->apply(host_classes.at(value % host_classes.size()), parameters, nullptr, false));
    });
  }
  void losses(unsigned value) {
    for (unsigned which = 0; which < domains; ++which)
      if ((value >> which & 1U) != 0) remove(which);
    come_back(value / 16 % 2 == 0);
  }
  /// A new daemon; machined's listing tells it of the scopes, libvirt's of the domains, in either order.
  void come_back(bool scopes_first) {
    disarm();
    world_.restart();
    if (scopes_first) tell_scopes();
    for (const auto& [which, domain] : running_)
      if (has_scope(domain)) world_.engine->domain_running(domain);
    if (!scopes_first) tell_scopes();
  }
  void tell_scopes() {
    for (const auto& [which, domain] : running_)
      if (has_scope(domain)) world_.engine->scope_appeared(domain.uuid, World::scope(domain));
  }
  [[nodiscard]] bool has_scope(const DomainDefinition& domain) const {
    return world_.host.exists("sys/fs/cgroup/" + World::scope(domain) + "/cgroup.threads");
  }

  // Others. What cannot be told from acdr's own doing, or the kernel's, is not done.
  /// As the kernel gives it to a new one, and as what the kernel makes of it with CPUs offline.
  [[nodiscard]] bool is_default_irq_mask(const CpuSet& cpus) const {
    const auto mask = CpuSet::parse_mask(world_.host.read("proc/irq/default_smp_affinity").value()).value();
    return cpus == mask || cpus == (mask & world_.host.online()) || cpus == world_.host.online();
  }
  void foreign_irq(unsigned number, const CpuSet& cpus) {
    const std::string path = fmt::format("proc/irq/{}/smp_affinity_list", number);
    if (cpus == world_.host.irq_mask(number) || cpus == twin_.host.irq_mask(number) || is_default_irq_mask(cpus) ||
        !cpus.intersects(world_.host.online()))
      return;
    write_both(path, cpus.to_list());
    beyond_us_.erase(irq_line(number));
  }
  void foreign_setting(const std::string& path, const std::string& text) {
    if (world_.host.file(path) == text) return;
    outside([&] { static_cast<void>(world_.host.write(path, text + "\n")); });
    survive([this](bool) { world_.engine->host_changed(); });
    // A text that a wish forbids is put right; any other is now the host's own.
    if (world_.host.file(path) == text) static_cast<void>(twin_.host.write(path, text + "\n"));
  }
  /// Of a thread of a service, or of a domain.
  void foreign_mask(const Operation& one) {
    const CpuSet cpus = mask(one.value);
    const unsigned of_masks = one.value / static_cast<unsigned>(masks.size());
    if (of_masks % 4 != 0)
      return foreign_mask(static_cast<int>(500 + one.which % 3),
                          one.which % 3 == 2 ? "user.slice" : "system.slice/a.service", cpus);
    const auto found = running_.find(one.which % domains);
    if (found == running_.end()) return;
    const unsigned thread = of_masks / 4 % (found->second.current_vcpus + 1);
    foreign_mask(first_tid(found->first) + static_cast<int>(thread),
                 World::scope(found->second) +
                     (thread == 0 ? std::string("/libvirt/emulator") : fmt::format("/libvirt/vcpu{}", thread - 1)),
                 cpus);
  }
  void foreign_mask(int tid, const std::string& cgroup, const CpuSet& cpus) {
    if (!may_ask_for(cgroup, cpus)) return;
    if (!keeps_masks() && (cpus == world_.host.mask_of(tid) || cpus == twin_.host.mask_of(tid))) return;
    outside([&] { static_cast<void>(world_.host.set_affinity(tid, cpus)); });
    static_cast<void>(twin_.host.set_affinity(tid, cpus));
  }
  /// A kernel that keeps what a thread asked for is asked for anything that it does not refuse. On another, only for
  /// what the thread gets: nobody knows of the rest.
  [[nodiscard]] bool may_ask_for(const std::string& cgroup, const CpuSet& cpus) const {
    const CpuSet bounds = world_.host.effective(cgroup);
    return keeps_masks() ? cpus.intersects(bounds) : cpus.subset_of(bounds) && cpus != bounds;
  }
  [[nodiscard]] bool keeps_masks() const { return kernel_ != FakeHost::Kernel::overwrites_masks; }
  void irq_is_requested(unsigned number) {
    if (!irqs_.insert(number).second) return;
    for (FakeHost* host : {&world_.host, &twin_.host}) host->request_irq(number, "late");
  }
  void irq_arrives(unsigned number, const CpuSet& cpus) {
    if (is_default_irq_mask(cpus) || !irqs_.insert(number).second) return;
    for (FakeHost* host : {&world_.host, &twin_.host}) host->add_irq(number, "late", cpus.to_list());
  }
  void irq_leaves(unsigned number) {
    if (irqs_.erase(number) == 0) return;
    beyond_us_.erase(irq_line(number));
    for (FakeHost* host : {&world_.host, &twin_.host}) host->remove_irq(number);
  }
  void thread_arrives(int tid, const CpuSet& cpus) {
    if (!may_ask_for("system.slice/a.service", cpus) || !threads_.insert(tid).second) return;
    for (FakeHost* host : {&world_.host, &twin_.host})
      host->add_thread(tid, "late", "system.slice/a.service", cpus.to_list());
  }
  void kernel_thread_arrives(int tid, const std::string& cpus) {
    if (!threads_.insert(tid).second) return;
    const bool bound = CpuSet::parse_list(cpus).value().count() == 1;
    if (bound) bound_threads_.insert(tid);
    for (FakeHost* host : {&world_.host, &twin_.host}) host->add_kthread(tid, "late", cpus, bound);
    survive([&](bool) { world_.engine->kernel_thread_appeared(tid); });
  }
  void thread_leaves(int tid) {
    if (threads_.erase(tid) == 0) return;
    bound_threads_.erase(tid);
    beyond_us_.erase(thread_line(tid));
    for (FakeHost* host : {&world_.host, &twin_.host}) host->remove_thread(tid);
  }
  void write_both(const std::string& path, const std::string& text) {
    outside([&] { static_cast<void>(world_.host.write(path, text)); });
    static_cast<void>(twin_.host.write(path, text));
  }
  /// What others write is no write of the daemon, at which it could die.
  void outside(const std::function<void()>& write) {
    auto after = std::exchange(world_.host.after_write, nullptr);
    auto before = std::exchange(world_.host.fail_write, nullptr);
    write();
    world_.host.after_write = std::move(after);
    world_.host.fail_write = std::move(before);
  }

  // What must hold.
  [[nodiscard]] std::string check() {
    const auto& claims = world_.engine->claims();
    if (auto fault = placed_on_online_cpus(); !fault.empty()) return fault;
    if (claims.empty()) return same_as_the_twin();
    for (const auto& item : world_.engine->verify(std::nullopt).items)
      if (!item.holds && !is_unmet(item)) return fmt::format("{}: {}: {}", item.subject, item.what, item.detail);
    for (const auto& [key, claim] : claims)
      if (!claim->subject.is_host() && !claim->scope.empty())
        if (auto fault = cores_are_kept(*claim); !fault.empty()) return fault;
    return {};
  }
  /// Of a domain that is not conditioned, or says that it lacks a core.
  [[nodiscard]] bool is_unmet(const VerifyItem& item) const {
    return std::ranges::any_of(world_.engine->status(), [&](const ClaimStatus& status) {
      return status.name == item.subject &&
             (status.state == "failed" || (status.state == "degraded" && lacks_a_core(status.allocation)));
    });
  }
  [[nodiscard]] bool lacks_a_core(const Allocation& allocation) const {
    return allocation.cores.intersects(world_.host.offline());
  }
  /// What a claim got in the last operation was there to be had.
  [[nodiscard]] std::string placed_on_online_cpus() {
    std::map<std::string, CpuSet> now;
    for (const auto& [key, claim] : world_.engine->claims()) {
      const auto& cores = now[key.first.to_string() + ' ' + key.second] = claim->allocation.cores;
      const auto known = held_.find(key.first.to_string() + ' ' + key.second);
      if ((known == held_.end() || known->second != cores) && lacks_a_core(claim->allocation))
        return fmt::format("{} was given {}, and {} is offline", claim->name, cores, world_.host.offline());
    }
    held_ = std::move(now);
    return {};
  }
  [[nodiscard]] std::string same_as_the_twin() const {
    const std::string with = world_.host.state();
    const std::string without = twin_.host.state();
    if (with == without) return {};
    const auto lines = lines_of(with);
    const auto twin_lines = lines_of(without);
    if (lines.size() != twin_lines.size()) return "without a claim the host has more or less than its twin";
    for (std::size_t at = 0; at < lines.size(); ++at)
      if (lines[at] != twin_lines[at] && !beyond_us_.contains(name_of(lines[at])))
        return fmt::format("without a claim the host is '{}' and should be '{}'", lines[at], twin_lines[at]);
    return {};
  }
  static std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }
  /// "irq 4 " of "irq 4 0-3".
  static std::string name_of(const std::string& line) { return line.substr(0, line.find(' ', line.find(' ') + 1) + 1); }
  /// Of a domain that has cleared cores: nobody else is on them, and its vCPUs are nowhere else.
  [[nodiscard]] std::string cores_are_kept(const Claim& claim) const {
    const auto has = [&](const char* name) {
      return std::ranges::any_of(claim.resolved->conditionings, [&](const auto& one) { return one.name == name; });
    };
    const CpuSet& cores = claim.allocation.cores;
    if (!has("cleaner-cores")) return {};
    for (const auto& [key, other] : world_.engine->claims())
      if (!other->subject.is_host() && other->subject != claim.subject && other->allocation.cores.intersects(cores))
        return fmt::format("{} and {} share cores", claim.name, other->name);
    for (const int tid : other_threads(claim))
      if (world_.host.mask_of(tid).intersects(cores))
        return fmt::format("thread {} may run on {}, cores {} of {}", tid, world_.host.mask_of(tid), cores, claim.name);
    for (const int tid : bound_threads_)
      if (has("scheduler") && world_.host.mask_of(tid).intersects(cores - world_.host.offline()) &&
          world_.host.scheduling_of(tid).priority < 2)
        return fmt::format("thread {} waits behind the vCPUs of {}", tid, claim.name);
    return vcpus_are_on(claim, cores);
  }
  [[nodiscard]] std::string vcpus_are_on(const Claim& claim, const CpuSet& cores) const {
    for (const auto& [which, domain] : running_)
      for (unsigned vcpu = 0; domain.uuid == claim.subject.uuid() && vcpu < domain.current_vcpus; ++vcpu)
        if (const auto mask = world_.host.mask_of(first_tid(which) + 1 + static_cast<int>(vcpu));
            !mask.subset_of(cores) && !lacks_a_core(claim.allocation))
          return fmt::format("vCPU {} of {} may run on {}, not only on {}", vcpu, claim.name, mask, cores);
    return {};
  }
  [[nodiscard]] std::vector<int> other_threads(const Claim& claim) const {
    std::vector<int> tids{1, 2, 30, 31, 500, 501, 502};
    std::ranges::set_difference(threads_, bound_threads_, std::back_inserter(tids));
    for (const auto& [which, domain] : running_)
      for (unsigned thread = 0; domain.uuid != claim.subject.uuid() && thread <= domain.current_vcpus; ++thread)
        tids.push_back(first_tid(which) + static_cast<int>(thread));
    return tids;
  }

  void end() {
    disarm();
    while (!running_.empty()) stop(running_.begin()->first);
    static_cast<void>(world_.engine->release(Subject::host(), ""));
    world_.engine->host_changed();
  }

  /// The same host, where nothing is conditioned.
  struct Twin : Machine {
    using Machine::Machine;
    void appear_all(const DomainDefinition& domain, int tid) {
      appear(scope(domain));
      appear(scope(domain) + "/libvirt");
      appear(scope(domain) + "/libvirt/emulator", tid, "qemu");
      for (unsigned vcpu = 0; vcpu < domain.current_vcpus; ++vcpu)
        appear(fmt::format("{}/libvirt/vcpu{}", scope(domain), vcpu), tid + 1 + static_cast<int>(vcpu),
               fmt::format("CPU {}/KVM", vcpu));
    }
  };

  FakeHost::Kernel kernel_;
  World world_;
  Twin twin_;
  std::map<unsigned, DomainDefinition> running_;
  std::set<int> threads_;
  std::set<int> bound_threads_{20};  ///< those the kernel binds: the world's, and some of the others
  std::set<unsigned> irqs_;
  std::set<std::string> beyond_us_;     ///< lines of the host's state, see set_online
  std::map<std::string, CpuSet> held_;  ///< cores of the claims after the last operation
};

/// A shorter history that fails as well: pieces are left out, ever smaller ones, as long as that leaves a failure.
template <class Fails>
[[nodiscard]] History shortened(History history, Fails fails) {
  for (std::size_t piece = std::max<std::size_t>(history.size() / 2, 1);; piece = std::max<std::size_t>(piece / 2, 1)) {
    bool shorter = false;
    for (std::size_t at = 0; at < history.size();) {
      History rest(history.begin(), history.begin() + static_cast<std::ptrdiff_t>(at));
      const std::size_t next = std::min(at + piece, history.size());
      rest.insert(rest.end(), history.begin() + static_cast<std::ptrdiff_t>(next), history.end());
      if (fails(rest)) {
        history = std::move(rest);
        shorter = true;
      } else {
        at = next;
      }
    }
    if (piece == 1 && !shorter) return history;
  }
}

}  // namespace acdr::test
