// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/module_loading.hpp"

#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>

#include "base/unique_fd.hpp"

namespace acdr {
namespace {

/// Far more than it takes, and less than the hook waits that is asked for patience.
constexpr std::chrono::milliseconds patience{15000};

/// The daemon blocks the signals that its event loop reads; what it starts must not.
class SpawnAttributes {
 public:
  SpawnAttributes() {
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
  }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

Result<pid_t> start_unit(std::string unit) {
  std::string program = "systemctl";
  std::string verb = "start";
  std::string quiet = "--quiet";
  std::string silent = "--no-ask-password";
  const std::array<char*, 6> arguments{program.data(), verb.data(), quiet.data(), silent.data(), unit.data(), nullptr};
  const SpawnAttributes attributes;
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, program.c_str(), nullptr, attributes.get(), arguments.data(), environ);
  if (error != 0) return failure(system_error(error, "running systemctl"));
  return pid;
}

/// Its exit status; none where it had to be ended.
std::optional<int> wait_for(pid_t pid) {
  // The function of this name cannot be linked from C++ with glibc 2.36.
  const UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd ended{fd.get(), POLLIN, 0};
  const bool in_time = fd && ::poll(&ended, 1, static_cast<int>(patience.count())) == 1;
  if (!in_time) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return in_time ? std::optional(status) : std::nullopt;
}

}  // namespace

Status load_module_anew(const std::string& module, const std::string& parameter, const std::string& value) {
  const std::string unit = fmt::format("acdr-load-kvm@{}:{}:{}.service", module, parameter, value);
  ACDR_TRY(const pid_t pid, start_unit(unit));
  const auto status = wait_for(pid);
  if (status == 0) return {};
  const std::string reason = status ? "did not work" : "does not come to an end";
  return failure(Error(ErrorKind::failed, fmt::format("loading {} anew {}", module, reason),
                       fmt::format("see journalctl -u {}", unit)));
}

}  // namespace acdr
