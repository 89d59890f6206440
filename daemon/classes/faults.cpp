// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/faults.hpp"

#include "classes/limits.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

namespace acdr {

std::string Origin::to_string() const {
  // A fault of a whole directory has no line; GNU tools then print the name alone.
  return line == 0 ? file : fmt::format("{}:{}:{}", file, line, column);
}

std::string Diagnostic::to_string() const { return fmt::format("{}: {}", origin.to_string(), message); }

namespace classes {

void Faults::add(const Origin& origin, std::string message) {
  if (++per_file_[origin.file] <= max_faults_per_file) kept_.push_back({origin, std::move(message)});
}

std::size_t Faults::count() const {
  std::size_t total = 0;
  for (const auto& [file, number] : per_file_) total += number;
  return total;
}

std::vector<Diagnostic> Faults::sorted() const {
  std::vector<Diagnostic> all = kept_;
  std::ranges::stable_sort(all, {}, [](const Diagnostic& fault) {
    return std::tuple<std::string, int, int>(fault.origin.file, fault.origin.line, fault.origin.column);
  });
  for (const auto& [file, number] : per_file_) {
    if (number <= max_faults_per_file) continue;
    const auto of_file = [&name = file](const Diagnostic& fault) { return fault.origin.file == name; };
    const auto after = std::find_if(all.rbegin(), all.rend(), of_file).base();
    const Origin last = std::prev(after)->origin;
    all.insert(after, {last, fmt::format("{} more faults in this file are not shown", number - max_faults_per_file)});
  }
  return all;
}

}  // namespace classes
}  // namespace acdr
