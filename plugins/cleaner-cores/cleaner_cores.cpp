// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/cleaner-cores/cleaner_cores.hpp"

#include <algorithm>
#include <set>

#include "plugins/domain_cgroups.hpp"

namespace acdr {
namespace {

const ConditioningSpec description{
    "cleaner-cores",
    "Take cores out of everybody else's use: tasks, movable kernel threads, unbound work queues",
    {{"cores",
      ParameterType::cpus,
      CpuSelection{std::string("auto")},
      {},
      {},
      {"auto"},
      "Which cores: a CPU list, or auto to let placement choose"},
     {"count",
      ParameterType::integer,
      {},
      1,
      4096,
      {},
      "How many physical cores, when they are chosen automatically; by default one for each vCPU of a domain"}}};

/// Where a domain's cgroup is, or will be: its scope, or a place below the slice its partition puts it in
/// (virSystemdMakeSliceName: /machine -> machine.slice).
std::string carrier_of(const RunningDomain& domain) {
  if (!domain.scope.empty()) return domain.scope;
  const std::string& partition = domain.definition.partition;
  if (partition.empty() || is_within(partition, "/machine")) return "machine.slice/.";
  return partition.substr(1, partition.find('/', 1) - 1) + ".slice/.";
}

/// The cgroups that keep the cores: the domain's and those of domains that share them.
std::vector<std::string> carriers_of(const PlanRequest& request) {
  std::vector<std::string> carriers;
  if (request.domain != nullptr) carriers.push_back(carrier_of(*request.domain));
  for (const auto& fellow : request.fellows) carriers.push_back(carrier_of(fellow));
  return carriers;
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

/// The cgroups to narrow so that nothing but the carriers keeps the cores: every sibling along the ways down to them.
/// What is below a narrowed cgroup is narrowed with it.
bool is_sibling_of_way(const std::string& path, const std::vector<std::string>& carriers) {
  const auto leads_to = [](const std::string& cgroup) {
    return [&cgroup](const std::string& carrier) { return is_within(carrier, cgroup); };
  };
  if (path.empty() || std::ranges::any_of(carriers, leads_to(path))) return false;
  const std::string parent = parent_of(path);
  return parent.empty() ||
         (std::ranges::find(carriers, parent) == carriers.end() && std::ranges::any_of(carriers, leads_to(parent)));
}

class CleanerCores final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }
  [[nodiscard]] bool needs_cgroups() const override { return true; }

  [[nodiscard]] Status demand(const ParameterValues& parameters, const DomainDefinition* domain, const HostSnapshot&,
                              Demand& demand) const override {
    demand.any_cores = true;
    const auto* cores = parameter<CpuSelection>(parameters, "cores");
    if (cores != nullptr && cores->list() != nullptr) demand.exact = *cores->list();
    if (const auto* count = parameter<std::int64_t>(parameters, "count"))
      demand.core_count = static_cast<std::size_t>(*count);
    else if (domain != nullptr)
      demand.core_count = domain->current_vcpus;
    return {};
  }

  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot& host) const override {
    Plan plan;
    const CpuSet cores = request.allocation.cores - request.handed_over;
    if (cores.empty()) return plan;
    clear_cgroups(request, host, cores, plan);
    clear_threads(request, host, cores, plan);
    for (const auto& [name, mask] : host.workqueues)
      plan.wishes.push_back({{KnobKind::workqueue_mask, name}, Exclude{cores}, request.why});
    if (request.domain != nullptr && !request.domain->scope.empty()) confine_domain(request, host, plan);
    return plan;
  }

 private:
  static void clear_cgroups(const PlanRequest& request, const HostSnapshot& host, const CpuSet& cores, Plan& plan) {
    const std::vector<std::string> carriers = carriers_of(request);
    bool any = false;
    for (const auto& [path, cgroup] : host.cgroups) {
      if (!cgroup.has_cpuset || !is_sibling_of_way(path, carriers)) continue;
      any = true;
      plan.wishes.push_back({{KnobKind::cgroup_cpus, path}, Exclude{cores}, request.why});
    }
    if (any) return;
    if (!host.cgroup_v2)
      plan.residuals.push_back({fmt::format("tasks are not kept off {}", cores),
                                "this host has no cgroup v2 hierarchy at /sys/fs/cgroup",
                                "boot with systemd.unified_cgroup_hierarchy=1"});
    else
      plan.residuals.push_back({fmt::format("tasks are not kept off {}", cores),
                                "the cpuset controller is off in every cgroup",
                                "run acdrd through its own unit, whose Delegate=cpuset turns it on"});
  }

