// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/cpu-power/cpu_power.hpp"

#include "plugins/domain_cgroups.hpp"
#include "plugins/settings.hpp"

namespace acdr {
namespace {

const ConditioningSpec description{
    "cpu-power",
    "Frequency governor, energy preference and idle-state latency limit of cores",
    {{"cores",
      ParameterType::cpus,
      CpuSelection{std::string("allocated")},
      {},
      {},
      {"allocated"},
      "Which cores: allocated for those the claim holds, or a CPU list"},
     {"governor",
      ParameterType::choice,
      {},
      {},
      {},
      {"performance", "powersave", "schedutil", "ondemand", "conservative"},
      "The cpufreq governor"},
     {"energy",
      ParameterType::choice,
      {},
      {},
      {},
      {"performance", "balance_performance", "default", "balance_power", "power"},
      "The processor's energy preference"},
     {"latency",
      ParameterType::integer,
      {},
      0,
      1000000,
      {},
      "The longest wake-up from an idle state that is accepted, in microseconds; 0 lets the cores poll"}}};

class CpuPower final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }

  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot& host) const override {
    Plan plan;
    for (const unsigned cpu : listed_or_allocated(request) & host.topology.online) plan_cpu(cpu, request, plan);
    return plan;
  }

 private:
  static void plan_cpu(unsigned cpu, const PlanRequest& request, Plan& plan) {
    const std::string folder = fmt::format("devices/system/cpu/cpu{}/", cpu);
    if (const auto* governor = parameter<std::string>(request.parameters, "governor"))
      plan.wishes.push_back(setting(KnobKind::sysfs, folder + "cpufreq/scaling_governor", *governor, request,
                                    "the kernel does not control this core's frequency",
                                    "load the processor's cpufreq driver; in a VM the host below does it"));
    if (const auto* energy = parameter<std::string>(request.parameters, "energy"))
      plan.wishes.push_back(setting(KnobKind::sysfs, folder + "cpufreq/energy_performance_preference", *energy, request,
                                    "the processor or its driver has no energy preference"));
    // In this file 0 means no limit, and "n/a" that no wake-up latency at all is accepted.
    if (const auto* latency = parameter<std::int64_t>(request.parameters, "latency"))
      plan.wishes.push_back(setting(KnobKind::sysfs, folder + "power/pm_qos_resume_latency_us",
                                    *latency == 0 ? "n/a" : fmt::format("{}", *latency), request,
                                    "this kernel has no latency limit for single cores"));
  }
};

}  // namespace

std::unique_ptr<Plugin> cpu_power() { return std::make_unique<CpuPower>(); }

}  // namespace acdr
