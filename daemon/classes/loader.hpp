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

/// Reads, checks and expands all classes of the directories and files (the last layer overriding). What it returns is
/// meaningful only if no fault was added.
[[nodiscard]] std::map<std::string, LoadedClass> load_classes(const std::vector<std::filesystem::path>& directories,
                                                              const std::vector<std::filesystem::path>& files,
                                                              const std::vector<ConditioningSpec>& known,
                                                              Faults& faults);

}  // namespace acdr::classes
