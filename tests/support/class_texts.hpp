// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "classes/catalogue.hpp"

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/temporary_directory.hpp"

namespace acdr::test {

/// What the shipped plugins say of themselves, and three more that cover the other types.
[[nodiscard]] const std::vector<ConditioningSpec>& specs();

/// "api", "class" and "summary" lines, then the rest.
[[nodiscard]] std::string class_text(std::string_view name, std::string_view rest);

/// Loads classes given as {name, what follows the summary}; file names in the diagnostics have no directory.
class Fixture {
 public:
  explicit Fixture(std::initializer_list<std::pair<std::string_view, std::string_view>> classes);

  /// One diagnostic a line.
  [[nodiscard]] const std::string& faults() const { return faults_; }
  [[nodiscard]] const Catalogue& catalogue() const { return load_.catalogue; }
  /// The resolved class as text, or "error: <message>".
  [[nodiscard]] std::string resolve(std::string_view name, const std::map<std::string, std::string>& given = {}) const;

 private:
  TemporaryDirectory directory_;
  Catalogue::Load load_;
  std::string faults_;
};

/// The diagnostics, one a line, with `directory` taken off the file names.
[[nodiscard]] std::string lines(const std::vector<Diagnostic>& diagnostics, const std::filesystem::path& directory);

/// A resolved class for people and golden files: "required: …", "<name>=<value>", and "<conditioning> <name>=<value>
/// …".
[[nodiscard]] std::string describe(const ResolvedClass& resolved);

[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace acdr::test
