// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/consume-locality/consume_locality.hpp"

#include <bit>

#include "plugins/domain_cgroups.hpp"
#include "plugins/nic_queues.hpp"

namespace acdr {
namespace {

constexpr std::int64_t default_flows = 32768;
constexpr std::int64_t most_flows = std::int64_t{1} << 22;

const ConditioningSpec description{
    "consume-locality",
    "Packets come in near the cores that consume them, and are worked on right there",
    {interfaces_parameter(),
     {"flows",
      ParameterType::integer,
      default_flows,
      1,
      most_flows,
      {},
      "How many flows the kernel keeps the consumer's core of, rounded up to a power of two"}}};

/// The kernel rounds these up itself, and what it made of a number must be what was asked for.
Count table_size(std::uint64_t flows) { return {std::bit_ceil(flows)}; }

CpuSet same_cache(const CpuSet& cpus, const Topology& topology) {
  CpuSet near;
  for (const unsigned cpu : cpus)
    if (const auto* core = topology.core_of(cpu);
        core != nullptr && core->last_level_cache < topology.last_level_caches.size())
      near |= topology.last_level_caches[core->last_level_cache];
  return near;
}

CpuSet same_node(const CpuSet& cpus, const Topology& topology) {
  const NodeSet nodes = topology.nodes_of(cpus);
  CpuSet near = nodes.empty() ? topology.online : CpuSet();
  for (const unsigned id : nodes)
    if (const auto* node = topology.node(id); node != nullptr) near |= node->cpus;
  return near;
}

class ConsumeLocality final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }

  [[nodiscard]] Status demand(const ParameterValues& parameters, const DomainDefinition* domain,
                              const HostSnapshot& host, Demand&) const override {
    return check_interfaces("consume-locality", parameters, domain, host);
  }

  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot& host) const override {
    Plan plan;
    const auto nics = wanted_nics(request, host, "packets do not follow their consumer", plan);
    if (nics.empty()) return plan;
    const auto* given = parameter<std::int64_t>(request.parameters, "flows");
    const auto flows = static_cast<std::uint64_t>(given == nullptr ? default_flows : *given);
    follow_consumers(request, nics, flows, plan);
    bring_near(request, host, nics, plan);
    mention_irqbalance(host, plan);
    return plan;
  }

 private:
  /// RFS: Documentation/networking/scaling.rst has the queues of a NIC share the table's size.
  static void follow_consumers(const PlanRequest& request, const std::vector<const NicState*>& nics,
                               std::uint64_t flows, Plan& plan) {
    plan.wishes.push_back({{KnobKind::flow_table, ""},
                           AtLeast{table_size(flows)},
                           request.why,
                           Residual{"packets are not steered to their consumer's core (RFS)",
                                    "this kernel cannot do it", "use a kernel with CONFIG_RPS"}});
    for (const auto* nic : nics) {
      const std::size_t queues = nic->rx_queues.size();
      for (const auto& queue : nic->rx_queues)
        plan.wishes.push_back({{KnobKind::queue_flows, fmt::format("{}:{}", nic->name, queue)},
                               AtLeast{table_size((flows + queues - 1) / queues)},
                               request.why,
                               {}});
    }
  }

  static void bring_near(const PlanRequest& request, const HostSnapshot& host, const std::vector<const NicState*>& nics,
                         Plan& plan) {
    const CpuSet consumers = consumers_of(request);
    const CpuSet near = neighbourhood(request, host.topology, consumers);
    if (near.empty()) {
      plan.residuals.push_back(
          {"the NIC's interrupts are not brought near to the consumers",
           consumers.empty() ? "the claim has no cores to be near to"
                             : fmt::format("no other housekeeping CPU is on the node of {}", consumers),
           consumers.empty() ? "add emulator-pinning or cleaner-cores to the class" : "use fewer or smaller classes"});
      return;
    }
    for (const auto* nic : nics)
      for (const auto& [queue, irqs] : queue_irqs(host, *nic))
        for (const auto* irq : irqs) pin_irq(request, *irq, near, plan);
  }

  /// vhost and the emulator are on the helper cores, where there are any.
  static CpuSet consumers_of(const PlanRequest& request) {
    const CpuSet& helpers = request.allocation.helpers;
    return helpers.empty() ? request.allocation.cores - request.handed_over : helpers;
  }

  /// The nearest CPUs that no claim holds. Not the consumers themselves: vhost shares its core badly with the
  /// interrupts that feed it.
  static CpuSet neighbourhood(const PlanRequest& request, const Topology& topology, const CpuSet& consumers) {
    if (consumers.empty()) return {};
    const CpuSet others = request.housekeeping - consumers;
    const CpuSet near = same_cache(consumers, topology) & others;
    return near.empty() ? same_node(consumers, topology) & others : near;
  }
};

}  // namespace

std::unique_ptr<Plugin> consume_locality() { return std::make_unique<ConsumeLocality>(); }

}  // namespace acdr
