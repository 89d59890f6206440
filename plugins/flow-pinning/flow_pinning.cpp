// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/flow-pinning/flow_pinning.hpp"

#include <algorithm>

#include "plugins/domain_cgroups.hpp"
#include "plugins/nic_queues.hpp"
#include "plugins/settings.hpp"

namespace acdr {
namespace {

constexpr std::string_view all_queues = "all";
constexpr std::string_view unsupported = "unsupported: it takes no rules for flows (ethtool -k: ntuple-filters)";

const ConditioningSpec description{
    "flow-pinning",
    "The traffic of a NIC's queues on given cores, one core a queue",
    {interfaces_parameter(),
     {"queues",
      ParameterType::string,
      std::string(all_queues),
      {},
      {},
      {},
      "Which queues: all, how many (the first ones), or by number as a list such as 0-3"},
     cores_parameter("Which cores, in turn for the queues: allocated or helper for the claim's own, housekeeping for "
                     "those no claim holds, or a CPU list",
                     "housekeeping"),
     {"steer",
      ParameterType::boolean,
      false,
      {},
      {},
      {},
      "Have the NIC put what comes for the domain's addresses into these queues, by rules of its own (ntuple)"}}};

/// The queues asked for; none for all of them. A plain number says how many, the kernel's list notation which ones.
Result<std::optional<CpuSet>> listed_queues(const ParameterValues& parameters) {
  const auto* text = parameter<std::string>(parameters, "queues");
  if (text == nullptr || *text == all_queues) return std::nullopt;
  if (const auto count = parse_unsigned(*text); count && *count > 0 && *count <= CpuSet::limit)
    return CpuSet::range(0, *count - 1);
  auto queues = CpuSet::parse_list(*text);
  if (queues && !queues->empty()) return std::move(*queues);
  return failure(Error(ErrorKind::usage, fmt::format("flow-pinning: '{}' is no list of queues", *text),
                       "give queues as all, how many, or by number such as 0-3"));
}

unsigned queue_count(const NicState& nic) {
  return static_cast<unsigned>(std::max(nic.rx_queues.size(), nic.tx_queues.size()));
}

CpuSet queues_of(const NicState& nic) {
  return nic.rx_queues.empty() && nic.tx_queues.empty() ? CpuSet() : CpuSet::range(0, queue_count(nic) - 1);
}

bool steers(const ParameterValues& parameters) {
  const auto* steer = parameter<bool>(parameters, "steer");
  return steer != nullptr && *steer;
}

class FlowPinning final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }

  [[nodiscard]] Status demand(const ParameterValues& parameters, const DomainDefinition* domain,
                              const HostSnapshot& host, Demand& demand) const override {
    ACDR_CHECK(check_interfaces("flow-pinning", parameters, domain, host));
    ACDR_CHECK(listed_queues(parameters));
    if (steers(parameters) && domain == nullptr)
      return failure(Error(ErrorKind::usage, "flow-pinning: steer goes by a domain's addresses, and the host has none",
                           "leave it out, or apply the class to a domain"));
    return demand_cores("flow-pinning", parameters, host, demand);
  }

  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot& host) const override {
    Plan plan;
    const CpuSet cores = wanted_cores(request, "no queue is pinned", plan);
    const auto listed = listed_queues(request.parameters);
    if (cores.empty() || !listed) return plan;
    for (const auto* nic : wanted_nics(request, host, "no queue is pinned", plan)) {
      const CpuSet there = queues_of(*nic);
      pin_queues(request, host, *nic, *listed ? **listed & there : there, cores, plan);
      if (*listed && !(*listed)->subset_of(there)) plan.residuals.push_back(missing(*nic, **listed - there));
      if (steers(request.parameters) && request.domain != nullptr)
        steer(request, *nic, *listed ? **listed & there : there, plan);
    }
    mention_irqbalance(host, plan);
    return plan;
  }

 private:
  static void pin_queues(const PlanRequest& request, const HostSnapshot& host, const NicState& nic,
                         const CpuSet& queues, const CpuSet& cores, Plan& plan) {
    const QueueIrqs irqs = queue_irqs(host, nic);
    const auto turns = cores.members();
    std::size_t turn = 0;
    for (const unsigned queue : queues) {
      const CpuSet core{turns[turn++ % turns.size()]};
      if (const auto found = irqs.find(queue); found != irqs.end())
        for (const auto* irq : found->second) pin_irq(request, *irq, core, plan);
      if (queue < nic.rx_queues.size()) receive_on(request, host, nic, nic.rx_queues[queue], core, plan);
      if (queue < nic.tx_queues.size()) send_from(request, nic, nic.tx_queues[queue], core, plan);
    }
    const bool none = std::ranges::none_of(queues, [&](const unsigned queue) { return irqs.contains(queue); });
    if (none && !queues.empty())
      plan.residuals.push_back({fmt::format("no interrupt of {}'s queues is pinned", nic.name),
                                "none of them is in use: it is down, or has none of its own",
                                fmt::format("ip link set {} up", nic.name)});
  }

  static Residual missing(const NicState& nic, const CpuSet& queues) {
    return {fmt::format("queues {} of {} are not pinned", queues, nic.name),
            fmt::format("it has {} queues", queue_count(nic)), fmt::format("see ethtool -l {}", nic.name)};
  }

  /// Sends what comes for each of the domain's addresses to a queue, in turn. What has one queue has nothing to choose.
  static void steer(const PlanRequest& request, const NicState& nic, const CpuSet& pinned, Plan& plan) {
    if (nic.rx_queues.size() < 2) return;
    const auto& addresses = request.domain->definition.addresses;
    if (!nic.flow_rules)
      plan.residuals.push_back(not_steered(nic, std::string(unsupported), "use a NIC whose driver takes them"));
    else if (addresses.empty())
      plan.residuals.push_back(
          not_steered(nic, "the domain has no interface whose packets come by way of the host", ""));
    const auto queues = (pinned & CpuSet::range(0, static_cast<unsigned>(nic.rx_queues.size()) - 1)).members();
    if (!nic.flow_rules || addresses.empty() || queues.empty()) return;
    plan.wishes.push_back(setting(KnobKind::flow_steering, nic.name, "on", request, std::string(unsupported)));
    std::size_t turn = 0;
    for (const auto& address : addresses)
      plan.wishes.push_back(setting(KnobKind::flow_rule, fmt::format("{}:{}", nic.name, address),
                                    fmt::format("queue {}", queues[turn++ % queues.size()]), request,
                                    std::string(unsupported)));
  }

  static Residual not_steered(const NicState& nic, const std::string& reason, const std::string& remedy) {
    return {fmt::format("which flows come to which queue of {} is left to the NIC", nic.name), reason, remedy};
  }
};

}  // namespace

std::unique_ptr<Plugin> flow_pinning() { return std::make_unique<FlowPinning>(); }

}  // namespace acdr
