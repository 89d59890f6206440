// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/catalogue.hpp"

#include "classes/loader.hpp"
#include "classes/names.hpp"
#include "classes/resolver.hpp"

#include <utility>

namespace acdr {

struct Catalogue::State {
  std::map<std::string, classes::LoadedClass> classes;
  std::map<std::string, classes::FaultyClass> faulty;
  std::map<std::string, ConditioningSpec> conditionings;

  /// Errors: not_found, with the known names; usage, if it has a fault.
  [[nodiscard]] Result<const classes::LoadedClass*> find(std::string_view name) const {
    const auto found = classes.find(std::string(name));
    if (found != classes.end()) return &found->second;
    if (const auto bad = faulty.find(std::string(name)); bad != faulty.end())
      return failure(
          Error(ErrorKind::usage,
                fmt::format("class {} has a fault: {}", classes::in_quotes(name), bad->second.fault.to_string()),
                "mend it, then use acdrctl reload"));
    std::vector<std::string> names;
    for (const auto& [known, loaded] : classes) names.push_back(known);
    return failure(Error(ErrorKind::not_found, fmt::format("no class is called {}", classes::in_quotes(name)),
                         classes::suggestion(name, std::move(names))));
  }
};

Catalogue::Catalogue() : state_(std::make_shared<const State>()) {}

Catalogue::Load Catalogue::load(const std::vector<std::filesystem::path>& directories,
                                const std::vector<ConditioningSpec>& known) {
  return check(directories, {}, known);
}

Catalogue::Load Catalogue::check(const std::vector<std::filesystem::path>& directories,
                                 const std::vector<std::filesystem::path>& files,
                                 const std::vector<ConditioningSpec>& known) {
  Load result;
  classes::Faults faults;
  auto loaded = classes::load_classes(directories, files, known, faults);
  result.diagnostics = faults.sorted();
  State state{.classes = std::move(loaded.sound), .faulty = std::move(loaded.faulty), .conditionings = {}};
  for (const auto& spec : known) state.conditionings.emplace(spec.name, spec);
  result.catalogue.state_ = std::make_shared<const State>(std::move(state));
  return result;
}

std::vector<ClassSummary> Catalogue::list() const {
  std::vector<ClassSummary> summaries;
  for (const auto& [name, loaded] : state_->classes) summaries.push_back(loaded.summary);
  return summaries;
}

std::vector<std::string> Catalogue::faulty() const {
  std::vector<std::string> names;
  for (const auto& [name, cause] : state_->faulty) names.push_back(name);
  return names;
}

Result<std::vector<ParameterSpec>> Catalogue::parameters(std::string_view class_name) const {
  ACDR_TRY(const auto* loaded, state_->find(class_name));
  return loaded->parameters;
}

Result<ResolvedClass> Catalogue::resolve(std::string_view class_name,
                                         const std::map<std::string, std::string>& parameters) const {
  ACDR_TRY(const auto* loaded, state_->find(class_name));
  return classes::resolve_class(*loaded, state_->conditionings, parameters);
}

bool Catalogue::is_required(std::string_view class_name) const {
  if (const auto sound = state_->classes.find(std::string(class_name)); sound != state_->classes.end())
    return sound->second.expanded.required;
  const auto faulty = state_->faulty.find(std::string(class_name));
  return faulty != state_->faulty.end() && faulty->second.required;
}

}  // namespace acdr
