// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/arguments.hpp"

#include "bus/errors.hpp"
#include "classes/catalogue.hpp"
#include "engine/report.hpp"
#include "engine/subject.hpp"
#include "fuzz/harness.hpp"
#include "support/temporary_directory.hpp"

#include <nlohmann/json.hpp>

namespace acdr::fuzz {
namespace {

ParameterSpec parameter(std::string name, ParameterType type, std::vector<std::string> choices = {}) {
  ParameterSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  spec.choices = std::move(choices);
  return spec;
}

/// One class, "every", with a parameter of every type.
Catalogue every_type() {
  const test::TemporaryDirectory folder;
  folder.write("every.yaml",
               "api: acdr/v1\nclass: every\nsummary: x\nparameters:\n"
               "  cores: {type: cpus, choices: [auto], default: auto}\n  count: {type: integer, min: 1, max: 64, default: 3}\n"
               "  text: {type: string, default: x}\n  on: {type: boolean, default: true}\n"
               "  way: {type: choice, choices: [near, far]}\n  size: {type: size, min: 1MiB}\n"
               "conditionings:\n  - any: {cores: \"${cores}\", text: \"${text}-${count}\", size: \"${size}\"}\n");
  auto load = Catalogue::load(
      {folder.path()}, {{"any",
                         "",
                         {parameter("cores", ParameterType::cpus, {"auto"}), parameter("text", ParameterType::string),
                          parameter("size", ParameterType::size)}}});
  promise(load.diagnostics.empty(), "the harness's own class loads");
  return std::move(load.catalogue);
}

/// "name=value", a line each.
Parameters parameters_of(std::string_view text) {
  Parameters parameters;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    const auto equals = std::min(line.find('='), line.size());
    parameters.emplace(line.substr(0, equals), line.substr(std::min(equals + 1, line.size())));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parameters;
}

void promise_sent(const std::string& text) {
  const std::string sent = to_utf8(text);
  promise(to_utf8(sent) == sent, "a text that can be sent is sent as it is");
  promise(nlohmann::json::accept(nlohmann::json(sent).dump()), "a text that is sent is UTF-8");
}

}  // namespace

/// Class, subject and parameters of a call.
void bus_arguments(std::string_view input) {
  static const Catalogue catalogue = every_type();
  const auto [class_name, subject, rest] = pieces<3>(input);
  const Parameters parameters = parameters_of(rest);
  const auto sound = check_arguments(class_name, subject, parameters);
  promise_plain_error(sound);
  promise_sent(subject);
  if (!sound) {
    promise_sent(to_bus_error(sound.error()).getMessage());
    return;
  }
  const auto read = Subject::from_string(subject);
  promise(Subject::from_string(read.to_string()) == read, "a subject is called by its name");
  const auto resolved = catalogue.resolve(class_name, parameters);
  promise_plain_error(resolved);
  const auto by_name = catalogue.resolve("every", parameters);
  promise_plain_error(by_name);
  if (by_name) promise_sent(json_text(class_report(*by_name, catalogue.parameters("every").value())));
}

}  // namespace acdr::fuzz
