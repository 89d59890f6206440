// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/apart/apart.hpp"

#include "plugins/domain_cgroups.hpp"
#include "plugins/group_parameter.hpp"

namespace acdr {
namespace {

const ConditioningSpec description{"apart",
                                   "No core, cache or node shared with the other members of a group",
                                   {group_parameter(),
                                    {"level",
                                     ParameterType::choice,
                                     std::string("core"),
                                     {},
                                     {},
                                     {"core", "cache", "node"},
                                     "What is not shared: physical cores, last-level caches, or NUMA nodes"}}};

class Apart final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }

  [[nodiscard]] Status demand(const ParameterValues& parameters, const DomainDefinition*, const HostSnapshot&,
                              Demand& demand) const override {
    ACDR_TRY(std::string group, group_of(description.name, parameters));
    const auto* level = parameter<std::string>(parameters, "level");
    demand.apart = ApartGroup{std::move(group), level == nullptr ? ApartLevel::core : apart_level_from(*level)};
    return {};
  }

  /// It is all in the placement.
  [[nodiscard]] Plan plan(const PlanRequest&, const HostSnapshot&) const override { return {}; }
};

}  // namespace

std::unique_ptr<Plugin> apart() { return std::make_unique<Apart>(); }

}  // namespace acdr
