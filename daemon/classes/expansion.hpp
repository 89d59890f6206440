// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "classes/expression.hpp"
#include "classes/library.hpp"

#include <map>
#include <string>
#include <vector>

namespace acdr::classes {

/// A conditioning's parameter in an expanded class.
struct Setting {
  Expression value;         ///< in terms of the expanded class's parameters
  Origin origin;            ///< where a document sets it
  bool by_default = false;  ///< it is only what an included class's parameter defaults to; yields to what was asked for
};

struct ExpandedConditioning {
  std::string name;
  std::string from_class;
  Origin origin;
  std::map<std::string, Setting> settings;
};

/// A class with its includes expanded: a list of conditionings, each once.
struct ExpandedClass {
  std::vector<ExpandedConditioning> conditionings;
  bool required = false;
  std::size_t depth = 1;  ///< levels of includes, this class among them
  bool complete = true;   ///< false: something faulty is left out, here or in an included class
};

/// Expands all classes. Adds a fault for every include cycle, and for every conditioning that two includes of a class
/// set differently while the class itself does not.
[[nodiscard]] std::map<std::string, ExpandedClass> expand_all(const std::map<std::string, BoundClass>& bound,
                                                              const Library& library, Faults& faults);

}  // namespace acdr::classes
