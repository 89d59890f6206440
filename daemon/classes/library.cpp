// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/library.hpp"

#include "classes/argument_binder.hpp"
#include "classes/names.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace acdr::classes {
namespace {

template <class Value>
std::vector<std::string> keys(const std::map<std::string, Value>& map) {
  std::vector<std::string> names;
  for (const auto& [name, value] : map) names.push_back(name);
  return names;
}

using FindSpec = std::function<const ParameterSpec*(const std::string&)>;

/// One include or conditioning; `what` is "class" or "conditioning", `known` its parameters.
BoundItem bind_item(const Item& item, const ClassDocument& document, std::string_view what,
                    const std::vector<std::string>& known, const FindSpec& find, bool& complete, Faults& faults) {
  BoundItem bound{.name = item.name, .origin = item.origin};
  ArgumentBinder binder(document, item.name, faults);
  for (const auto& argument : item.arguments) {
    const bool exists = std::ranges::find(known, argument.name) != known.end();
    if (!exists)
      faults.add(argument.name_origin, "{} '{}' has no parameter {}; {}", what, item.name, in_quotes(argument.name),
                 suggestion(argument.name, known));
    const ParameterSpec* target = exists ? find(argument.name) : nullptr;
    auto text = target != nullptr ? binder.bind(argument, *target) : std::nullopt;
    complete = complete && text.has_value();
    if (text) bound.arguments.emplace(argument.name, BoundArgument{*std::move(text), argument.origin});
  }
  return bound;
}

std::string unknown_class(const std::string& name, const Library& library) {
  if (library.conditionings.contains(name))
    return fmt::format("'{}' is a conditioning, not a class: list it under 'conditionings'", name);
  return fmt::format("unknown class '{}'; {}", name, suggestion(name, library.class_names()));
}

std::string unknown_conditioning(const std::string& name, const Library& library) {
  if (library.classes.contains(name))
    return fmt::format("'{}' is a class, not a conditioning: list it under 'include'", name);
  return fmt::format("unknown conditioning '{}'; {}", name, suggestion(name, library.conditioning_names()));
}

void bind_include(const Item& item, const ClassDocument& document, const Library& library, BoundClass& bound,
                  Faults& faults) {
  const auto found = library.classes.find(item.name);
  if (found == library.classes.end()) faults.add(item.origin, unknown_class(item.name, library));
  if (found == library.classes.end() || !found->second.readable) {
    bound.complete = false;
    return;
  }
  const ClassDocument& inner = found->second;
  // A faulty declaration is reported in its own place; arguments for it cannot be judged.
  const FindSpec find = [&inner](const std::string& name) -> const ParameterSpec* {
    const Declaration* declared = inner.find(name);
    return declared->sound ? &declared->spec : nullptr;
  };
  bound.includes.push_back(bind_item(item, document, "class", inner.parameter_names(), find, bound.complete, faults));
}

void bind_conditioning(const Item& item, const ClassDocument& document, const Library& library, BoundClass& bound,
                       Faults& faults) {
  const auto found = library.conditionings.find(item.name);
  if (found == library.conditionings.end()) {
    faults.add(item.origin, unknown_conditioning(item.name, library));
    bound.complete = false;
    return;
  }
  std::vector<std::string> known;
  for (const auto& spec : found->second.parameters) known.push_back(spec.name);
  const FindSpec find = [&specs = found->second.parameters](const std::string& name) -> const ParameterSpec* {
    return &*std::ranges::find(specs, name, &ParameterSpec::name);
  };
  bound.conditionings.push_back(bind_item(item, document, "conditioning", known, find, bound.complete, faults));
}

}  // namespace

std::vector<std::string> Library::class_names() const { return keys(classes); }
std::vector<std::string> Library::conditioning_names() const { return keys(conditionings); }

Bindings BoundItem::bindings() const {
  Bindings result;
  for (const auto& [parameter, argument] : arguments) result.emplace(parameter, argument.text);
  return result;
}

BoundClass bind_class(const ClassDocument& document, const Library& library, Faults& faults) {
  BoundClass bound{.complete = document.complete};
  for (const auto& item : document.includes) bind_include(item, document, library, bound, faults);
  for (const auto& item : document.conditionings) bind_conditioning(item, document, library, bound, faults);
  return bound;
}

}  // namespace acdr::classes
