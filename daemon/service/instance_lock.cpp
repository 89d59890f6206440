// SPDX-License-Identifier: GPL-2.0-or-later
#include "service/instance_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <thread>

namespace acdr {
namespace {

constexpr std::chrono::milliseconds pause_between_tries{100};

/// flock(2) itself can wait, but not for a while.
bool lock_within(int fd, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    if (std::chrono::steady_clock::now() >= deadline) {
      errno = EWOULDBLOCK;
      return false;
    }
    std::this_thread::sleep_for(pause_between_tries);
  }
  return true;
}

}  // namespace

Result<InstanceLock> InstanceLock::take(const std::filesystem::path& file, std::chrono::milliseconds patience) {
  constexpr mode_t for_root_only = 0600;
  UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, for_root_only));
  if (!fd) return failure(system_error(errno, "opening " + file.string()));
  if (lock_within(fd.get(), patience)) return InstanceLock(std::move(fd));
  if (errno != EWOULDBLOCK) return failure(system_error(errno, "locking " + file.string()));
  return failure(Error(ErrorKind::refused, fmt::format("an acdrd is at work: it holds {}", file.string()),
                       "systemctl stop acdrd.service ends it, and puts the host back"));
}

}  // namespace acdr
