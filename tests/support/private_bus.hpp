// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <fcntl.h>
#include <sdbus-c++/IConnection.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include "support/source_folder.hpp"

namespace acdr::test {

/// A bus of a test's own: a dbus-daemon that ends with it.
class PrivateBus {
 public:
  PrivateBus() {
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) throw std::runtime_error("no pipe");
    spawn(pipe[1]);
    ::close(pipe[1]);
    address_ = first_line(pipe[0]);
    ::close(pipe[0]);
    if (address_.empty()) throw std::runtime_error("dbus-daemon printed no address");
  }
  PrivateBus(const PrivateBus&) = delete;
  PrivateBus& operator=(const PrivateBus&) = delete;
  ~PrivateBus() { stop(); }

  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] std::unique_ptr<sdbus::IConnection> connect() const {
    return sdbus::createSessionBusConnectionWithAddress(address_);
  }
  void stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  /// What it has to say about limits it cannot raise is of no interest; a failure shows in a missing address.
  void spawn(int output) {
    std::string config = "--config-file=" + (source_folder() / "tests/support/private-bus.conf").string();
    std::array<char*, 6> arguments{text("dbus-daemon"),       config.data(), text("--nofork"), text("--nopidfile"),
                                   text("--print-address=3"), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output, 3);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    const int error = posix_spawnp(&pid_, "dbus-daemon", &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::runtime_error("dbus-daemon cannot be started");
  }
  static char* text(const char* literal) { return const_cast<char*>(literal); }

  static std::string first_line(int fd) {
    std::string line;
    for (char c = 0; ::read(fd, &c, 1) == 1 && c != '\n';) line += c;
    return line;
  }

  pid_t pid_ = -1;
  std::string address_;
};

}  // namespace acdr::test
