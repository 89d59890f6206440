// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "support/source_folder.hpp"
#include "tests/support/temporary_directory.hpp"

namespace acdr::test {

/// Recorded machines, as hwloc-gather-topology saves them, in ../shared/topologies beside the checkout. They are no
/// part of the project: tests skip, saying `missing()`, where that folder is absent.
class RecordedMachines {
 public:
  /// One per test program: each tarball is unpacked at most once, and the copies go when the program ends.
  static RecordedMachines& instance() {
    static RecordedMachines machines;
    return machines;
  }
  RecordedMachines(const RecordedMachines&) = delete;
  RecordedMachines& operator=(const RecordedMachines&) = delete;

  static std::filesystem::path folder() { return source_folder() / "../shared/topologies"; }
  static std::string missing() { return "no recorded machines in " + folder().string(); }

  /// The names of the tarballs without their suffix, sorted; empty when the folder is absent.
  static std::vector<std::string> names() {
    std::vector<std::string> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder(), error)) {
      const std::string name = entry.path().filename().string();
      if (name.ends_with(suffix)) found.push_back(name.substr(0, name.size() - suffix.size()));
    }
    std::ranges::sort(found);
    return found;
  }

  /// The root directory of an unpacked machine; none when it is missing or tar fails.
  std::optional<std::filesystem::path> root(const std::string& name) {
    const auto known = roots_.find(name);
    if (known != roots_.end()) return known->second;
    return roots_[name] = unpack(name);
  }

 private:
  static constexpr std::string_view suffix = ".tar.bz2";
  RecordedMachines() = default;

  /// The directory in a tarball is not always called like the tarball.
  std::optional<std::filesystem::path> unpack(const std::string& name) {
    const auto tarball = folder() / (name + std::string(suffix));
    std::error_code error;
    if (!std::filesystem::exists(tarball, error)) return std::nullopt;
    const auto target = unpacked_below_.path() / name;
    std::filesystem::create_directory(target, error);
    const std::string command = "tar -xf '" + tarball.string() + "' -C '" + target.string() + "'";
    if (std::system(command.c_str()) != 0) return std::nullopt;
    const std::filesystem::directory_iterator first(target, error);
    if (error || first == std::filesystem::directory_iterator()) return std::nullopt;
    return first->path();
  }

  TemporaryDirectory unpacked_below_;
  std::map<std::string, std::optional<std::filesystem::path>> roots_;
};

}  // namespace acdr::test
