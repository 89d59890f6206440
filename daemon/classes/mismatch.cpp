// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/library.hpp"
#include "classes/names.hpp"
#include "classes/values.hpp"

#include <algorithm>

namespace acdr::classes {
namespace {

/// A size is never below zero, declared so or not.
std::optional<std::int64_t> lowest(const ParameterSpec& spec) {
  if (!spec.min && spec.type == ParameterType::size) return 0;
  return spec.min;
}

std::optional<std::string> wider_limits(const ParameterSpec& source, const ParameterSpec& target) {
  const bool below = target.min && (!lowest(source) || *lowest(source) < *target.min);
  const bool above = target.max && (!source.max || *source.max > *target.max);
  if (!below && !above) return std::nullopt;
  return fmt::format("allowed is {}, but '{}' accepts {}: narrow its min and max", describe_limits(target), source.name,
                     describe_limits(source));
}

std::optional<std::string> more_choices(const ParameterSpec& source, const ParameterSpec& target) {
  std::vector<std::string> excess;
  for (const auto& choice : source.choices)
    if (std::ranges::find(target.choices, choice) == target.choices.end()) excess.push_back(choice);
  if (excess.empty()) return std::nullopt;
  const std::string allowed = target.choices.empty() ? "only a CPU list" : join(target.choices);
  return fmt::format("'{}' accepts {}, which is not allowed here (allowed: {})", source.name, join(excess), allowed);
}

}  // namespace

std::optional<std::string> mismatch(const ParameterSpec& source, const ParameterSpec& target) {
  // Every value has a text.
  if (target.type == ParameterType::string) return std::nullopt;
  if (source.type != target.type)
    return fmt::format("it is of type {}, but '{}' is of type {}", type_name(target.type), source.name,
                       type_name(source.type));
  switch (target.type) {
    case ParameterType::integer:
    case ParameterType::size:
      return wider_limits(source, target);
    case ParameterType::choice:
    case ParameterType::cpus:
      return more_choices(source, target);
    default:
      return std::nullopt;
  }
}

}  // namespace acdr::classes
