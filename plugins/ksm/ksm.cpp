// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/ksm/ksm.hpp"

#include "plugins/domain_cgroups.hpp"
#include "plugins/settings.hpp"

namespace acdr {
namespace {

const ConditioningSpec description{
    "ksm",
    "Kernel same-page merging: off, on, or off with what was merged taken apart again",
    {{"run",
      ParameterType::choice,
      std::string("off"),
      {},
      {},
      {"off", "on", "unmerge"},
      "off stops it, on runs it, unmerge stops it and gives every merged page its own copy again"},
     {"pages", ParameterType::integer, {}, 1, 100000, {}, "How many pages a round looks at (pages_to_scan)"},
     {"sleep", ParameterType::integer, {}, 1, 100000, {}, "Milliseconds between two rounds (sleep_millisecs)"}}};

class Ksm final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }

  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot&) const override {
    const auto* run = parameter<std::string>(request.parameters, "run");
    const bool on = run != nullptr && *run == "on";
    const bool unmerge = run != nullptr && *run == "unmerge";
    Plan plan;
    plan.wishes.push_back(set("run", on ? "1" : unmerge ? "2" : "0", request));
    if (const auto* pages = parameter<std::int64_t>(request.parameters, "pages"))
      plan.wishes.push_back(set("pages_to_scan", fmt::format("{}", *pages), request));
    if (const auto* sleep = parameter<std::int64_t>(request.parameters, "sleep"))
      plan.wishes.push_back(set("sleep_millisecs", fmt::format("{}", *sleep), request));
    return plan;
  }

 private:
  static Wish set(const char* file, const std::string& value, const PlanRequest& request) {
    return setting(KnobKind::sysfs, std::string("kernel/mm/ksm/") + file, value, request,
                   "this kernel has no same-page merging");
  }
};

}  // namespace

std::unique_ptr<Plugin> ksm() { return std::make_unique<Ksm>(); }

}  // namespace acdr
