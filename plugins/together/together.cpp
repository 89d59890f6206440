// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/together/together.hpp"

#include "plugins/group_parameter.hpp"

namespace acdr {
namespace {

const ConditioningSpec description{
    "together", "The same cores for all domains of a group, which share them", {group_parameter()}};

class Together final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }

  [[nodiscard]] Status demand(const ParameterValues& parameters, const DomainDefinition* domain, const HostSnapshot&,
                              Demand& demand) const override {
    if (domain == nullptr)
      return failure(Error(ErrorKind::usage, "together: the host has nobody to share cores with",
                           "apply the class to the domains that are to share them"));
    ACDR_TRY(demand.together, group_of(description.name, parameters));
    return {};
  }

  /// It is all in the placement.
  [[nodiscard]] Plan plan(const PlanRequest&, const HostSnapshot&) const override { return {}; }
};

}  // namespace

std::unique_ptr<Plugin> together() { return std::make_unique<Together>(); }

}  // namespace acdr
