// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sdbus-c++/IConnection.h>

#include <string>

#include "base/result.hpp"

namespace acdr {

/// The type of the job that systemd has for the unit of this process, "" if it has none: "restart" and "stop" both
/// begin with SIGTERM, and only the first means that a successor will take over. Waits for systemd, two seconds in all.
/// Errors: unreachable (no systemd, no answer in time), failed (this process belongs to no unit).
[[nodiscard]] Result<std::string> unit_job(sdbus::IConnection& connection);

}  // namespace acdr
