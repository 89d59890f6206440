// SPDX-License-Identifier: GPL-2.0-or-later
//
// What libvirt's qemu hook runs: tells the daemon of a domain that is about to start, and waits until the host is ready
// for it. Other VMs and libvirtd itself hang on this program, so it has one deadline for everything, which only
// a daemon in the middle of something may put off, once, and every doubt lets the domain start. It never calls libvirt
// (that would deadlock) and starts no child (one that kept stdout open would block the start for ever).
#include "ask.hpp"
#include "base/unique_fd.hpp"
#include "libvirt/hook_protocol.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <span>

namespace {

using namespace acdr;

constexpr std::chrono::milliseconds time_allowed{3'000};
/// For a daemon that asks for it: a domain that starts while KVM's module is loaded anew would fail.
constexpr std::chrono::milliseconds longest_time{20'000};
constexpr int domain_may_start = 0;
constexpr int domain_is_refused = 1;

/// Should anything outlast the deadline after all, such as a write to a stderr that nobody reads. A signal is not to
/// decide over a domain either.
void arm_last_resort(std::chrono::milliseconds allowed) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGALRM, [](int) { ::_exit(domain_may_start); });
  ::alarm(static_cast<unsigned>(std::chrono::ceil<std::chrono::seconds>(allowed).count()) + 1);
}

/// syslog(3) blocks while journald is stuck; this loses the line instead.
void log_line(const std::string& line) {
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  constexpr std::string_view path = "/dev/log";
  sockaddr_un journal{};
  journal.sun_family = AF_UNIX;
  std::ranges::copy(path, std::begin(journal.sun_path));
  constexpr int daemon_warning = 3 * 8 + 4;
  const auto record = fmt::format("<{}>acdr-hook[{}]: {}", daemon_warning, ::getpid(), line);
  [[maybe_unused]] const auto sent = ::sendto(socket.get(), record.data(), record.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                                              reinterpret_cast<const sockaddr*>(&journal), sizeof(journal));
}

void say(const std::string& line) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

/// The refusal's reason, "" for ok.
Result<std::string> forward(const std::string& operation, const std::string& domain) {
  const hook::Patience patience{hook::Deadline(time_allowed), hook::Deadline(longest_time),
                                [] { arm_last_resort(longest_time); }};
  const char* elsewhere = std::getenv("ACDR_HOOK_SOCKET");  // for tests
  auto xml = hook::read_all(STDIN_FILENO, hook_xml_limit, patience.usual);
  if (!xml) return failure(xml.error().during("reading the domain XML"));
  ACDR_TRY(const std::string request, encode_hook_request({operation, domain, *xml}));
  return hook::ask_daemon(elsewhere != nullptr ? elsewhere : std::string(hook_socket_path), request, patience);
}

int report(const std::string& domain, const Result<std::string>& refusal) {
  if (!refusal) {
    const auto line = fmt::format("{} starts without acdr: {}", domain, refusal.error().message());
    log_line(line);
    say(fmt::format("acdr: {}\n", line));
    return domain_may_start;
  }
  if (refusal->empty()) return domain_may_start;
  say(fmt::format("acdr: {}\n", *refusal));
  return domain_is_refused;
}

}  // namespace

int main(int argc, char** argv) {
  // argv: domain name, operation, sub-operation, extra. Every phase of every domain comes here; a non-zero exit in
  // `reconnect` would kill a running VM.
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  if (arguments.size() < 4 || std::string_view(arguments[2]) != "prepare" || std::string_view(arguments[3]) != "begin")
    return domain_may_start;
  arm_last_resort(time_allowed);
  return report(arguments[1], forward(arguments[2], arguments[1]));
}
