// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <filesystem>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace acdr {

/// Whoever has it may write to the ledger and the host: the daemon, or a rollback. It ends with the process, however
/// that ends.
class InstanceLock {
 public:
  /// Waits no longer than `patience` for another holder to end. Errors: refused (somebody else has it), failed.
  [[nodiscard]] static Result<InstanceLock> take(const std::filesystem::path& file, std::chrono::milliseconds patience);

 private:
  explicit InstanceLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace acdr