  static void clear_threads(const PlanRequest& request, const HostSnapshot& host, const CpuSet& cores, Plan& plan) {
    std::set<std::string> bound;
    std::size_t count = 0;
    const std::vector<std::string> carriers = carriers_of(request);
    for (const auto& thread : host.threads) {
      if (std::ranges::any_of(carriers, [&](const auto& carrier) { return is_within(thread.cgroup, carrier); }))
        continue;
      if (thread.movable) {
        const auto kind = thread.kernel ? KnobKind::kthread_affinity : KnobKind::thread_affinity;
        plan.wishes.push_back({{kind, thread.id.to_string()}, Exclude{cores}, request.why});
      } else if (thread.affinity.intersects(cores)) {
        bound.insert(thread.name.substr(0, thread.name.find('/')));
        ++count;
      }
    }
    if (count > 0) plan.residuals.push_back(bound_threads(bound, count, cores));
  }

  static Residual bound_threads(const std::set<std::string>& names, std::size_t count, const CpuSet& cores) {
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
    return {fmt::format("{} kernel threads stay allowed on {}: {}", count, cores, list),
            "the kernel binds them itself; those of a CPU run only for what happens on that CPU",
            fmt::format("for fewer of them boot with nohz_full={0} rcu_nocbs={0}", cores)};
  }

  /// The scope keeps to the cores alone until every vCPU is confined to them; only then the helpers are added. So no
  /// guest instruction can run on a helper core, whatever happens in between, as long as one of the cores is online.
  static void confine_domain(const PlanRequest& request, const HostSnapshot& host, Plan& plan) {
    const auto vcpus = domain_cgroups(host, *request.domain, "vcpu");
    const CpuSet& cores = request.allocation.cores;
    const bool settled = vcpus.size() >= request.domain->definition.current_vcpus &&
                         (!cores.intersects(host.topology.online) || std::ranges::all_of(vcpus, [&](const auto& path) {
                           return host.cgroups.at(path).cpus.subset_of(cores);
                         }));
    const CpuSet allowed = settled ? cores | request.allocation.helpers : cores;
    plan.unfinished = !settled && vcpus.size() >= request.domain->definition.current_vcpus;
    plan.wishes.push_back({{KnobKind::cgroup_cpus, request.domain->scope}, Confine{allowed}, request.why});
    for (const auto& path : vcpus) plan.wishes.push_back({{KnobKind::cgroup_cpus, path}, Confine{cores}, request.why});
    if (settled) isolate_vcpus(request, host, vcpus, allowed, plan);
  }

  /// Where the kernel has remote partitions (Linux 6.7) each vCPU with a core of its own is made an isolated one: the
  /// scheduler then balances no load there. vCPUs that share cores need that balancing and keep it. Something of the
  /// scope must be left for its other threads, or the kernel would call the partition invalid.
  static void isolate_vcpus(const PlanRequest& request, const HostSnapshot& host, const std::vector<std::string>& vcpus,
                            const CpuSet& allowed, Plan& plan) {
    const std::string& scope = request.domain->scope;
    const auto& own = request.allocation.vcpu_cpus;
    const bool leaves_some =
        std::ranges::any_of(allowed, [&](const unsigned cpu) { return std::ranges::find(own, cpu) == own.end(); });
    if (!host.cgroups.at(scope).has_exclusive || !leaves_some) return;
    for (const auto& path : vcpus) {
      const auto vcpu = vcpu_number(path);
      if (!vcpu || *vcpu >= own.size() || !host.topology.online.contains(own[*vcpu])) continue;
      const CpuSet core{own[*vcpu]};
      for (std::string level = path; !level.empty(); level = parent_of(level))
        plan.wishes.push_back({{KnobKind::cgroup_exclusive, level}, Include{core}, request.why});
      plan.wishes.push_back({{KnobKind::cgroup_partition, path}, Equal{std::string("isolated")}, request.why});
    }
  }
};

}  // namespace

std::unique_ptr<Plugin> cleaner_cores() { return std::make_unique<CleanerCores>(); }

}  // namespace acdr
