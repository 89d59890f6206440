// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/emulator-pinning/emulator_pinning.hpp"

#include "plugins/domain_cgroups.hpp"

namespace acdr {
namespace {

const ConditioningSpec description{
    "emulator-pinning",
    "Emulator, iothreads and vhost of a domain on helper cores that the NICs' interrupts do not hit",
    {{"cores",
      ParameterType::cpus,
      CpuSelection{std::string("helper")},
      {},
      {},
      {"helper"},
      "Which cores: helper lets placement choose among the housekeeping cores, or a CPU list"},
     {"count",
      ParameterType::integer,
      std::int64_t{1},
      1,
      64,
      {},
      "How many CPUs, when they are chosen automatically"}}};

class EmulatorPinning final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }
  [[nodiscard]] bool needs_cgroups() const override { return true; }
  [[nodiscard]] bool is_local() const override { return true; }

  [[nodiscard]] Status demand(const ParameterValues& parameters, const DomainDefinition* domain,
                              const HostSnapshot& host, Demand& demand) const override {
    if (domain == nullptr) return {};
    const auto* cores = parameter<CpuSelection>(parameters, "cores");
    if (cores != nullptr && cores->list() != nullptr) demand.exact_helpers = *cores->list();
    const auto* count = parameter<std::int64_t>(parameters, "count");
    demand.helper_cores = count == nullptr ? 1 : static_cast<std::size_t>(*count);
    // Movable interrupts of the NICs are moved away from the helpers; the others decide where helpers cannot be.
    for (const auto& nic : host.nics)
      for (const unsigned number : nic.irqs)
        if (const IrqState* irq = host.irq(number); irq != nullptr && irq->mobility == IrqMobility::fixed)
          demand.helper_avoid |= irq->effective;
    return {};
  }

  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot& host) const override {
    Plan plan;
    const CpuSet& helpers = request.allocation.helpers;
    if (request.domain == nullptr || helpers.empty()) return plan;
    for (const auto* role : {"emulator", "iothread"})
      for (const auto& path : domain_cgroups(host, *request.domain, role))
        plan.wishes.push_back({{KnobKind::cgroup_cpus, path}, Confine{helpers}, request.why});
    keep_nics_off(request, plan);
    return plan;
  }

 private:
  static void keep_nics_off(const PlanRequest& request, Plan& plan) {
    const CpuSet& helpers = request.allocation.helpers;
    if (request.only_helpers_left) {
      plan.residuals.push_back({fmt::format("the NICs' interrupts share the helper cores {}", helpers),
                                "the host has no other housekeeping core left", "use fewer or smaller classes"});
      return;
    }
    plan.exclusions.push_back({Exclusion::Of::nic_interrupts, helpers, request.why});
  }
};

}  // namespace

std::unique_ptr<Plugin> emulator_pinning() { return std::make_unique<EmulatorPinning>(); }

}  // namespace acdr
