// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/dedicated-cores/dedicated_cores.hpp"

#include "plugins/domain_cgroups.hpp"
#include "plugins/node_parameter.hpp"

namespace acdr {
namespace {

const ConditioningSpec description{
    "dedicated-cores",
    "Each vCPU on a physical core of its own",
    {{"siblings",
      ParameterType::choice,
      std::string("idle"),
      {},
      {},
      {"idle", "use"},
      "SMT siblings of a vCPU's core: idle keeps them empty, use gives them to other vCPUs of the same domain"},
     node_parameter()}};

class DedicatedCores final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }
  [[nodiscard]] bool needs_cgroups() const override { return true; }
  [[nodiscard]] bool is_local() const override { return true; }

  [[nodiscard]] Status demand(const ParameterValues& parameters, const DomainDefinition* domain,
                              const HostSnapshot& host, Demand& demand) const override {
    if (domain != nullptr) demand.vcpus = domain->current_vcpus;
    const auto* siblings = parameter<std::string>(parameters, "siblings");
    demand.whole_cores = siblings == nullptr || *siblings == "idle";
    return demand_node(description.name, parameters, domain, host, demand);
  }

  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot& host) const override {
    Plan plan;
    if (request.domain == nullptr) return plan;
    const auto& cpus = request.allocation.vcpu_cpus;
    for (const auto& path : domain_cgroups(host, *request.domain, "vcpu")) {
      const auto vcpu = vcpu_number(path);
      if (!vcpu) continue;
      if (*vcpu < cpus.size())
        plan.wishes.push_back({{KnobKind::cgroup_cpus, path}, Confine{CpuSet{cpus[*vcpu]}}, request.why});
      else
        plan.residuals.push_back({fmt::format("vCPU {} has no core of its own", *vcpu),
                                  "no core was free when it was plugged in",
                                  "unplug it, or free a core and start the domain anew"});
    }
    return plan;
  }
};

}  // namespace

std::unique_ptr<Plugin> dedicated_cores() { return std::make_unique<DedicatedCores>(); }

}  // namespace acdr
