// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/limits.hpp"
#include "classes/names.hpp"
#include "classes/section_readers.hpp"
#include "classes/values.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace acdr::classes {
namespace {

using Kind = YamlNode::Kind;

const std::vector<std::string> declaration_keys{"type", "default", "min", "max", "choices", "help"};
const std::vector<std::string> type_list{"integer", "boolean", "string", "choice", "size", "cpus"};

/// Reads one parameter's declaration, key by key: the type first, since it says what the others may hold.
class DeclarationReader {
 public:
  DeclarationReader(const YamlNode& map, ParameterSpec& spec, Faults& faults)
      : map_(map), spec_(spec), faults_(faults) {}

  void read(const Origin& name_origin) {
    refuse_unknown_keys(map_, declaration_keys, faults_);
    if (const auto* node = map_.find("help"))
      spec_.help = read_line(*node, fmt::format("the help of '{}'", spec_.name), faults_).value_or("");
    if (!read_type(name_origin)) return;
    read_choices(name_origin);
    read_limits();
    read_default();
  }

 private:
  bool read_type(const Origin& name_origin) {
    const YamlNode* node = map_.find("type");
    if (node == nullptr) {
      faults_.add(name_origin, "parameter '{}' has no type: one of {}", spec_.name, join(type_list));
      return false;
    }
    if (!expect(Kind::scalar, *node, fmt::format("the type of '{}'", spec_.name), faults_)) return false;
    const auto type = type_from(node->text);
    if (!type)
      faults_.add(node->origin, "unknown type {}; {}", in_quotes(node->text), suggestion(node->text, type_list));
    if (type) spec_.type = *type;
    return type.has_value();
  }

  void read_choices(const Origin& name_origin) {
    const YamlNode* node = map_.find("choices");
    if (node == nullptr) {
      if (spec_.type == ParameterType::choice)
        faults_.add(name_origin, "parameter '{}' is a choice and needs 'choices'", spec_.name);
      return;
    }
    if (spec_.type != ParameterType::choice && spec_.type != ParameterType::cpus)
      return faults_.add(node->origin, "'choices' fits only choice and cpus, and '{}' is of type {}", spec_.name,
                         type_name(spec_.type));
    if (!expect(Kind::sequence, *node, "'choices'", faults_)) return;
    if (node->items.empty()) faults_.add(node->origin, "'choices' is empty");
    if (node->items.size() > max_items)
      return faults_.add(node->origin, "'choices' has more than {} entries", max_items);
    for (const auto& item : node->items) add_choice(item);
  }

  void add_choice(const YamlNode& item) {
    const auto text = read_line(item, "a choice", faults_);
    if (!text) return;
    // A word of digits could not be told from a list.
    if (spec_.type == ParameterType::cpus && !is_name(*text))
      return faults_.add(item.origin, "{} cannot be a word for CPUs: a-z, 0-9 and -, the first a letter",
                         in_quotes(*text));
    if (text->find("${") != std::string::npos)
      return faults_.add(item.origin, "a choice cannot refer to a parameter: {}", in_quotes(*text));
    if (std::ranges::find(spec_.choices, *text) != spec_.choices.end())
      return faults_.add(item.origin, "choice {} is listed twice", in_quotes(*text));
    spec_.choices.push_back(*text);
  }

  void read_limits() {
    spec_.min = read_limit("min");
    spec_.max = read_limit("max");
    if (!spec_.min || !spec_.max || *spec_.min <= *spec_.max) return;
    faults_.add(map_.find("min")->origin, "'min' of '{}' is above its 'max'", spec_.name);
    spec_.min.reset();
    spec_.max.reset();
  }

  std::optional<std::int64_t> read_limit(const char* key) {
    const YamlNode* node = map_.find(key);
    if (node == nullptr) return std::nullopt;
    if (spec_.type != ParameterType::integer && spec_.type != ParameterType::size) {
      faults_.add(node->origin, "'{}' fits only integer and size, and '{}' is of type {}", key, spec_.name,
                  type_name(spec_.type));
      return std::nullopt;
    }
    if (!expect(Kind::scalar, *node, fmt::format("'{}'", key), faults_)) return std::nullopt;
    ParameterSpec unlimited = plain_spec(key, spec_.type);
    if (spec_.type == ParameterType::size) unlimited.max = std::numeric_limits<std::int64_t>::max();
    const auto value = parse_scalar(unlimited, node->text, node->quoted);
    if (!value) {
      faults_.add(node->origin, "'{}' of '{}': {}", key, spec_.name, value.error().message());
      return std::nullopt;
    }
    if (const auto* size = std::get_if<Bytes>(&*value)) return static_cast<std::int64_t>(size->value);
    return std::get<std::int64_t>(*value);
  }

  void read_default() {
    const YamlNode* node = map_.find("default");
    if (node == nullptr || !expect(Kind::scalar, *node, fmt::format("the default of '{}'", spec_.name), faults_))
      return;
    if (node->text.find("${") != std::string::npos)
      return faults_.add(node->origin, "the default of '{}' cannot refer to a parameter", spec_.name);
    auto value = parse_scalar(spec_, node->text, node->quoted);
    if (!value) return faults_.add(node->origin, "the default of '{}': {}", spec_.name, value.error().message());
    spec_.default_value = *std::move(value);
  }

  const YamlNode& map_;
  ParameterSpec& spec_;
  Faults& faults_;
};

Declaration read_declaration(const YamlNode& key, const YamlNode& node, Faults& faults) {
  Declaration declaration{.spec = plain_spec(key.text, ParameterType::string), .origin = key.origin};
  const std::size_t before = faults.count();
  if (!is_name(key.text))
    faults.add(key.origin, "{} is not a parameter name: up to {} characters of a-z, 0-9 and -, the first a letter",
               in_quotes(key.text), max_name_length);
  const bool is_map = expect(Kind::map, node, fmt::format("parameter {}", in_quotes(key.text)), faults);
  if (is_map) DeclarationReader(node, declaration.spec, faults).read(key.origin);
  declaration.sound = is_map && faults.count() == before;
  return declaration;
}

}  // namespace

std::vector<Declaration> read_declarations(const YamlNode& node, Faults& faults) {
  std::vector<Declaration> declarations;
  if (!expect(Kind::map, node, "'parameters'", faults)) return declarations;
  if (node.keys.size() > max_items) faults.add(node.origin, "'parameters' has more than {} entries", max_items);
  for (std::size_t i = 0; i < node.keys.size(); ++i)
    declarations.push_back(read_declaration(node.keys[i], node.items[i], faults));
  return declarations;
}

}  // namespace acdr::classes
