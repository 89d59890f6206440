// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/resolver.hpp"

#include "classes/names.hpp"

#include <algorithm>
#include <utility>

namespace acdr::classes {
namespace {

using Texts = std::map<std::string, std::string>;

Error unknown_parameter(const LoadedClass& loaded, const std::string& name) {
  std::vector<std::string> known;
  for (const auto& spec : loaded.parameters) known.push_back(spec.name);
  const std::string what = fmt::format("class '{}' has no parameter {}", loaded.summary.name, in_quotes(name));
  return {ErrorKind::usage, what, suggestion(name, std::move(known))};
}

Status refuse_unknown(const LoadedClass& loaded, const Texts& given) {
  for (const auto& [name, text] : given)
    if (std::ranges::find(loaded.parameters, name, &ParameterSpec::name) == loaded.parameters.end())
      return failure(unknown_parameter(loaded, name));
  return {};
}

Result<ParameterValues> own_parameters(const LoadedClass& loaded, const Texts& given) {
  ACDR_CHECK(refuse_unknown(loaded, given));
  ParameterValues values;
  for (const auto& spec : loaded.parameters) {
    const auto text = given.find(spec.name);
    if (text == given.end()) {
      if (spec.default_value) values.emplace(spec.name, *spec.default_value);
      continue;
    }
    auto value = parse_value(spec, text->second);
    if (!value) return failure(value.error().during(fmt::format("class '{}'", loaded.summary.name)));
    values.emplace(spec.name, *std::move(value));
  }
  return values;
}

Texts texts_of(const ParameterValues& values) {
  Texts texts;
  for (const auto& [name, value] : values) texts.emplace(name, acdr::to_text(value));
  return texts;
}

/// Loading has made sure that every value suits, but for the length of a text put together.
Result<ResolvedConditioning> resolve(const ExpandedConditioning& expanded, const ConditioningSpec& spec,
                                     const Texts& parameters) {
  ResolvedConditioning resolved{
      .name = expanded.name, .parameters = {}, .from_class = expanded.from_class, .origin = expanded.origin};
  for (const auto& parameter : spec.parameters) {
    const auto setting = expanded.settings.find(parameter.name);
    const auto text = setting == expanded.settings.end() ? std::nullopt : evaluate(setting->second.value, parameters);
    if (text) {
      auto value = parse_value(parameter, *text);
      if (!value) return failure(value.error().during(fmt::format("conditioning '{}'", spec.name)));
      resolved.parameters.emplace(parameter.name, *std::move(value));
    } else if (parameter.default_value) {
      resolved.parameters.emplace(parameter.name, *parameter.default_value);
    }
  }
  return resolved;
}

}  // namespace

Result<ResolvedClass> resolve_class(const LoadedClass& loaded, const std::map<std::string, ConditioningSpec>& known,
                                    const std::map<std::string, std::string>& given) {
  ResolvedClass result{.name = loaded.summary.name,
                       .summary = loaded.summary.summary,
                       .required = loaded.expanded.required,
                       .parameters = {},
                       .conditionings = {}};
  ACDR_TRY(result.parameters, own_parameters(loaded, given));
  const Texts parameters = texts_of(result.parameters);
  for (const auto& expanded : loaded.expanded.conditionings) {
    auto conditioning = resolve(expanded, known.at(expanded.name), parameters);
    if (!conditioning) return failure(conditioning.error().during(fmt::format("class '{}'", result.name)));
    result.conditionings.push_back(*std::move(conditioning));
  }
  return result;
}

}  // namespace acdr::classes
