// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "classes/model.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace acdr {

/// One thing wrong with a class document, where it is.
struct Diagnostic {
  Origin origin;
  std::string message;
  /// "<file>:<line>:<column>: <message>"
  [[nodiscard]] std::string to_string() const;
};

/// A class as a listing shows it.
struct ClassSummary {
  std::string name;
  std::string summary;
  std::string file;
  bool overrides_shipped = false;
};

/// Reads class documents and resolves classes. Immutable once loaded, so that copies share what was read.
class Catalogue {
 public:
  struct Load;

  /// Loads every *.yaml of the directories, a later directory overriding an earlier one by class name
  /// (/usr/share/acdr/classes, then /etc/acdr/classes.d). All faults of all files are reported at once. The catalogue
  /// has the classes that no fault has to do with: neither their document nor one that they include has any. An
  /// override with a fault hides what it overrides. With a directory that cannot be listed it is empty; one that does
  /// not exist counts as without classes.
  [[nodiscard]] static Load load(const std::vector<std::filesystem::path>& directories,
                                 const std::vector<ConditioningSpec>& known);

  /// As load, with these files added last and overriding all (`acdrctl class check FILE...`).
  [[nodiscard]] static Load check(const std::vector<std::filesystem::path>& directories,
                                  const std::vector<std::filesystem::path>& files,
                                  const std::vector<ConditioningSpec>& known);

  Catalogue();

  [[nodiscard]] std::vector<ClassSummary> list() const;
  /// Names of the classes that have a fault, or include one that has, and so are not loaded.
  [[nodiscard]] std::vector<std::string> faulty() const;
  /// The class's own declared parameters. Error: not_found, listing the known names (nearest first).
  [[nodiscard]] Result<std::vector<ParameterSpec>> parameters(std::string_view class_name) const;
  /// Resolves a class with parameters given as text (command line, metadata). Errors: not_found (class), usage (a
  /// parameter, or the class has a fault).
  [[nodiscard]] Result<ResolvedClass> resolve(std::string_view class_name,
                                              const std::map<std::string, std::string>& parameters) const;
  /// Whether a domain that cannot be given all of it must not start; also of a class that has a fault, if it says so.
  [[nodiscard]] bool is_required(std::string_view class_name) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

struct Catalogue::Load {
  Catalogue catalogue;
  std::vector<Diagnostic> diagnostics;
};

/// The JSON schema (draft 2020-12) of a class document for these conditionings, as JSON text.
[[nodiscard]] std::string class_json_schema(const std::vector<ConditioningSpec>& known);

}  // namespace acdr
