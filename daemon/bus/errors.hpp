// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sdbus-c++/Error.h>

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace acdr {

/// Names of org.acdr1 on the bus.
inline constexpr const char* bus_name = "org.acdr1";
inline constexpr const char* manager_path = "/org/acdr1";
inline constexpr const char* manager_interface = "org.acdr1.Manager";

/// org.acdr1.Error.{Failed,Usage,NotFound,Refused,Unreachable} with the error's one line as text.
[[nodiscard]] sdbus::Error to_bus_error(const Error& error);

/// The other way round, for callers: our own names by their kind; refusals of bus policy and polkit as refused;
/// whatever means that nobody answers as unreachable; everything else as failed.
[[nodiscard]] Error from_bus_error(const sdbus::Error& error);

/// An error that ends `doing`, from the library: "<doing>: <message>".
[[nodiscard]] Error bus_error(const sdbus::Error& error, std::string_view doing);

/// The text with every byte that is no UTF-8 replaced, as D-Bus strings must be; one that is not ends the connection.
[[nodiscard]] std::string to_utf8(const std::string& text);

}  // namespace acdr
