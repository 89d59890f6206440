// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/domain.hpp"

namespace acdr {

/// What a domain may ask for, and how an orchestrator's words become classes (/etc/acdr/acdr.yaml). An admin who
/// applies a class by hand is not bound by it.
struct AskRules {
  struct Flavor {
    std::string pattern;  ///< of the flavor's name, as a shell's: "rt.*"
    std::string class_name;
  };
  std::optional<std::set<std::string>> allowed;  ///< classes; none = all
  std::vector<Flavor> flavors;                   ///< the first that fits counts
};

/// The tag that counts for a domain: its own; else the class its Nova flavor names (extra spec acdr:class); else that
/// of the first pattern its flavor's name fits. Error (refused): a class that domains may not ask for.
[[nodiscard]] Result<std::optional<ConditioningTag>> asked_for(const DomainDefinition& domain, const AskRules& rules);

}  // namespace acdr
