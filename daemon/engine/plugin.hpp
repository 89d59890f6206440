// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "classes/model.hpp"
#include "engine/adaptation.hpp"
#include "engine/exclusions.hpp"
#include "engine/placement.hpp"
#include "engine/subject.hpp"
#include "engine/wish.hpp"
#include "host/domain.hpp"
#include "host/snapshot.hpp"

namespace acdr {

/// A domain as the host runs it.
struct RunningDomain {
  const DomainDefinition& definition;
  const std::string& scope;  ///< its machine scope's cgroup path; "" while it does not run
};

/// What a plugin plans for: one conditioning of one claim.
struct PlanRequest {
  const Subject& subject;
  Reasons why;  ///< "cleaner-cores of domain web1", to put on every wish
  const ParameterValues& parameters;
  const Allocation& allocation;
  const CpuSet& handed_over;                  ///< cores of this claim that another claim took over for now
  const CpuSet& housekeeping;                 ///< online CPUs that no live claim holds
  bool only_helpers_left;                     ///< none of these but the claim's helpers
  const RunningDomain* domain = nullptr;      ///< for domain subjects
  const std::vector<RunningDomain>& fellows;  ///< domains that share this claim's cores
  const std::string& handle;  ///< names the claim on the host, fit for a file name; the same for fellows
};

/// What it takes.
struct Plan {
  std::vector<Wish> wishes;
  std::vector<Exclusion> exclusions;
  std::vector<Residual> residuals;
  bool unfinished =
      false;  ///< what comes next depends on what these wishes make of the host: plan once more after them
};

/// The code that turns one conditioning, for one subject, on one host snapshot, into wishes. Pure: it opens no file,
/// keeps no state, and has no undo.
class Plugin {
 public:
  Plugin() = default;
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;
  virtual ~Plugin() = default;

  /// Name and parameters: validation, `acdrctl class show`, JSON schema and man page come from this.
  [[nodiscard]] virtual const ConditioningSpec& spec() const = 0;
  /// Whether it moves tasks, which takes cgroup v2.
  [[nodiscard]] virtual bool needs_cgroups() const { return false; }
  /// Whether its plan for a domain depends on nothing but the request without `housekeeping`, the cgroups of the domain
  /// and the CPUs that are online. It is made anew only when one of these has changed, and not at each event of others.
  [[nodiscard]] virtual bool is_local() const { return false; }
  /// Adds what this conditioning needs of placement. `domain` is null for the host. Error (usage): parameters that make
  /// no sense together or on this host. Most conditionings need nothing.
  [[nodiscard]] virtual Status demand(const ParameterValues& /*parameters*/, const DomainDefinition* /*domain*/,
                                      const HostSnapshot& /*host*/, Demand& /*demand*/) const {
    return {};
  }
  [[nodiscard]] virtual Plan plan(const PlanRequest& request, const HostSnapshot& host) const = 0;
  /// What a domain's definition needs besides the class's name. Most conditionings need nothing.
  [[nodiscard]] virtual std::vector<Adaptation> adaptations(const ParameterValues& /*parameters*/) const { return {}; }
};

/// The plugins of a build, by name.
class PluginRegistry {
 public:
  explicit PluginRegistry(std::vector<std::unique_ptr<Plugin>> plugins) : plugins_(std::move(plugins)) {}
  /// nullptr if there is no such conditioning.
  [[nodiscard]] const Plugin* find(std::string_view name) const;
  [[nodiscard]] std::vector<ConditioningSpec> specs() const;
  [[nodiscard]] const std::vector<std::unique_ptr<Plugin>>& all() const { return plugins_; }

 private:
  std::vector<std::unique_ptr<Plugin>> plugins_;
};

}  // namespace acdr
