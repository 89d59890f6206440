// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/asking.hpp"

#include <fnmatch.h>

#include <algorithm>

namespace acdr {
namespace {

std::optional<ConditioningTag> tag_of(const DomainDefinition& domain, const AskRules& rules) {
  if (domain.tag) return domain.tag;
  if (!domain.flavor_class.empty()) return ConditioningTag{domain.flavor_class, {}};
  if (domain.flavor.empty()) return std::nullopt;
  const auto fits = std::ranges::find_if(
      rules.flavors, [&](const auto& rule) { return ::fnmatch(rule.pattern.c_str(), domain.flavor.c_str(), 0) == 0; });
  if (fits == rules.flavors.end()) return std::nullopt;
  return ConditioningTag{fits->class_name, {}};
}

}  // namespace

Result<std::optional<ConditioningTag>> asked_for(const DomainDefinition& domain, const AskRules& rules) {
  auto tag = tag_of(domain, rules);
  if (tag && rules.allowed && !rules.allowed->contains(tag->class_name))
    return failure(Error(ErrorKind::refused,
                         fmt::format("class {} is not one that domains may ask for", tag->class_name),
                         "an admin allows it in /etc/acdr/acdr.yaml (classes: allowed), or applies it by hand"));
  return tag;
}

}  // namespace acdr
