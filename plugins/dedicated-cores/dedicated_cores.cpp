// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/dedicated-cores/dedicated_cores.hpp"

#include <charconv>

#include "plugins/domain_cgroups.hpp"

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
     {"node",
      ParameterType::string,
      std::string("auto"),
      {},
      {},
      {},
      "NUMA node: auto prefers the node of the domain's NIC or passed-through device, nic insists on it, or a node "
      "number"}}};

std::optional<unsigned> number(const std::string& text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Status demand_node(const std::string& node, const DomainDefinition* domain, const HostSnapshot& host, Demand& demand) {
  if (node == "auto") return {};
  if (node == "nic") {
    if (domain != nullptr && !demand.node)
      return failure(
          Error(ErrorKind::usage,
                fmt::format("dedicated-cores: domain {} uses no NIC or device whose NUMA node is known", domain->name),
                "give a node number, or node=auto"));
    demand.node_required = demand.node.has_value();
    return {};
  }
  const auto wanted = number(node);
  if (!wanted || host.topology.node(*wanted) == nullptr)
    return failure(Error(ErrorKind::usage, fmt::format("dedicated-cores: this host has no NUMA node '{}'", node),
                         "see acdrctl topology; node may be auto, nic or a node number"));
  demand.node = *wanted;
  demand.node_reason = "the class asks for it";
  demand.node_required = true;
  return {};
}

class DedicatedCores final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }

  [[nodiscard]] Status demand(const ParameterValues& parameters, const DomainDefinition* domain,
                              const HostSnapshot& host, Demand& demand) const override {
    if (domain != nullptr) demand.vcpus = domain->current_vcpus;
    const auto* siblings = parameter<std::string>(parameters, "siblings");
    demand.whole_cores = siblings == nullptr || *siblings == "idle";
    const auto* node = parameter<std::string>(parameters, "node");
    return demand_node(node == nullptr ? "auto" : *node, domain, host, demand);
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
                                  "it was plugged in after the cores were chosen",
                                  "restart the domain, or release and apply its class again"});
    }
    return plan;
  }
};

}  // namespace

std::unique_ptr<Plugin> dedicated_cores() { return std::make_unique<DedicatedCores>(); }

}  // namespace acdr
