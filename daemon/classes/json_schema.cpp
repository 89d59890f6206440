// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/catalogue.hpp"
#include "classes/limits.hpp"

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <utility>

namespace acdr {
namespace {

using Json = nlohmann::ordered_json;
using Members = std::initializer_list<std::pair<const char*, Json>>;
using classes::max_items;

constexpr const char* name_pattern = "^[a-z][a-z0-9-]{0,63}$";
constexpr const char* reference_pattern = "^\\$\\{[a-z][a-z0-9-]{0,63}\\}$";
constexpr const char* size_pattern = "^(0|[1-9][0-9]*)(B|KiB|MiB|GiB|TiB)$";
constexpr const char* list_pattern = "^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$";

/// nlohmann's own braces turn an object of one member into an array, depending on the context.
Json object(Members members) {
  Json result = Json::object();
  for (const auto& [key, value] : members) result[key] = value;
  return result;
}

Json array(std::initializer_list<Json> items) {
  Json result = Json::array();
  for (const auto& item : items) result.push_back(item);
  return result;
}

/// To the language every scalar is text; to JSON `3` and `true` are not.
Json any_scalar() { return object({{"type", array({"string", "integer", "number", "boolean"})}}); }

Json pattern_schema(const char* pattern) { return object({{"type", "string"}, {"pattern", pattern}}); }

Json any_of(std::initializer_list<Json> schemas) { return object({{"anyOf", array(schemas)}}); }

Json one_line() { return object({{"type", "string"}, {"minLength", 1}, {"maxLength", classes::max_line_length}}); }

Json list_schema(const Json& items) {
  return object({{"type", "array"}, {"minItems", 1}, {"maxItems", max_items}, {"items", items}});
}

/// An object with names of the user's choice for keys.
Json map_schema(const Json& values, std::size_t min, std::size_t max) {
  return object({{"type", "object"},
                 {"minProperties", min},
                 {"maxProperties", max},
                 {"propertyNames", object({{"pattern", name_pattern}})},
                 {"additionalProperties", values}});
}

Json closed_object(const Json& properties, std::initializer_list<Json> required) {
  return object(
      {{"type", "object"}, {"additionalProperties", false}, {"required", array(required)}, {"properties", properties}});
}

Json integer_schema(const ParameterSpec& spec) {
  Json schema = object({{"type", "integer"}});
  if (spec.min) schema["minimum"] = *spec.min;
  if (spec.max) schema["maximum"] = *spec.max;
  return schema;
}

Json cpus_schema(const ParameterSpec& spec) {
  Json schema = any_of({object({{"type", "integer"}, {"minimum", 0}}), pattern_schema(list_pattern)});
  if (!spec.choices.empty()) schema["anyOf"].push_back(object({{"enum", spec.choices}}));
  return schema;
}

/// A value of the parameter as it may be written, without "${...}".
Json literal_schema(const ParameterSpec& spec) {
  switch (spec.type) {
    case ParameterType::integer:
      return integer_schema(spec);
    case ParameterType::boolean:
      return object({{"type", "boolean"}});
    case ParameterType::choice:
      return object({{"enum", spec.choices}});
    case ParameterType::size:
      return pattern_schema(size_pattern);
    case ParameterType::cpus:
      return cpus_schema(spec);
    case ParameterType::string:
      break;
  }
  return any_scalar();
}

Json value_schema(const ParameterSpec& spec) {
  Json schema = any_of({literal_schema(spec), pattern_schema(reference_pattern)});
  if (!spec.help.empty()) schema["description"] = spec.help;
  if (spec.default_value) schema["default"] = to_text(*spec.default_value);
  return schema;
}

Json conditioning_schema(const ConditioningSpec& spec) {
  Json parameters = Json::object();
  for (const auto& parameter : spec.parameters) parameters[parameter.name] = value_schema(parameter);
  Json properties = Json::object();
  properties[spec.name] = closed_object(parameters, {});
  Json schema = closed_object(properties, {spec.name});
  schema["description"] = spec.summary;
  return schema;
}

Json conditionings_schema(const std::vector<ConditioningSpec>& known) {
  Json entries = Json::array();
  for (const auto& spec : known) {
    entries.push_back(object({{"const", spec.name}, {"description", spec.summary}}));
    entries.push_back(conditioning_schema(spec));
  }
  return list_schema(entries.empty() ? Json(false) : object({{"oneOf", entries}}));
}

Json include_schema() {
  const Json with_parameters = map_schema(map_schema(any_scalar(), 0, max_items), 1, 1);
  return list_schema(any_of({pattern_schema(name_pattern), with_parameters}));
}

Json parameters_schema() {
  const Json limit = any_of({object({{"type", "integer"}}), pattern_schema(size_pattern)});
  const Json types = array({"integer", "boolean", "string", "choice", "size", "cpus"});
  const Json properties = object({{"type", object({{"enum", types}})},
                                  {"default", any_scalar()},
                                  {"min", limit},
                                  {"max", limit},
                                  {"choices", list_schema(any_scalar())},
                                  {"help", one_line()}});
  return map_schema(closed_object(properties, {"type"}), 0, max_items);
}

}  // namespace

std::string class_json_schema(const std::vector<ConditioningSpec>& known) {
  const Json properties = object({{"api", object({{"const", "acdr/v1"}})},
                                  {"class", pattern_schema(name_pattern)},
                                  {"summary", one_line()},
                                  {"include", include_schema()},
                                  {"parameters", parameters_schema()},
                                  {"conditionings", conditionings_schema(known)},
                                  {"required", object({{"type", "boolean"}})}});
  Json schema = object({{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                        {"$id", "urn:acdr:class:1"},
                        {"title", "acdr conditioning class"}});
  schema.update(closed_object(properties, {"api", "class", "summary"}));
  schema["anyOf"] =
      array({object({{"required", array({"include"})}}), object({{"required", array({"conditionings"})}})});
  return schema.dump(2) + "\n";
}

}  // namespace acdr
