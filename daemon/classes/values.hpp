// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "classes/model.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Values of parameters: what model.hpp's parse_value and to_text are made of.
namespace acdr::classes {

/// "integer", "boolean", "string", "choice", "size", "cpus".
[[nodiscard]] std::string_view type_name(ParameterType type);
[[nodiscard]] std::optional<ParameterType> type_from(std::string_view name);

/// A specification with neither default nor limits.
[[nodiscard]] ParameterSpec plain_spec(std::string name, ParameterType type);

/// As parse_value, but the errors do not name the parameter.
[[nodiscard]] Result<ParameterValue> parse_unnamed(const ParameterSpec& spec, std::string_view text);

/// As parse_unnamed, for a YAML scalar: an integer or a boolean in quotes is text, and so an error.
[[nodiscard]] Result<ParameterValue> parse_scalar(const ParameterSpec& spec, std::string_view text, bool quoted);

/// The limits of an integer or size for a message: "1..64", "at least 1MiB", "any".
[[nodiscard]] std::string describe_limits(const ParameterSpec& spec);

}  // namespace acdr::classes
