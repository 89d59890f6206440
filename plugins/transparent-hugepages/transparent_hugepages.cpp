// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/transparent-hugepages/transparent_hugepages.hpp"

#include "plugins/domain_cgroups.hpp"
#include "plugins/settings.hpp"

namespace acdr {
namespace {

const ConditioningSpec description{
    "transparent-hugepages",
    "Transparent huge pages: when the kernel uses them by itself, and how hard it works for them",
    {{"enabled", ParameterType::choice, {}, {}, {}, {"always", "madvise", "never"}, "Who gets them"},
     {"defrag",
      ParameterType::choice,
      {},
      {},
      {},
      {"always", "defer", "defer+madvise", "madvise", "never"},
      "Who waits while the kernel makes room for one"},
     {"khugepaged",
      ParameterType::choice,
      {},
      {},
      {},
      {"on", "off"},
      "Whether khugepaged defragments memory to join small pages in the background"}}};

class TransparentHugepages final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }

  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot&) const override {
    Plan plan;
    if (const auto* enabled = parameter<std::string>(request.parameters, "enabled"))
      plan.wishes.push_back(set("enabled", *enabled, request));
    if (const auto* defrag = parameter<std::string>(request.parameters, "defrag"))
      plan.wishes.push_back(set("defrag", *defrag, request));
    if (const auto* khugepaged = parameter<std::string>(request.parameters, "khugepaged"))
      plan.wishes.push_back(set("khugepaged/defrag", *khugepaged == "on" ? "1" : "0", request));
    return plan;
  }

 private:
  static Wish set(const char* file, const std::string& value, const PlanRequest& request) {
    return setting(KnobKind::sysfs, std::string("kernel/mm/transparent_hugepage/") + file, value, request,
                   "this kernel has no transparent huge pages");
  }
};

}  // namespace

std::unique_ptr<Plugin> transparent_hugepages() { return std::make_unique<TransparentHugepages>(); }

}  // namespace acdr
