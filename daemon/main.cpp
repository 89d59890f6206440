// SPDX-License-Identifier: GPL-2.0-or-later
// acdrd: see docs/architecture.md. Everything is wired together in service/daemon.cpp.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "service/daemon.hpp"

namespace {

/// With the exit codes of acdrctl, which runs the rollback.
int report(const acdr::Status& status) {
  constexpr int failed = 1;
  constexpr int refused = 4;
  if (status) return 0;
  fmt::print(stderr, "acdrd: {}\n", status.error().message());
  return status.error().kind() == acdr::ErrorKind::refused ? refused : failed;
}

int serve(const acdr::DaemonPaths& paths) {
  auto daemon = acdr::Daemon::create(paths);
  return report(daemon ? (*daemon)->run() : acdr::Status(acdr::failure(daemon.error())));
}

}  // namespace

int main(int argc, char** argv) {
  acdr::DaemonPaths paths;
  bool rollback = false;
  CLI::App app("Conditions this host for the workloads on it; run by systemd as acdrd.service", "acdrd");
  app.add_option("--config", paths.config, "Configuration file")->capture_default_str();
  app.add_option("--connect", paths.libvirt_uri, "libvirt URI")->capture_default_str();
  app.add_flag("--rollback", rollback, "Put back all that the ledger holds, and end; what acdrctl rollback runs");
  app.set_version_flag("--version", ACDR_VERSION);
  CLI11_PARSE(app, argc, argv);
  return rollback ? report(acdr::roll_back(paths)) : serve(paths);
}
