// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/nested/nested.hpp"

#include "plugins/domain_cgroups.hpp"
#include "plugins/settings.hpp"

namespace acdr {
namespace {

const ConditioningSpec description{
    "nested",
    "Nested virtualisation: KVM's module parameters as wanted, or the command that makes them so",
    {{"nesting",
      ParameterType::choice,
      std::string("on"),
      {},
      {},
      {"on", "off"},
      "VMs may run VMs themselves (nested)"},
     {"shadow-vmcs",
      ParameterType::choice,
      {},
      {},
      {},
      {"on", "off"},
      "Intel only: the processor keeps the inner VM's control structure (enable_shadow_vmcs)"},
     {"virtual-apic",
      ParameterType::choice,
      {},
      {},
      {},
      {"on", "off"},
      "The processor delivers interrupts to VMs by itself (enable_apicv on Intel, avic on AMD)"},
     {"reload",
      ParameterType::boolean,
      false,
      {},
      {},
      {},
      "Load KVM's module anew where a parameter differs and no VM runs"}}};

bool is_on(const std::string& text) { return text == "Y" || text == "1"; }

/// In the form that the kernel prints: some parameters are Y and N, others 1 and 0.
std::string same_form(const std::string& found, bool on) {
  const bool letters = found == "Y" || found == "N";
  return letters ? (on ? "Y" : "N") : (on ? "1" : "0");
}

class Nested final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }

  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot& host) const override {
    Plan plan;
    if (host.kvm_module.empty()) {
      plan.residuals.push_back({"nested virtualisation was not looked at", "neither kvm_intel nor kvm_amd is loaded",
                                "load the module, and turn virtualisation on in the firmware"});
      return plan;
    }
    const bool intel = host.kvm_module == "kvm_intel";
    check(request, host, "nesting", "nested", plan);
    if (intel)
      check(request, host, "shadow-vmcs", "enable_shadow_vmcs", plan);
    else if (request.parameters.contains("shadow-vmcs"))
      plan.residuals.push_back({"shadow VMCS is not set", "kvm_amd has no such thing", ""});
    check(request, host, "virtual-apic", intel ? "enable_apicv" : "avic", plan);
    return plan;
  }

 private:
  /// The parameters are read-only in /sys: only loading the module anew changes them, and that takes a host without
  /// VMs. One that is as wanted is held on to as well: the claim may be what made it so.
  static void check(const PlanRequest& request, const HostSnapshot& host, const std::string& name,
                    const std::string& file, Plan& plan) {
    const auto* wanted = parameter<std::string>(request.parameters, name);
    if (wanted == nullptr) return;
    const auto found = host.kvm_parameters.find(file);
    const std::string& module = host.kvm_module;
    if (found == host.kvm_parameters.end()) {
      plan.residuals.push_back({fmt::format("{} of {} is not {}", file, module, *wanted),
                                "this kernel's module does not have the parameter", ""});
      return;
    }
    const auto* reload = parameter<bool>(request.parameters, "reload");
    const bool as_wanted = is_on(found->second) == (*wanted == "on");
    if (reload != nullptr && *reload && (as_wanted || host.kvm_users == 0U))
      plan.wishes.push_back({{KnobKind::module_parameter, fmt::format("{}:{}", module, file)},
                             Equal{same_form(found->second, *wanted == "on")},
                             request.why,
                             std::nullopt});
    else if (!as_wanted)
      plan.residuals.push_back(
          {fmt::format("{} of {} is {}, not {}", file, module, found->second, *wanted),
           "it changes only when the module is loaded",
           fmt::format("with no VM running: modprobe -r {0} && modprobe {0} {1}={2}; to keep it: a file in "
                       "/etc/modprobe.d with: options {0} {1}={2}",
                       module, file, *wanted == "on" ? 1 : 0)});
  }
};

}  // namespace

std::unique_ptr<Plugin> nested() { return std::make_unique<Nested>(); }

}  // namespace acdr
