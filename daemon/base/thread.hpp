// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <thread>

namespace acdr {

/// A thread with a name (15 bytes, as /proc/PID/task/TID/comm shows it) and every signal blocked: signals belong to the
/// main loop's signalfd, and sd-event requires them blocked in all threads.
[[nodiscard]] std::thread start_thread(const char* name, std::function<void()> body);

}  // namespace acdr
