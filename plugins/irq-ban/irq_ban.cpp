// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/irq-ban/irq_ban.hpp"

#include "plugins/domain_cgroups.hpp"
#include "plugins/nic_queues.hpp"

namespace acdr {
namespace {

const ConditioningSpec description{"irq-ban",
                                   "No hardware interrupt on these cores: existing ones, new ones, and irqbalance told",
                                   {{"cores",
                                     ParameterType::cpus,
                                     CpuSelection{std::string("allocated")},
                                     {},
                                     {},
                                     {"allocated"},
                                     "Which cores: allocated for those the claim holds, or a CPU list"}}};

bool can_arrive(const IrqState& irq, const CpuSet& cores) {
  return (irq.effective.empty() ? irq.affinity : irq.effective).intersects(cores);
}

class IrqBan final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }

  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot& host) const override {
    Plan plan;
    const CpuSet cores = listed_or_allocated(request);
    if (cores.empty()) return plan;
    plan.exclusions.push_back({Exclusion::Of::interrupts, cores, request.why});
    for (const auto& irq : host.irqs)
      if (!irq.actions.empty()) say_what_stays(irq, cores, plan);
    if (host.irqbalance)
      plan.wishes.push_back({{KnobKind::irqbalance_banned, *host.irqbalance}, Include{cores}, request.why});
    return plan;
  }

 private:
  static void say_what_stays(const IrqState& irq, const CpuSet& cores, Plan& plan) {
    if (irq.mobility == IrqMobility::movable) {
      if (!irq.affinity.intersects(cores) && can_arrive(irq, cores))
        plan.residuals.push_back({fmt::format("{} may come to {} once more", describe(irq), irq.effective & cores),
                                  "its new affinity takes effect with its next interrupt", ""});
    } else if (can_arrive(irq, cores)) {
      plan.residuals.push_back(
          {fmt::format("{} stays on {}", describe(irq), irq.effective), "the kernel manages its affinity",
           fmt::format("boot with isolcpus=managed_irq,{}, or give the device fewer queues", cores)});
    }
  }
};

}  // namespace

std::unique_ptr<Plugin> irq_ban() { return std::make_unique<IrqBan>(); }

}  // namespace acdr
