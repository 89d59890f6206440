// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <compare>
#include <string_view>

#include "base/result.hpp"

namespace acdr {

/// What /proc/sys/kernel/osrelease begins with. A distribution's kernel may have more than its number says, never less.
struct KernelRelease {
  unsigned version = 0;
  unsigned patchlevel = 0;

  friend auto operator<=>(const KernelRelease&, const KernelRelease&) = default;
  /// Of "6.12.43+deb13-amd64" 6.12. Error (failed): it does not begin with two numbers.
  [[nodiscard]] static Result<KernelRelease> parse(std::string_view text);
};

}  // namespace acdr
