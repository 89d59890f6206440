// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/remote.hpp"

#include <algorithm>

#include "ctl/program.hpp"

namespace acdr::ctl {
namespace {

constexpr std::string_view short_option = "-H";
constexpr std::string_view long_option = "--host";
constexpr std::string_view long_option_with_value = "--host=";

/// What ssh(1) ends with when it fails itself, and shells when there is no such program.
constexpr int ssh_failed = 255;
constexpr int no_such_program = 127;

constexpr std::string_view plain_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";

Status check_host(const std::string& host) {
  if (host.empty()) return failure(ErrorKind::usage, "-H needs a host, [user@]host");
  if (host.starts_with('-')) return failure(ErrorKind::usage, "-H {}: a host does not begin with '-'", host);
  return {};
}

/// The host that the arguments begin with, and what is left of them; nothing if they begin otherwise.
Result<std::optional<RemoteCommand>> take_host(const std::vector<std::string>& arguments) {
  const std::string& first = arguments.front();
  RemoteCommand remote;
  auto rest = arguments.begin() + 1;
  if (first == short_option || first == long_option)
    remote.host = rest == arguments.end() ? "" : *rest++;
  else if (first.starts_with(long_option_with_value))
    remote.host = first.substr(long_option_with_value.size());
  else if (first.starts_with(short_option))
    remote.host = first.substr(short_option.size());
  else
    return std::nullopt;
  ACDR_CHECK(check_host(remote.host));
  remote.arguments.assign(rest, arguments.end());
  return remote;
}

}  // namespace

Result<std::optional<RemoteCommand>> find_remote(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return std::nullopt;
  ACDR_TRY(const auto remote, take_host(arguments));
  if (!remote || remote->arguments.empty()) return remote;
  ACDR_TRY(const auto second, take_host(remote->arguments));
  if (second) return failure(ErrorKind::usage, "-H is given twice: {} and {}", remote->host, second->host);
  return remote;
}

std::string shell_quote(std::string_view text) {
  if (!text.empty() && text.find_first_not_of(plain_characters) == std::string_view::npos) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + '\'';
}

std::vector<std::string> ssh_command(const RemoteCommand& remote) {
  std::vector<std::string> command{"ssh", "--", remote.host, "acdrctl"};
  std::ranges::transform(remote.arguments, std::back_inserter(command), shell_quote);
  return command;
}

Result<int> run_remote(const RemoteCommand& remote) {
  ACDR_TRY(const int code, run_program(ssh_command(remote)));
  if (code == ssh_failed) return failure(ErrorKind::unreachable, "ssh could not reach {}", remote.host);
  if (code == no_such_program)
    return failure(Error(ErrorKind::unreachable, fmt::format("{} has no acdrctl", remote.host), "install acdr there"));
  return code;
}

}  // namespace acdr::ctl
