// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/strict-numa/strict_numa.hpp"

#include "plugins/domain_cgroups.hpp"
#include "plugins/node_parameter.hpp"

namespace acdr {
namespace {

const ConditioningSpec description{
    "strict-numa",
    "All vCPUs and all memory of a domain on one NUMA node",
    {node_parameter(),
     {"migrate",
      ParameterType::boolean,
      false,
      {},
      {},
      {},
      "Move the memory of a domain that runs already: the guest stalls for as long as that takes"}}};

/// Where the XML names one node for the memory, there is no choice.
Status demand_memory_node(const DomainDefinition& domain, Demand& demand) {
  if (domain.memory_nodes.count() == 1)
    return require_node(description.name, domain.memory_nodes.first(), "the domain's XML puts its memory there",
                        demand);
  if (domain.memory_nodes.empty() || !demand.node_required || domain.memory_nodes.contains(*demand.node)) return {};
  return failure(
      Error(ErrorKind::usage,
            fmt::format("strict-numa: node {} is asked for, and the domain's XML puts its memory on nodes {}",
                        *demand.node, domain.memory_nodes),
            "change <numatune> in the XML, or the node"));
}

class StrictNuma final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }
  [[nodiscard]] bool needs_cgroups() const override { return true; }

  [[nodiscard]] Status demand(const ParameterValues& parameters, const DomainDefinition* domain,
                              const HostSnapshot& host, Demand& demand) const override {
    if (domain == nullptr) return {};
    ACDR_CHECK(demand_node(description.name, parameters, domain, host, demand));
    ACDR_CHECK(demand_memory_node(*domain, demand));
    const auto* migrate = parameter<bool>(parameters, "migrate");
    demand.memory_on_node = true;
    demand.may_migrate = migrate != nullptr && *migrate;
    demand.floating_vcpus = domain->current_vcpus;
    return {};
  }

  /// Whether the memory is kept on the node was settled when the claim was made: what a running guest has allocated
  /// since says nothing about it.
  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot& host) const override {
    Plan plan;
    const auto& node = request.allocation.node;
    if (request.domain == nullptr || !node) return plan;
    if (!request.allocation.memory_node && host.topology.nodes.size() > 1)
      plan.residuals.push_back(
          {fmt::format("memory of {} may be on other nodes than {}", request.domain->definition.name, *node),
           "it was allocated before the class was applied, and moving it would stall the guest",
           "start the domain anew, or apply the class with migrate=true"});
    if (request.domain->scope.empty()) return plan;
    confine_cpus(request, host, *node, plan);
    if (request.allocation.memory_node) confine_memory(request, *node, plan);
    return plan;
  }

 private:
  /// Helper cores may be on another node, where the claim's own has none to share. CPUs that other claims hold are no
  /// part of it: they are taken from the cgroups above the scope too, and a scope that is left with none of its own
  /// gets from the kernel all that those have, the cores of its neighbours among them.
  static void confine_cpus(const PlanRequest& request, const HostSnapshot& host, unsigned node, Plan& plan) {
    const NumaNode* known = host.topology.node(node);
    if (known == nullptr) return;
    const CpuSet shared = known->cpus & request.housekeeping;
    const CpuSet cpus = shared | request.allocation.cores | request.allocation.helpers;
    if (cpus.empty()) {
      plan.residuals.push_back(
          {fmt::format("vCPUs of {} run on other nodes than {}", request.domain->definition.name, node),
           "other claims hold every CPU of that node", "release one of them"});
      return;
    }
    plan.wishes.push_back({{KnobKind::cgroup_cpus, request.domain->scope}, Confine{cpus}, request.why});
  }

  static void confine_memory(const PlanRequest& request, unsigned node, Plan& plan) {
    const DomainDefinition& domain = request.domain->definition;
    if (!domain.memory_nodes.empty() && !domain.memory_nodes.contains(node)) {
      plan.residuals.push_back({fmt::format("memory of {} is not kept on node {}", domain.name, node),
                                fmt::format("the domain's XML puts it on nodes {}", domain.memory_nodes),
                                "change <numatune> in the XML, or the node"});
      return;
    }
    plan.wishes.push_back({{KnobKind::cgroup_mems, request.domain->scope},
                           Equal{NodeSet{node}},
                           request.why,
                           Residual{fmt::format("memory of {} is not kept on node {}", domain.name, node),
                                    "its cgroup has no cpuset.mems",
                                    "run acdrd through its own unit, whose Delegate=cpuset turns it on"}});
  }
};

}  // namespace

std::unique_ptr<Plugin> strict_numa() { return std::make_unique<StrictNuma>(); }

}  // namespace acdr
