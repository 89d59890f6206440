// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "classes/catalogue.hpp"

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace acdr::classes {

/// Collects what is wrong with all documents, so that an admin sees all of it at once.
class Faults {
 public:
  /// Past max_faults_per_file a file's further faults are only counted.
  void add(const Origin& origin, std::string message);

  template <class... Args>
  void add(const Origin& origin, fmt::format_string<Args...> format, Args&&... args) {
    add(origin, fmt::format(format, std::forward<Args>(args)...));
  }

  [[nodiscard]] bool any() const { return !per_file_.empty(); }
  /// All of them so far, those not kept included; grows with every add.
  [[nodiscard]] std::size_t count() const;
  /// By file, line and column; a file with too many ends in a line that says how many are not shown.
  [[nodiscard]] std::vector<Diagnostic> sorted() const;

 private:
  std::vector<Diagnostic> kept_;
  std::map<std::string, std::size_t> per_file_;
};

}  // namespace acdr::classes
