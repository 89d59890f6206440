// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/expression.hpp"

#include <algorithm>
#include <utility>

namespace acdr::classes {
namespace {

bool may_be_absent(const Reference& reference, const ClassDocument& document) {
  const Declaration* declared = document.find(reference.parameter);
  return !reference.fallback && declared != nullptr && !declared->spec.default_value;
}

/// A fallback that can never count is dropped, so that equal meanings compare equal.
Reference with_fallback(Reference reference, const std::optional<std::string>& fallback,
                        const ClassDocument& document) {
  if (may_be_absent(reference, document)) reference.fallback = fallback;
  return reference;
}

/// What the inner class's parameter is when nothing is given for it.
std::optional<std::string> value_if_not_given(const Reference& reference, const ClassDocument& inner) {
  const Declaration* declared = inner.find(reference.parameter);
  if (declared != nullptr && declared->spec.default_value) return acdr::to_text(*declared->spec.default_value);
  return reference.fallback;
}

std::optional<Text> substitute(const Reference& reference, const ClassDocument& inner, const Bindings& bindings,
                               const ClassDocument& outer) {
  const auto otherwise = value_if_not_given(reference, inner);
  const auto bound = bindings.find(reference.parameter);
  if (bound == bindings.end()) return otherwise ? std::optional(Text::literal(*otherwise)) : std::nullopt;
  Text text = bound->second;
  if (const Reference* sole = text.sole_reference()) text.parts.front() = with_fallback(*sole, otherwise, outer);
  return text;
}

std::optional<std::string> evaluate(const Text& text, const std::map<std::string, std::string>& parameters) {
  std::string result;
  for (const auto& part : text.parts) {
    const auto* reference = std::get_if<Reference>(&part);
    if (reference == nullptr) {
      result += std::get<std::string>(part);
    } else if (const auto given = parameters.find(reference->parameter); given != parameters.end()) {
      result += given->second;
    } else if (reference->fallback) {
      result += *reference->fallback;
    } else {
      return std::nullopt;
    }
  }
  return result;
}

}  // namespace

bool may_be_absent(const Text& text, const ClassDocument& document) {
  const Reference* sole = text.sole_reference();
  return sole != nullptr && may_be_absent(*sole, document);
}

bool may_be_absent(const Expression& expression, const ClassDocument& document) {
  return expression.empty() || may_be_absent(expression.back(), document);
}

std::optional<Text> substitute(const Text& text, const ClassDocument& inner, const Bindings& bindings,
                               const ClassDocument& outer) {
  Text result;
  for (const auto& part : text.parts) {
    const auto* reference = std::get_if<Reference>(&part);
    if (reference == nullptr) {
      result.append(part);
      continue;
    }
    const auto value = substitute(*reference, inner, bindings, outer);
    if (!value) return std::nullopt;
    for (const auto& piece : value->parts) result.append(piece);
  }
  return result;
}

Expression substitute(const Expression& expression, const ClassDocument& inner, const Bindings& bindings,
                      const ClassDocument& outer) {
  Expression result;
  for (const auto& text : expression) {
    auto value = substitute(text, inner, bindings, outer);
    if (!value || std::ranges::find(result, *value) != result.end()) continue;
    result.push_back(*std::move(value));
    if (!may_be_absent(result.back(), outer)) break;
  }
  return result;
}

std::optional<std::string> evaluate(const Expression& expression,
                                    const std::map<std::string, std::string>& parameters) {
  for (const auto& text : expression)
    if (auto value = evaluate(text, parameters)) return value;
  return std::nullopt;
}

}  // namespace acdr::classes
