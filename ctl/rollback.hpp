// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "base/result.hpp"

namespace acdr::ctl {

/// Has acdrd put back what the ledger holds, and returns its exit code. Nothing but the program and the ledger is
/// needed: no bus, no libvirt, no classes. Errors: refused (not root), failed (it cannot be run).
[[nodiscard]] Result<int> roll_back(const std::string& daemon = "/usr/sbin/acdrd");

}  // namespace acdr::ctl
