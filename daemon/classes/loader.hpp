// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "classes/expansion.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace acdr::classes {

/// A class that is ready to be resolved.
struct LoadedClass {
  ClassSummary summary;
  std::vector<ParameterSpec> parameters;
  ExpandedClass expanded;
};

/// A class that must not be used.
struct FaultyClass {
  Diagnostic fault;       ///< of its document, or of one that it includes
  bool required = false;  ///< as far as that could be read
};

/// Each class is in one of them.
struct LoadedClasses {
  std::map<std::string, LoadedClass> sound;
  std::map<std::string, FaultyClass> faulty;
};

/// Reads, checks and expands all classes of the directories and files (the last layer overriding). A class is sound if
/// neither its document nor one that it includes, at any depth, has a fault. None is where a directory could not be
/// listed whole: what overrides what is not known then.
[[nodiscard]] LoadedClasses load_classes(const std::vector<std::filesystem::path>& directories,
                                         const std::vector<std::filesystem::path>& files,
                                         const std::vector<ConditioningSpec>& known, Faults& faults);

}  // namespace acdr::classes
