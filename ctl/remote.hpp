// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace acdr::ctl {

/// An acdrctl command line that is to run on another host.
struct RemoteCommand {
  std::string host;                    ///< "[user@]host", as ssh takes it
  std::vector<std::string> arguments;  ///< of acdrctl there, as typed here
};

/// Finds `-H HOST`, `-HHOST`, `--host HOST` or `--host=HOST` before the verb. Errors (usage): no host, one that ssh
/// would take for an option, two of them.
[[nodiscard]] Result<std::optional<RemoteCommand>> find_remote(const std::vector<std::string>& arguments);

/// The text as one word of a POSIX shell.
[[nodiscard]] std::string shell_quote(std::string_view text);

/// The program and its arguments. ssh joins what follows the host with blanks and gives it to the shell there, hence
/// the quotes; the "--" ends ssh's own options, also those it would look for behind the host.
[[nodiscard]] std::vector<std::string> ssh_command(const RemoteCommand& remote);

/// Runs it with this process's input and output and returns acdrctl's exit code there. Errors: failed (no ssh here),
/// unreachable (ssh could not connect, or there is no acdrctl).
[[nodiscard]] Result<int> run_remote(const RemoteCommand& remote);

}  // namespace acdr::ctl
