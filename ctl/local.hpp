// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "classes/catalogue.hpp"
#include "engine/engine.hpp"

/// What acdrctl can do without the daemon and without root.
namespace acdr::ctl {

/// Where classes are read from: $ACDR_CLASS_PATH, directories separated by colons, the last overriding; else
/// /usr/share/acdr/classes and /etc/acdr/classes.d.
[[nodiscard]] std::vector<std::filesystem::path> class_directories();
/// Whether $ACDR_CLASS_PATH says so: then the daemon's own classes are not meant.
[[nodiscard]] bool class_directories_are_given();

/// Error (usage): the first fault, and how many more there are.
[[nodiscard]] Result<Catalogue> load_classes();

/// The class as JSON (class_report).
[[nodiscard]] Result<std::string> show_local_class(const std::string& class_name,
                                                   const std::map<std::string, std::string>& parameters);
[[nodiscard]] Result<std::string> list_local_classes();

/// What a plan for a recorded machine is made from.
struct RecordedPlan {
  std::filesystem::path host_root;
  std::string class_name;
  std::string subject;  ///< "host", or a file with domain XML
  std::map<std::string, std::string> parameters;
};
[[nodiscard]] Result<PlanView> plan_recorded(const RecordedPlan& wanted);

}  // namespace acdr::ctl
