// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/escaping_links.hpp"

#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace acdr {
namespace {

/// RESOLVE_BENEATH is the kernel's own answer to "does this leave the root": EXDEV. A link to nowhere is harmless.
bool leaves_root(int root, const std::string& path) {
  open_how how{};
  how.flags = static_cast<unsigned>(O_PATH | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH;
  const UniqueFd found(static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
  return !found && errno == EXDEV;
}

Status refuse_link(int descriptor, const std::filesystem::path& root, const std::string& path) {
  if (!leaves_root(descriptor, path)) return {};
  return failure(Error(ErrorKind::failed, fmt::format("{} is a link out of the recorded root", (root / path).string()),
                       "make the link relative, or replace it by a copy of what it names"));
}

Status refuse_links_below(int descriptor, const std::filesystem::path& root, const std::string& directory) {
  ACDR_CHECK(refuse_link(descriptor, root, directory));
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(root / directory, error);
  for (; !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code unreadable;
    if (!entry->is_symlink(unreadable)) continue;
    ACDR_CHECK(refuse_link(descriptor, root, entry->path().lexically_relative(root).string()));
  }
  return {};
}

}  // namespace

Status refuse_escaping_links(const std::filesystem::path& root) {
  const UniqueFd descriptor(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor) return failure(system_error(errno, fmt::format("opening the host root {}", root.string())));
  for (const char* file :
       {"proc/cpuinfo", "proc/meminfo", "proc/mounts", "proc/self/cgroup", "proc/self/cpuset", "proc/stat"})
    ACDR_CHECK(refuse_link(descriptor.get(), root, file));
  for (const char* directory : {"sys/devices/system/cpu", "sys/devices/system/node"})
    ACDR_CHECK(refuse_links_below(descriptor.get(), root, directory));
  return {};
}

}  // namespace acdr
