// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/numa-balancing/numa_balancing.hpp"

#include "plugins/domain_cgroups.hpp"
#include "plugins/settings.hpp"

namespace acdr {
namespace {

const ConditioningSpec description{
    "numa-balancing",
    "Automatic NUMA balancing of the kernel: off, so that it does not unmap pages of pinned workloads, or on",
    {{"state", ParameterType::choice, std::string("off"), {}, {}, {"off", "on"}, "off or on, for the whole host"}}};

class NumaBalancing final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }

  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot&) const override {
    const auto* state = parameter<std::string>(request.parameters, "state");
    const bool on = state != nullptr && *state == "on";
    Plan plan;
    plan.wishes.push_back(setting(KnobKind::sysctl, "kernel.numa_balancing", on ? "1" : "0", request,
                                  "this kernel has no automatic NUMA balancing"));
    return plan;
  }
};

}  // namespace

std::unique_ptr<Plugin> numa_balancing() { return std::make_unique<NumaBalancing>(); }

}  // namespace acdr
