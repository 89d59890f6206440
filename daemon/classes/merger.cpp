// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/merger.hpp"

#include <algorithm>
#include <utility>

namespace acdr::classes {
namespace {

/// By default = it refers to the included class's parameters, and the include gives none of them.
bool only_defaults(const Setting& setting, const Bindings& bindings) {
  bool refers = false;
  for (const auto& text : setting.value) {
    for (const auto* reference : text.references()) {
      if (bindings.contains(reference->parameter)) return false;
      refers = true;
    }
  }
  return refers || setting.by_default;
}

/// Where the value was decided: at the include when it gives the parameter, else in the included class.
Origin decided_at(const Setting& setting, const BoundItem& include) {
  for (const auto& text : setting.value)
    for (const auto* reference : text.references())
      if (const auto given = include.arguments.find(reference->parameter); given != include.arguments.end())
        return given->second.origin;
  return setting.origin;
}

std::string describe(const Expression& expression) {
  std::string shown;
  for (const auto& text : expression) shown += (shown.empty() ? "" : " or else ") + text.to_string();
  return shown;
}

}  // namespace

Merger::Slot& Merger::slot(const ExpandedConditioning& first) {
  const auto found = std::ranges::find(slots_, first.name, [](const Slot& one) { return one.result.name; });
  if (found != slots_.end()) return *found;
  return slots_.emplace_back(Slot{.result = {first.name, first.from_class, first.origin, {}}, .candidates = {}});
}

void Merger::add_include(const BoundItem& include, const ClassDocument& inner, const ExpandedClass& expanded) {
  const Bindings bindings = include.bindings();
  for (const auto& conditioning : expanded.conditionings) {
    Slot& target = slot(conditioning);
    for (const auto& [parameter, setting] : conditioning.settings) {
      Setting outer{.value = substitute(setting.value, inner, bindings, document_),
                    .origin = decided_at(setting, include),
                    .by_default = only_defaults(setting, bindings)};
      const bool within = std::ranges::all_of(
          outer.value, [](const Text& text) { return text.parts.size() <= 1 || text.within_limits(); });
      // Texts that include each other's parameters twice would double at every level.
      if (!within)
        faults_.add(include.origin, "parameter '{}' of '{}' becomes too long with what '{}' is given here", parameter,
                    conditioning.name, include.name);
      if (within && !outer.value.empty()) target.candidates[parameter].push_back({std::move(outer), &include});
    }
  }
}

void Merger::add_own(const BoundItem& conditioning) {
  Slot& target = slot({conditioning.name, document_.name, conditioning.origin, {}});
  target.result.from_class = document_.name;
  target.result.origin = conditioning.origin;
  for (const auto& [parameter, argument] : conditioning.arguments)
    target.result.settings.emplace(parameter, Setting{.value = {argument.text}, .origin = argument.origin});
}

const Setting& Merger::choose(const std::string& conditioning, const std::string& parameter,
                              const std::vector<Candidate>& candidates, bool report) {
  const auto asked_for = [](const Candidate& one) { return !one.setting.by_default; };
  const bool any_asked_for = std::ranges::any_of(candidates, asked_for);
  const Candidate* first = nullptr;
  for (const auto& candidate : candidates) {
    if (any_asked_for && !asked_for(candidate)) continue;
    if (first == nullptr) first = &candidate;
    if (!report || candidate.setting.value == first->setting.value) continue;
    faults_.add(candidate.include->origin,
                "'{}' is given '{}' {} through '{}' ({}) and {} through '{}' ({}): set it under 'conditionings' here",
                conditioning, parameter, describe(first->setting.value), first->include->name,
                first->setting.origin.to_string(), describe(candidate.setting.value), candidate.include->name,
                candidate.setting.origin.to_string());
  }
  return first->setting;
}

std::vector<ExpandedConditioning> Merger::merge(bool report) {
  std::vector<ExpandedConditioning> merged;
  for (auto& [result, candidates] : slots_) {
    for (const auto& [parameter, from_includes] : candidates) {
      const auto own = result.settings.find(parameter);
      if (own != result.settings.end() && !may_be_absent(own->second.value, document_)) continue;
      const Setting& chosen = choose(result.name, parameter, from_includes, report);
      // An optional parameter that is not given leaves things as if its line were not there.
      if (own == result.settings.end()) {
        result.settings.emplace(parameter, chosen);
      } else {
        std::ranges::copy(chosen.value, std::back_inserter(own->second.value));
      }
    }
    merged.push_back(std::move(result));
  }
  return merged;
}

}  // namespace acdr::classes
