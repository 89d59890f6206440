// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/limits.hpp"
#include "classes/names.hpp"
#include "classes/values.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace acdr::classes {
namespace {

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

}  // namespace

Result<ParameterValue> parse_unnamed(const ParameterSpec& spec, std::string_view text) {
  // No value of any type is longer; the list of 4096 CPUs, every second one, has 9.5 kB.
  if (text.size() > 16 * max_text_length) return failure(ErrorKind::usage, "{} is too long", in_quotes(text));
  switch (spec.type) {
    case ParameterType::integer:
      return parse_integer(spec, text);
    case ParameterType::boolean:
      return parse_boolean(text);
    case ParameterType::string:
      return parse_string(text);
    case ParameterType::choice:
      return parse_choice(spec, text);
    case ParameterType::size:
      return parse_size(spec, text);
    case ParameterType::cpus:
      return parse_cpus(spec, text);
  }
  return failure(ErrorKind::failed, "parameter '{}' is of no known type", spec.name);
}

}  // namespace acdr::classes
