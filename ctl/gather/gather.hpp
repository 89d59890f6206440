// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace acdr::ctl {

/// What a recording is made from and where it goes.
struct Recording {
  std::filesystem::path root = "/";  ///< the host
  std::filesystem::path target;      ///< an empty directory
  std::filesystem::path run = "/run/acdr";
  std::filesystem::path configuration = "/etc/acdr";
};

/// Records the host as planning and `acdrctl doctor` see it, the ledger, the configuration and, while acdrd runs, what
/// it answers. No command lines, no environments, no domain XML. Returns what had to be left out, in words.
[[nodiscard]] Result<std::vector<std::string>> record_host(const Recording& recording);

/// Whether a recording can be packed into this file. Errors: usage (its name), failed (it is there).
[[nodiscard]] Status check_archive(const std::filesystem::path& archive);
/// Packs a directory below `folder` into a new file, compressed as its name says. Errors: as check_archive; failed.
[[nodiscard]] Status pack(const std::filesystem::path& folder, const std::string& name,
                          const std::filesystem::path& archive);

}  // namespace acdr::ctl
