// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace acdr {

/// A host class that an admin made permanent.
struct PermanentClaim {
  std::string class_name;
  std::map<std::string, std::string> parameters;
};

/// Keeps them as one JSON file a class in a folder (/etc/acdr/permanent.d), to be applied anew at boot.
class PermanentClaims {
 public:
  explicit PermanentClaims(std::filesystem::path folder) : folder_(std::move(folder)) {}
  /// All that can be read; the faults of the others.
  [[nodiscard]] std::vector<PermanentClaim> load(std::vector<Error>& faults) const;
  [[nodiscard]] Status store(const PermanentClaim& claim) const;
  /// `class_name` "" forgets all.
  [[nodiscard]] Status forget(const std::string& class_name) const;

 private:
  [[nodiscard]] std::filesystem::path file_of(const std::string& class_name) const;
  std::filesystem::path folder_;
};

}  // namespace acdr
