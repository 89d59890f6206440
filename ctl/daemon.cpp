// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/daemon.hpp"

#include <chrono>

#include "bus/errors.hpp"
#include "bus/manager_object.hpp"
#include "bus/message_flags.hpp"

namespace acdr::ctl {
namespace {

/// A person may be typing a password, and a big host may take its time.
constexpr std::chrono::minutes patience{2};
constexpr std::string_view own_errors = "org.acdr1.Error.";

Error explain(const sdbus::Error& error) {
  const Error cause = from_bus_error(error);
  if (error.getName().starts_with(own_errors)) return cause;
  if (cause.kind() == ErrorKind::unreachable)
    return {ErrorKind::unreachable, fmt::format("acdrd does not answer on the system bus: {}", cause.what()),
            "see systemctl status acdrd"};
  if (cause.kind() == ErrorKind::refused)
    return {ErrorKind::refused, fmt::format("not allowed: {}", cause.what()), "run it as root"};
  return {ErrorKind::failed, fmt::format("asking acdrd: {}", cause.what()),
          "see whether acdrd and acdrctl are of the same version"};
}

}  // namespace

Daemon::Daemon(std::unique_ptr<sdbus::IConnection> connection)
    : connection_(std::move(connection)), manager_(sdbus::createProxy(*connection_, bus_name, manager_path)) {}

Result<Daemon> Daemon::connect() {
  auto connection = open_system_bus();
  if (!connection) return failure(connection.error().with_remedy("see systemctl status dbus acdrd"));
  try {
    return Daemon(std::move(*connection));
  } catch (const sdbus::Error& error) {
    return failure(explain(error));
  }
}

Status Daemon::call(const std::string& method, const Access& write, const Access& read) {
  try {
    auto message = manager_->createMethodCall(manager_interface, method);
    write(message);
    allow_interaction(message);
    auto reply = manager_->callMethod(message, patience);
    read(reply);
    return {};
  } catch (const sdbus::Error& error) {
    return failure(explain(error));
  }
}

}  // namespace acdr::ctl
