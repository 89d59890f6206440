// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "classes/library.hpp"

#include <optional>
#include <string>
#include <utility>

namespace acdr::classes {

/// Binds the arguments of one include or conditioning of `document`.
class ArgumentBinder {
 public:
  ArgumentBinder(const ClassDocument& document, std::string item, Faults& faults)
      : document_(document), item_(std::move(item)), faults_(faults) {}

  /// The argument's value, suited to the parameter it is for. None: a fault was added, here or where a parameter that
  /// the value refers to is declared.
  [[nodiscard]] std::optional<Text> bind(const Argument& argument, const ParameterSpec& target);

 private:
  std::nullopt_t fault(const Argument& argument, const std::string& reason);
  [[nodiscard]] std::optional<Text> literal(const Argument& argument, const ParameterSpec& target);
  [[nodiscard]] bool known_references(const Argument& argument, const Text& text);
  [[nodiscard]] std::optional<std::string> unsuited(const Text& text, const ParameterSpec& target) const;
  [[nodiscard]] std::optional<std::string> unsuited_template(const Text& text, const ParameterSpec& target) const;

  const ClassDocument& document_;
  std::string item_;
  Faults& faults_;
};

}  // namespace acdr::classes
