// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/irq-ban/irq_ban.hpp"

#include "plugins/domain_cgroups.hpp"

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

class IrqBan final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }

  [[nodiscard]] bool is_local() const override { return true; }

  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot&) const override {
    Plan plan;
    const CpuSet cores = listed_or_allocated(request);
    if (!cores.empty()) plan.exclusions.push_back({Exclusion::Of::interrupts, cores, request.why});
    return plan;
  }
};

}  // namespace

std::unique_ptr<Plugin> irq_ban() { return std::make_unique<IrqBan>(); }

}  // namespace acdr
