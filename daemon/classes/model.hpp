// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/cpu_set.hpp"
#include "base/units.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace acdr {

/// The types a parameter can have, in class documents and in plugin descriptors alike.
enum class ParameterType { integer, boolean, string, choice, size, cpus };

/// A CPU selection: an explicit list ("2-5,8") or a word that placement resolves ("auto", "allocated", "helper",
/// "housekeeping", "nic").
struct CpuSelection {
  std::variant<CpuSet, std::string> value;
  friend bool operator==(const CpuSelection&, const CpuSelection&) = default;
  [[nodiscard]] const CpuSet* list() const { return std::get_if<CpuSet>(&value); }
  [[nodiscard]] bool is(std::string_view word) const {
    const auto* text = std::get_if<std::string>(&value);
    return text != nullptr && *text == word;
  }
};

using ParameterValue = std::variant<std::int64_t, bool, std::string, Bytes, CpuSelection>;
using ParameterValues = std::map<std::string, ParameterValue>;

/// How a value is written in YAML, on the command line and in domain metadata.
[[nodiscard]] std::string to_text(const ParameterValue& value);

/// One parameter: validation, `acdrctl class show`, the JSON schema and the man page all come from this.
struct ParameterSpec {
  std::string name;
  ParameterType type = ParameterType::string;
  std::optional<ParameterValue> default_value;  ///< none = optional and absent unless given
  std::optional<std::int64_t> min;              ///< integers; sizes in bytes
  std::optional<std::int64_t> max;
  std::vector<std::string> choices;  ///< `choice`: the values; `cpus`: the words allowed beside a list
  std::string help;
  friend bool operator==(const ParameterSpec&, const ParameterSpec&) = default;
};

/// Reads text as a value of the parameter's type, within its limits. Error (usage) names the parameter, the text and
/// what is allowed; integers are decimal only, booleans true/false only, cpus a kernel list or one of the words.
[[nodiscard]] Result<ParameterValue> parse_value(const ParameterSpec& spec, std::string_view text);

/// What a plugin is called and takes; the catalogue validates conditionings against it.
struct ConditioningSpec {
  std::string name;     ///< "irq-ban"
  std::string summary;  ///< one line, for people
  std::vector<ParameterSpec> parameters;
};

/// Where a line of a resolved class comes from: file, line and column (1-based).
struct Origin {
  std::string file;
  int line = 0;
  int column = 0;
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const Origin&, const Origin&) = default;
};

/// One conditioning of a resolved class, every parameter with its final value (defaults filled in).
struct ResolvedConditioning {
  std::string name;
  ParameterValues parameters;
  std::string from_class;  ///< the class whose document names it
  Origin origin;
  friend bool operator==(const ResolvedConditioning&, const ResolvedConditioning&) = default;
};

/// A class with includes expanded and parameters substituted. Each conditioning appears once: a conditioning that
/// reaches the class by several ways is merged, the includer's explicit parameters winning over the included class's.
struct ResolvedClass {
  std::string name;
  std::string summary;
  bool required = false;
  ParameterValues parameters;  ///< the class's own parameters, final values
  std::vector<ResolvedConditioning> conditionings;
  friend bool operator==(const ResolvedClass&, const ResolvedClass&) = default;
};

}  // namespace acdr
