// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/values.hpp"

#include "classes/limits.hpp"
#include "classes/names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
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

/// Errors of the base types repeat the text as it is.
bool fit_for_a_message(std::string_view text) {
  return text.size() <= max_line_length && !has_control_characters(text);
}

Result<ParameterValue> parse_integer(const ParameterSpec& spec, std::string_view text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc::result_out_of_range)
    return failure(ErrorKind::usage, "{} is beyond 64 bits", in_quotes(text));
  // 010 is 8 to YAML 1.1 and 10 to YAML 1.2; 0x8, 1e3, +1 and 1_000 are not for guessing either.
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  const bool canonical = !digits.starts_with('0') || text == "0";
  if (error != std::errc{} || stop != end || !canonical)
    return failure(ErrorKind::usage, "{} is not a decimal integer", in_quotes(text));
  if ((spec.min && value < *spec.min) || (spec.max && value > *spec.max))
    return failure(ErrorKind::usage, "{} is out of range: allowed is {}", value, describe_limits(spec));
  return value;
}

Result<ParameterValue> parse_boolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return failure(ErrorKind::usage, "{} is neither true nor false", in_quotes(text));
}

Result<ParameterValue> parse_string(std::string_view text) {
  if (text.size() > max_text_length)
    return failure(ErrorKind::usage, "{} is longer than {} bytes", in_quotes(text), max_text_length);
  if (has_control_characters(text))
    return failure(ErrorKind::usage, "{} has a control character or a line end in it", in_quotes(text));
  return std::string(text);
}

Result<ParameterValue> parse_choice(const ParameterSpec& spec, std::string_view text) {
  if (std::ranges::find(spec.choices, text) != spec.choices.end()) return std::string(text);
  return failure(ErrorKind::usage, "{} is not one of the choices; {}", in_quotes(text), suggestion(text, spec.choices));
}

Result<ParameterValue> parse_size(const ParameterSpec& spec, std::string_view text) {
  if (!fit_for_a_message(text)) return failure(ErrorKind::usage, "{} is not a size such as 1GiB", in_quotes(text));
  ACDR_TRY(const Bytes size, Bytes::parse(text));
  const bool below = spec.min && std::cmp_less(size.value, *spec.min);
  const bool above = spec.max && std::cmp_greater(size.value, *spec.max);
  if (below || above)
    return failure(ErrorKind::usage, "{} is out of range: allowed is {}", size.to_string(), describe_limits(spec));
  return size;
}

Result<ParameterValue> parse_cpus(const ParameterSpec& spec, std::string_view text) {
  if (std::ranges::find(spec.choices, text) != spec.choices.end()) return CpuSelection{std::string(text)};
  auto list = CpuSet::parse_list(text);
  if (list && list->empty()) return failure(ErrorKind::usage, "{} names no CPU", in_quotes(text));
  if (list) return CpuSelection{*std::move(list)};
  // What looks like a list gets the list's own error, all else was meant as a word.
  const bool like_a_list = !text.empty() && text.front() >= '0' && text.front() <= '9';
  if (like_a_list && fit_for_a_message(text)) return failure(list.error());
  if (spec.choices.empty()) return failure(ErrorKind::usage, "{} is not a CPU list such as 2-5,8", in_quotes(text));
  return failure(ErrorKind::usage, "{} is neither a CPU list such as 2-5,8 nor an allowed word; {}", in_quotes(text),
                 suggestion(text, spec.choices));
}

Result<ParameterValue> parse(const ParameterSpec& spec, std::string_view text) {
  // No value of any type is longer; the list of 4096 CPUs, every second one, has 9.5 kB.
  if (text.size() > 16 * max_text_length) return failure(ErrorKind::usage, "{} is too long", in_quotes(text));
  switch (spec.type) {
    case ParameterType::integer: return parse_integer(spec, text);
    case ParameterType::boolean: return parse_boolean(text);
    case ParameterType::string: return parse_string(text);
    case ParameterType::choice: return parse_choice(spec, text);
    case ParameterType::size: return parse_size(spec, text);
    case ParameterType::cpus: return parse_cpus(spec, text);
  }
  return failure(ErrorKind::failed, "parameter '{}' is of no known type", spec.name);
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
  return parse(spec, text);
}

}  // namespace classes

std::string to_text(const ParameterValue& value) { return std::visit(classes::ToText{}, value); }

Result<ParameterValue> parse_value(const ParameterSpec& spec, std::string_view text) {
  auto value = classes::parse(spec, text);
  if (!value) return failure(value.error().during(fmt::format("parameter '{}'", spec.name)));
  return value;
}

}  // namespace acdr
