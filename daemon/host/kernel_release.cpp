// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/kernel_release.hpp"

#include <charconv>

#include "base/printable.hpp"

namespace acdr {

Result<KernelRelease> KernelRelease::parse(std::string_view text) {
  KernelRelease release;
  const char* const end = text.data() + text.size();
  const auto [dot, no_version] = std::from_chars(text.data(), end, release.version);
  const bool more = no_version == std::errc{} && dot != end && *dot == '.';
  if (!more || std::from_chars(dot + 1, end, release.patchlevel).ec != std::errc{})
    return failure(ErrorKind::failed, "'{}' is not a kernel release", printable(text));
  return release;
}

}  // namespace acdr
