// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace acdr {

/// Where the daemon finds and keeps its things.
struct DaemonPaths {
  std::filesystem::path config = "/etc/acdr/acdr.yaml";
  std::vector<std::filesystem::path> classes = {"/usr/share/acdr/classes", "/etc/acdr/classes.d"};
  std::filesystem::path permanent = "/etc/acdr/permanent.d";
  std::filesystem::path ledger = "/run/acdr/ledger.db";
  std::filesystem::path lock = "/run/acdr/lock";
  std::string hook_socket = "/run/acdr/hook.sock";
  std::string libvirt_uri = "qemu:///system";
};

/// acdrd, wired together: host, engine, event sources, libvirt, hook socket, bus.
class Daemon {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Daemon>> create(const DaemonPaths& paths);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();
  /// Until SIGTERM. A stop gives everything back first; a restart of the unit keeps every claim for the next daemon.
  [[nodiscard]] Status run();

 private:
  struct State;
  explicit Daemon(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Puts back whatever the ledger still holds, without libvirt, bus or classes. Errors: refused while a daemon is at
/// work.
[[nodiscard]] Status roll_back(const DaemonPaths& paths);

}  // namespace acdr
