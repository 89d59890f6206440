// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "classes/document.hpp"
#include "classes/expression.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace acdr::classes {

/// All that names in a class document can mean.
struct Library {
  std::map<std::string, ClassDocument> classes;  ///< by name, after overriding; unreadable ones too
  std::map<std::string, ConditioningSpec> conditionings;

  [[nodiscard]] std::vector<std::string> class_names() const;
  [[nodiscard]] std::vector<std::string> conditioning_names() const;
};

/// An argument whose value is known to suit the parameter it is for.
struct BoundArgument {
  Text text;
  Origin origin;
};

/// An include or a conditioning that exists, with its sound arguments.
struct BoundItem {
  std::string name;
  Origin origin;
  std::map<std::string, BoundArgument> arguments{};

  [[nodiscard]] Bindings bindings() const;
};

struct BoundClass {
  std::vector<BoundItem> includes{};  ///< of readable classes only
  std::vector<BoundItem> conditionings{};
  bool complete = true;  ///< false: something faulty was left out, so what follows from its absence is no news
};

/// Holds one document against the library: every name must exist and every value must suit its parameter. Adds a fault
/// for what does not.
[[nodiscard]] BoundClass bind_class(const ClassDocument& document, const Library& library, Faults& faults);

/// Why a parameter cannot stand where `target` is wanted, none if every value it accepts suits there. So a class that
/// loads cannot fail later for a value that its own parameters accept.
[[nodiscard]] std::optional<std::string> mismatch(const ParameterSpec& source, const ParameterSpec& target);

}  // namespace acdr::classes
