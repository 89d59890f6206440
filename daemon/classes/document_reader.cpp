// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/document.hpp"
#include "classes/limits.hpp"
#include "classes/names.hpp"
#include "classes/section_readers.hpp"
#include "classes/values.hpp"

#include <algorithm>
#include <utility>

namespace acdr::classes {
namespace {

using Kind = YamlNode::Kind;

constexpr std::string_view api = "acdr/v1";
const std::vector<std::string> document_keys{"api",        "class",         "summary", "include",
                                             "parameters", "conditionings", "required"};

/// False when the document is in another version of the language: none of its other lines can be judged then.
bool check_api(const YamlNode& root, Faults& faults) {
  const YamlNode* node = root.find("api");
  if (node == nullptr) {
    faults.add(root.origin, "'api' is missing: write 'api: {}'", api);
    return true;
  }
  if (!expect(Kind::scalar, *node, "'api'", faults) || node->text == api) return true;
  faults.add(node->origin, "api {} is not known: this acdr reads {}", in_quotes(node->text), api);
  return false;
}

void read_name(const YamlNode& root, ClassDocument& document, Faults& faults) {
  const std::string stem = document.name;
  const YamlNode* node = root.find("class");
  if (node == nullptr) {
    faults.add(root.origin, "'class' is missing: write 'class: {}'", stem);
    return;
  }
  document.name_origin = node->origin;
  if (!expect(Kind::scalar, *node, "'class'", faults)) return;
  if (!is_name(node->text)) {
    faults.add(node->origin, "{} is not a class name: up to {} characters of a-z, 0-9 and -, the first a letter",
               in_quotes(node->text), max_name_length);
    return;
  }
  document.name = node->text;
  if (stem != node->text)
    faults.add(node->origin, "class '{}' must be in a file called '{}.yaml', not {}", node->text, node->text,
               in_quotes(stem + ".yaml"));
}

void read_summary(const YamlNode& root, ClassDocument& document, Faults& faults) {
  const YamlNode* node = root.find("summary");
  if (node == nullptr) {
    faults.add(root.origin, "'summary' is missing: one line that says what the class is for");
    return;
  }
  document.summary = read_line(*node, "'summary'", faults).value_or("");
}

void read_required(const YamlNode& root, ClassDocument& document, Faults& faults) {
  const YamlNode* node = root.find("required");
  if (node == nullptr || !expect(Kind::scalar, *node, "'required'", faults)) return;
  const auto value = parse_scalar(plain_spec("required", ParameterType::boolean), node->text, node->quoted);
  if (!value) {
    faults.add(node->origin, "'required': {}", value.error().message());
    return;
  }
  document.required = std::get<bool>(*value);
}

void read_sections(const YamlNode& root, ClassDocument& document, Faults& faults) {
  if (const auto* node = root.find("include"))
    document.includes = read_items(*node, "include", document.complete, faults);
  if (const auto* node = root.find("parameters")) document.parameters = read_declarations(*node, faults);
  if (const auto* node = root.find("conditionings"))
    document.conditionings = read_items(*node, "conditionings", document.complete, faults);
  if (root.find("include") == nullptr && root.find("conditionings") == nullptr)
    faults.add(root.origin, "the class asks for nothing: it needs 'include' or 'conditionings'");
}

}  // namespace

const Declaration* ClassDocument::find(std::string_view parameter) const {
  const auto found = std::ranges::find(parameters, parameter, [](const Declaration& one) { return one.spec.name; });
  return found == parameters.end() ? nullptr : &*found;
}

std::vector<std::string> ClassDocument::parameter_names() const {
  std::vector<std::string> names;
  for (const auto& declaration : parameters) names.push_back(declaration.spec.name);
  return names;
}

ClassDocument read_document(const std::filesystem::path& file, const std::string& text, Faults& faults) {
  ClassDocument document{.file = file.string(), .name = file.stem().string(), .readable = false};
  document.name_origin = {document.file, 1, 1};
  const auto root = read_yaml(document.file, text, faults);
  if (!root || !expect(Kind::map, *root, "a class document", faults) || !check_api(*root, faults)) return document;
  document.readable = true;
  refuse_unknown_keys(*root, document_keys, faults);
  read_name(*root, document, faults);
  read_summary(*root, document, faults);
  read_required(*root, document, faults);
  read_sections(*root, document, faults);
  return document;
}

}  // namespace acdr::classes
