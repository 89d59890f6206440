// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/argument_binder.hpp"

#include "classes/names.hpp"
#include "classes/values.hpp"

namespace acdr::classes {

std::optional<Text> ArgumentBinder::bind(const Argument& argument, const ParameterSpec& target) {
  if (argument.text.find("${") == std::string::npos) return literal(argument, target);
  auto text = parse_text(argument.text);
  if (!text) return fault(argument, text.error().message());
  if (!known_references(argument, *text)) return std::nullopt;
  if (const auto reason = unsuited(*text, target)) return fault(argument, *reason);
  return *std::move(text);
}

std::nullopt_t ArgumentBinder::fault(const Argument& argument, const std::string& reason) {
  faults_.add(argument.origin, "parameter '{}' of '{}': {}", argument.name, item_, reason);
  return std::nullopt;
}

std::optional<Text> ArgumentBinder::literal(const Argument& argument, const ParameterSpec& target) {
  const auto value = parse_scalar(target, argument.text, argument.quoted);
  if (!value) return fault(argument, value.error().message());
  return Text::literal(acdr::to_text(*value));
}

bool ArgumentBinder::known_references(const Argument& argument, const Text& text) {
  bool all_sound = true;
  for (const auto* reference : text.references()) {
    const Declaration* declared = document_.find(reference->parameter);
    if (declared == nullptr)
      fault(argument, fmt::format("class '{}' has no parameter '{}'; {}", document_.name, reference->parameter,
                                  suggestion(reference->parameter, document_.parameter_names())));
    all_sound = all_sound && declared != nullptr && declared->sound;
  }
  return all_sound;
}

std::optional<std::string> ArgumentBinder::unsuited(const Text& text, const ParameterSpec& target) const {
  const Reference* sole = text.sole_reference();
  return sole != nullptr ? mismatch(document_.find(sole->parameter)->spec, target) : unsuited_template(text, target);
}

std::optional<std::string> ArgumentBinder::unsuited_template(const Text& text, const ParameterSpec& target) const {
  if (target.type != ParameterType::string)
    return fmt::format("only a string can have a parameter inside other text, and it is of type {}",
                       type_name(target.type));
  for (const auto* reference : text.references())
    if (may_be_absent(Text{{*reference}}, document_))
      return fmt::format("'{}' has no default, and so cannot stand inside other text", reference->parameter);
  if (!text.within_limits()) return "the text is too long or has too many parameters in it";
  return std::nullopt;
}

}  // namespace acdr::classes
