// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/softirq-pinning/softirq_pinning.hpp"

#include <set>

#include "plugins/domain_cgroups.hpp"
#include "plugins/nic_queues.hpp"

namespace acdr {
namespace {

const ConditioningSpec description{
    "softirq-pinning",
    "The kernel's packet work for a domain's virtual interfaces on given cores",
    {{"interfaces",
      ParameterType::string,
      {},
      {},
      {},
      {},
      "Interfaces besides the domain's own, with blanks between: a bridge, a port of Open vSwitch; must be given on "
      "the "
      "host"},
     cores_parameter("Which cores: allocated or helper for the claim's own, housekeeping for those no claim holds, or "
                     "a CPU list")}};

std::vector<std::string> named(const ParameterValues& parameters) {
  const auto* interfaces = parameter<std::string>(parameters, "interfaces");
  return words_of(interfaces == nullptr ? "" : *interfaces);
}

class SoftirqPinning final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }

  [[nodiscard]] Status demand(const ParameterValues& parameters, const DomainDefinition* domain,
                              const HostSnapshot& host, Demand& demand) const override {
    // What a domain names may come with it, as a port of Open vSwitch does.
    if (domain == nullptr) {
      ACDR_CHECK(check_host_interfaces(named(parameters), host));
    }
    return demand_cores("softirq-pinning", parameters, host, demand);
  }

  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot& host) const override {
    Plan plan;
    const CpuSet cores = wanted_cores(request, "packets are taken on wherever they arrive", plan);
    if (cores.empty()) return plan;
    for (const auto& name : interfaces_of(request, host, plan)) {
      const NicState& nic = *find_interface(host, name);
      for (const auto& queue : nic.rx_queues) receive_on(request, host, nic, queue, cores, plan);
      for (const auto& queue : nic.tx_queues) send_from(request, nic, queue, cores, plan);
    }
    return plan;
  }

 private:
  static Status check_host_interfaces(const std::vector<std::string>& names, const HostSnapshot& host) {
    if (names.empty())
      return failure(Error(ErrorKind::usage, "softirq-pinning: the host has no virtual interfaces of its own to go by",
                           "give interfaces, such as interfaces=\"br0 vnet0\""));
    for (const auto& name : names)
      if (find_interface(host, name) == nullptr)
        return failure(Error(ErrorKind::usage, fmt::format("softirq-pinning: this host has no interface '{}'", name),
                             "ip link shows those it has"));
    return {};
  }

  /// The domain's own that are there, and the named ones; says which of them are not.
  static std::set<std::string> interfaces_of(const PlanRequest& request, const HostSnapshot& host, Plan& plan) {
    std::set<std::string> names;
    if (request.domain != nullptr)
      for (const auto& name : request.domain->definition.target_devices)
        if (find_interface(host, name) != nullptr) names.insert(name);
    for (const auto& name : named(request.parameters)) {
      if (find_interface(host, name) != nullptr)
        names.insert(name);
      else
        plan.residuals.push_back({fmt::format("packets of {} are taken on wherever they arrive", name),
                                  "there is no such interface now", "ip link shows those there are"});
    }
    // Before the domain runs none of its interfaces can be there.
    if (names.empty() && plan.residuals.empty() && request.domain != nullptr && !request.domain->scope.empty())
      plan.residuals.push_back({"packets are taken on wherever they arrive",
                                "the domain has no interface of the host's kernel",
                                "give interfaces, if it uses some"});
    return names;
  }
};

}  // namespace

std::unique_ptr<Plugin> softirq_pinning() { return std::make_unique<SoftirqPinning>(); }

}  // namespace acdr
