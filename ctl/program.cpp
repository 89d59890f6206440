// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/program.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace acdr::ctl {
namespace {

Result<pid_t> spawn(const std::vector<std::string>& command) {
  std::vector<std::string> words = command;
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  if (const int error = posix_spawnp(&pid, argv[0], nullptr, nullptr, argv.data(), environ); error != 0)
    return failure(
        system_error(error, "starting " + command.front()).with_remedy("install " + command.front() + " on this host"));
  return pid;
}

Result<int> wait_for(pid_t pid, const std::string& name) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return failure(system_error(errno, "waiting for " + name));
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return failure(ErrorKind::failed, "{} was ended by signal {}", name, WTERMSIG(status));
}

}  // namespace

Result<int> run_program(const std::vector<std::string>& command) {
  ACDR_TRY(const pid_t pid, spawn(command));
  return wait_for(pid, command.front());
}

}  // namespace acdr::ctl
