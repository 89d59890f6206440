// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/cleaner-cores/cleaner_cores.hpp"

#include <algorithm>

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

class CleanerCores final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }
  [[nodiscard]] bool needs_cgroups() const override { return true; }
  [[nodiscard]] bool is_local() const override { return true; }

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
    plan.exclusions.push_back({Exclusion::Of::tasks, cores, request.why, carriers_of(request)});
    if (request.domain != nullptr && !request.domain->scope.empty()) confine_domain(request, host, plan);
    return plan;
  }

 private:
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
      for (std::string_view level = path; !level.empty(); level = parent_cgroup(level))
        plan.wishes.push_back({{KnobKind::cgroup_exclusive, std::string(level)}, Include{core}, request.why});
      plan.wishes.push_back({{KnobKind::cgroup_partition, path}, Equal{std::string("isolated")}, request.why});
    }
  }
};

}  // namespace

std::unique_ptr<Plugin> cleaner_cores() { return std::make_unique<CleanerCores>(); }

}  // namespace acdr
