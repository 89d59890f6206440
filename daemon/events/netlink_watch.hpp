// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <memory>

#include "base/unique_fd.hpp"
#include "events/main_loop.hpp"

namespace acdr {

/// Tells of each new kernel thread by its tid, through the process connector (Documentation/driver-api/connector.rst).
/// A socket filter lets only forks of kthreadd through, so that a busy host does not wake the daemon. Needs
/// CAP_NET_ADMIN. The thread has not set its own affinity yet when this is called.
[[nodiscard]] Result<std::shared_ptr<void>> watch_kernel_threads(MainLoop& loop, std::function<void(int tid)> born);

/// Tells that a device came, went or changed (kernel uevents), or a network link did (rtnetlink): interrupts may be new
/// or have been reset by then.
[[nodiscard]] Result<std::shared_ptr<void>> watch_devices(MainLoop& loop, std::function<void()> changed);

}  // namespace acdr
