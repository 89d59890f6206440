// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/values.hpp"

#include "classes/names.hpp"

#include <array>
#include <utility>

namespace acdr {
namespace classes {
namespace {

constexpr std::array type_names{
    std::pair{ParameterType::integer, std::string_view("integer")},
    std::pair{ParameterType::boolean, std::string_view("boolean")},
    std::pair{ParameterType::string, std::string_view("string")},
    std::pair{ParameterType::choice, std::string_view("choice")},
    std::pair{ParameterType::size, std::string_view("size")},
    std::pair{ParameterType::cpus, std::string_view("cpus")},
};

std::string limit_text(const ParameterSpec& spec, std::int64_t limit) {
  if (spec.type != ParameterType::size) return fmt::format("{}", limit);
  return Bytes{static_cast<std::uint64_t>(limit)}.to_string();
}

/// to_text, a type a line.
struct ToText {
  std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(Bytes size) const { return size.to_string(); }
  std::string operator()(const CpuSelection& cpus) const {
    return cpus.list() != nullptr ? cpus.list()->to_list() : std::get<std::string>(cpus.value);
  }
};

}  // namespace

std::string_view type_name(ParameterType type) {
  for (const auto& [known, name] : type_names)
    if (known == type) return name;
  return "unknown";
}

std::optional<ParameterType> type_from(std::string_view name) {
  for (const auto& [type, known] : type_names)
    if (known == name) return type;
  return std::nullopt;
}

ParameterSpec plain_spec(std::string name, ParameterType type) {
  ParameterSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  return spec;
}

std::string describe_limits(const ParameterSpec& spec) {
  if (spec.min && spec.max) return limit_text(spec, *spec.min) + ".." + limit_text(spec, *spec.max);
  if (spec.min) return "at least " + limit_text(spec, *spec.min);
  if (spec.max) return "at most " + limit_text(spec, *spec.max);
  return "any";
}

Result<ParameterValue> parse_scalar(const ParameterSpec& spec, std::string_view text, bool is_quoted) {
  const bool bare = spec.type == ParameterType::integer || spec.type == ParameterType::boolean;
  if (bare && is_quoted)
    return failure(ErrorKind::usage, "{} in quotes is text, not {} {}: leave the quotes out", in_quotes(text),
                   spec.type == ParameterType::integer ? "an" : "a", type_name(spec.type));
  return parse_unnamed(spec, text);
}

}  // namespace classes

std::string to_text(const ParameterValue& value) { return std::visit(classes::ToText{}, value); }

Result<ParameterValue> parse_value(const ParameterSpec& spec, std::string_view text) {
  auto value = classes::parse_unnamed(spec, text);
  if (!value) return failure(value.error().during(fmt::format("parameter '{}'", spec.name)));
  return value;
}

}  // namespace acdr
