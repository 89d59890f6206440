// SPDX-License-Identifier: GPL-2.0-or-later
#include <filesystem>
#include <vector>

#include "classes/catalogue.hpp"
#include "classes/document.hpp"
#include "classes/limits.hpp"
#include "fuzz/harness.hpp"
#include "support/temporary_directory.hpp"

namespace acdr::fuzz {
namespace {

ParameterSpec parameter(std::string name, ParameterType type, std::optional<ParameterValue> fallback = {},
                        std::vector<std::string> choices = {}) {
  ParameterSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  spec.default_value = std::move(fallback);
  spec.choices = std::move(choices);
  return spec;
}

/// Every type, with and without a default, limits and words.
std::vector<ConditioningSpec> conditionings() {
  auto count = parameter("count", ParameterType::integer);
  count.min = 1;
  count.max = 64;
  return {{"cores", "", {parameter("cores", ParameterType::cpus, CpuSelection{std::string("auto")}, {"auto"}), count}},
          {"words",
           "",
           {parameter("text", ParameterType::string), parameter("on", ParameterType::boolean, true),
            parameter("way", ParameterType::choice, std::string("near"), {"near", "far"}),
            parameter("size", ParameterType::size, Bytes{4096})}}};
}

const std::vector<ConditioningSpec>& known() {
  static const auto specs = conditionings();
  return specs;
}

/// A folder with a class to include, and a place for the one that is fuzzed.
const test::TemporaryDirectory& folder() {
  static const test::TemporaryDirectory directory;
  static const auto other =
      directory.write("classes/other.yaml",
                      "api: acdr/v1\nclass: other\nsummary: x\n"
                      "parameters:\n  n: {type: integer, default: 2, min: 1, max: 9}\n  t: {type: string}\n"
                      "conditionings:\n  - cores: {count: \"${n}\"}\n  - words: {text: \"${t}\"}\n");
  return directory;
}

std::map<std::string, std::string> texts(const ParameterValues& values) {
  std::map<std::string, std::string> given;
  for (const auto& [name, value] : values) given.emplace(name, to_text(value));
  return given;
}

void promise_same_class(const Catalogue& catalogue, const std::string& name) {
  const auto resolved = catalogue.resolve(name, {});
  promise(resolved.has_value(), "a class that loads can be applied as it is");
  const auto again = catalogue.resolve(name, texts(resolved->parameters));
  promise(again.has_value() && again->parameters == resolved->parameters, "values are read as they are printed");
  for (const auto& conditioning : resolved->conditionings)
    for (const auto& spec : known())
      for (const auto& one : spec.parameters)
        if (const auto value = conditioning.parameters.find(one.name);
            spec.name == conditioning.name && value != conditioning.parameters.end())
          promise(parse_value(one, to_text(value->second)) == value->second, "a final value is one of its type");
}

void promise_sound_faults(const classes::Faults& faults) {
  for (const auto& fault : faults.sorted()) {
    promise_one_line(fault.message);
    promise(fault.origin.line >= 1 && fault.origin.column >= 1, "a fault has a place");
  }
  promise(faults.sorted().size() <= classes::max_faults_per_file + 1, "faults are limited");
}

}  // namespace

void class_yaml(std::string_view input) {
  classes::Faults faults;
  const auto document = classes::read_document("fuzzed.yaml", std::string(input), faults);
  promise_sound_faults(faults);
  promise(document.readable || faults.any(), "what cannot be read is reported");
  if (faults.any()) return;
  const auto file = folder().write("fuzzed.yaml", input);
  const auto load = Catalogue::check({folder().path() / "classes"}, {file}, known());
  for (const auto& diagnostic : load.diagnostics) promise_one_line(diagnostic.message);
  if (load.diagnostics.empty()) promise_same_class(load.catalogue, document.name);
}

}  // namespace acdr::fuzz
