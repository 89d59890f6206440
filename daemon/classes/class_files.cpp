// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/class_files.hpp"

#include "classes/limits.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <set>
#include <system_error>

namespace acdr::classes {
namespace {

namespace fs = std::filesystem;

fs::path resolved(const fs::path& path) {
  std::error_code ignored;  // of no use: a path that cannot be resolved fails when it is read
  const fs::path target = fs::weakly_canonical(path, ignored);
  return target.empty() ? path : target;
}

/// False for what no class is expected in; a fault for *.yml.
bool is_class_file(const fs::path& path, Faults& faults) {
  const std::string name = path.filename().string();
  if (name.starts_with('.')) return false;
  if (path.extension() == ".yml")
    faults.add({path.string(), 1, 1}, "class files end in .yaml: rename it, or it will never be loaded");
  return path.extension() == ".yaml";
}

/// Whether that is all there are.
bool list_directory(const fs::path& directory, std::vector<fs::path>& paths, Faults& faults) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    if (!is_class_file(entry->path(), faults)) continue;
    if (paths.size() == max_files_per_directory) {
      faults.add({directory.string(), 0, 0}, "there are more than {} class files here", max_files_per_directory);
      return false;
    }
    paths.push_back(entry->path());
  }
  std::ranges::sort(paths);
  if (!error || error == std::errc::no_such_file_or_directory) return true;
  faults.add({directory.string(), 0, 0}, "cannot list the classes: {}", error.message());
  return false;
}

struct CloseFile {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};

}  // namespace

ClassFiles list_class_files(const std::vector<fs::path>& directories, const std::vector<fs::path>& files,
                            Faults& faults) {
  std::set<fs::path> given;
  for (const auto& file : files) given.insert(resolved(file));
  ClassFiles listed;
  for (std::size_t layer = 0; layer < directories.size(); ++layer) {
    std::vector<fs::path> paths;
    listed.whole &= list_directory(directories[layer], paths, faults);
    for (const auto& path : paths)
      if (!given.contains(resolved(path))) listed.files.push_back({path, layer});
  }
  for (const auto& file : files) listed.files.push_back({file, directories.size()});
  return listed;
}

Result<std::string> read_class_file(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return failure(ErrorKind::not_found, "no such file");
  if (error) return failure(system_error(error.value(), "cannot read it"));
  // Opening a FIFO would wait for a writer, for ever.
  if (!fs::is_regular_file(status)) return failure(ErrorKind::usage, "not a regular file");
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
  if (!file) return failure(system_error(errno, "cannot read it"));
  std::string text(max_file_bytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return failure(system_error(errno, "cannot read it"));
  if (text.size() > max_file_bytes)
    return failure(ErrorKind::usage, "the file is larger than {}", Bytes{max_file_bytes}.to_string());
  return text;
}

}  // namespace acdr::classes
