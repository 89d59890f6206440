// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "classes/document.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Values in terms of a class's parameters. Everything stays text, in the form to_text gives, until a class is
/// resolved: so two ways to say the same compare equal when classes are loaded, whatever the parameters will be.
namespace acdr::classes {

/// "${parameter}"; without a value it is the fallback (an included class's default), or absent.
struct Reference {
  std::string parameter;
  std::optional<std::string> fallback;
  friend bool operator==(const Reference&, const Reference&) = default;
};

/// Text with references in it; no two literal parts stand side by side, and none is empty.
struct Text {
  std::vector<std::variant<std::string, Reference>> parts;
  friend bool operator==(const Text&, const Text&) = default;

  [[nodiscard]] static Text literal(std::string text);
  void append(const std::variant<std::string, Reference>& part);
  /// The one reference that the whole text is, null for any other text.
  [[nodiscard]] const Reference* sole_reference() const;
  [[nodiscard]] std::vector<const Reference*> references() const;
  /// As it stands in a document.
  [[nodiscard]] std::string to_string() const;
  /// Within max_text_length and max_references.
  [[nodiscard]] bool within_limits() const;
};

/// "${name}" and "text ${name} text". Error (usage): a "${" that is not closed, or that does not hold a name.
[[nodiscard]] Result<Text> parse_text(std::string_view text);

/// The first text that has a value counts; only the last one may be sure to have one.
using Expression = std::vector<Text>;

/// What an include gives the parameters of the class it includes, in terms of the including class's parameters.
using Bindings = std::map<std::string, Text>;

/// True if the text may have no value: it is a reference to a parameter of `document` that has no default.
[[nodiscard]] bool may_be_absent(const Text& text, const ClassDocument& document);
[[nodiscard]] bool may_be_absent(const Expression& expression, const ClassDocument& document);

/// `text` of the class `inner` in terms of the class `outer` that includes it with these bindings; none = has no value.
[[nodiscard]] std::optional<Text> substitute(const Text& text, const ClassDocument& inner, const Bindings& bindings,
                                             const ClassDocument& outer);
/// As above; texts that can no longer count are dropped.
[[nodiscard]] Expression substitute(const Expression& expression, const ClassDocument& inner, const Bindings& bindings,
                                    const ClassDocument& outer);

/// The value for these parameters (by name, in to_text's form); none = has no value.
[[nodiscard]] std::optional<std::string> evaluate(const Expression& expression,
                                                  const std::map<std::string, std::string>& parameters);

}  // namespace acdr::classes
