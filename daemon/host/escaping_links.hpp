// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/result.hpp"

#include <filesystem>

namespace acdr {

/// hwloc opens what it reads below a recorded root without the kernel's help (openat2), and so follows a symlink out of
/// it: the recording would answer with this machine's values. Refuses such a root, naming the link.
/// Looks only where hwloc does, CPUs, nodes and a few files of /proc; links elsewhere are nobody's harm.
[[nodiscard]] Status refuse_escaping_links(const std::filesystem::path& root);

}  // namespace acdr
