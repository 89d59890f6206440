// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "classes/faults.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace acdr::classes {

/// A file that holds, or should hold, a class.
struct ClassFile {
  std::filesystem::path path;
  std::size_t layer = 0;  ///< a class of a higher layer overrides one of a lower
};

struct ClassFiles {
  std::vector<ClassFile> files;
  bool whole = true;  ///< false: a directory could not be listed, or not to its end
};

/// The *.yaml files of the directories, one layer each, then `files` as the last layer; in a layer by name. Names that
/// begin with a dot are passed over (editors' locks). A file of `files` is not listed a second time from its directory.
/// Adds a fault for a directory that cannot be read or holds too many files, and for *.yml, which would never be
/// loaded.
[[nodiscard]] ClassFiles list_class_files(const std::vector<std::filesystem::path>& directories,
                                          const std::vector<std::filesystem::path>& files, Faults& faults);

/// The text of a regular file of at most max_file_bytes. Errors: not_found, failed (I/O), usage (no regular file, too
/// big).
[[nodiscard]] Result<std::string> read_class_file(const std::filesystem::path& path);

}  // namespace acdr::classes
