// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/errors.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace acdr {
namespace {

struct KindName {
  ErrorKind kind;
  std::string_view name;
};
constexpr std::array own_names{
    KindName{ErrorKind::failed, "org.acdr1.Error.Failed"},
    KindName{ErrorKind::usage, "org.acdr1.Error.Usage"},
    KindName{ErrorKind::not_found, "org.acdr1.Error.NotFound"},
    KindName{ErrorKind::refused, "org.acdr1.Error.Refused"},
    KindName{ErrorKind::unreachable, "org.acdr1.Error.Unreachable"},
};

/// What dbus-daemon, dbus-broker, sd-bus and systemd's activation call it when they say no, or when nobody is there.
constexpr std::array foreign_names{
    KindName{ErrorKind::refused, "org.freedesktop.DBus.Error.AccessDenied"},
    KindName{ErrorKind::refused, "org.freedesktop.DBus.Error.AuthFailed"},
    KindName{ErrorKind::refused, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"},
    KindName{ErrorKind::unreachable, "org.freedesktop.DBus.Error.ServiceUnknown"},
    KindName{ErrorKind::unreachable, "org.freedesktop.DBus.Error.NameHasNoOwner"},
    KindName{ErrorKind::unreachable, "org.freedesktop.DBus.Error.NoReply"},
    KindName{ErrorKind::unreachable, "org.freedesktop.DBus.Error.NoServer"},
    KindName{ErrorKind::unreachable, "org.freedesktop.DBus.Error.Timeout"},
    KindName{ErrorKind::unreachable, "org.freedesktop.DBus.Error.TimedOut"},
    KindName{ErrorKind::unreachable, "org.freedesktop.DBus.Error.Disconnected"},
    KindName{ErrorKind::unreachable, "org.freedesktop.DBus.Error.FileNotFound"},
    KindName{ErrorKind::unreachable, "System.Error.ECONNREFUSED"},
    KindName{ErrorKind::unreachable, "System.Error.ECONNRESET"},
    KindName{ErrorKind::unreachable, "System.Error.ENOTCONN"},
};
/// Whatever systemd says of our unit (masked, not found, broken) means that the daemon did not start.
constexpr std::array activation_failed{std::string_view("org.freedesktop.DBus.Error.Spawn."),
                                       std::string_view("org.freedesktop.systemd1.")};

ErrorKind kind_of(const std::string& name) {
  const auto named = [&](const KindName& entry) { return entry.name == name; };
  if (const auto* own = std::ranges::find_if(own_names, named); own != own_names.end()) return own->kind;
  if (const auto* other = std::ranges::find_if(foreign_names, named); other != foreign_names.end()) return other->kind;
  const bool absent =
      std::ranges::any_of(activation_failed, [&](const auto& prefix) { return name.starts_with(prefix); });
  return absent ? ErrorKind::unreachable : ErrorKind::failed;
}

}  // namespace

sdbus::Error to_bus_error(const Error& error) {
  const auto* entry = std::ranges::find(own_names, error.kind(), &KindName::kind);
  return {std::string(entry->name), to_utf8(error.message())};
}

Error from_bus_error(const sdbus::Error& error) {
  return {kind_of(error.getName()), error.getMessage().empty() ? error.getName() : error.getMessage()};
}

Error bus_error(const sdbus::Error& error, std::string_view doing) { return from_bus_error(error).during(doing); }

std::string to_utf8(const std::string& text) {
  using nlohmann::json;
  return json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
}

}  // namespace acdr
