// SPDX-License-Identifier: GPL-2.0-or-later
#include "ask.hpp"

#include "base/unique_fd.hpp"
#include "libvirt/hook_protocol.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace acdr::hook {
namespace {

using std::chrono::milliseconds;

Status wait_for(int fd, short events, Deadline deadline) {
  pollfd entry{fd, events, 0};
  int ready = 0;
  do {
    ready = ::poll(&entry, 1, static_cast<int>(deadline.remaining().count()));
  } while (ready < 0 && errno == EINTR);
  if (ready < 0) return failure(system_error(errno, "waiting"));
  if (ready == 0) return failure(ErrorKind::unreachable, "time is up");
  return {};
}

/// connect() to a unix socket whose queue is full cannot be polled for; it does heed the send time-out.
Status limit_connect(int socket, Deadline deadline) {
  const auto left = std::max(deadline.remaining(), milliseconds(1));  // 0 would mean no limit
  timeval time{};
  time.tv_sec = left.count() / 1000;
  time.tv_usec = (left.count() % 1000) * 1000;
  if (::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time)) == 0) return {};
  return failure(system_error(errno, "setting a time-out"));
}

Result<UniqueFd> connect_to(const std::string& path, Deadline deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return failure(ErrorKind::usage, "{}: path too long", path);
  std::ranges::copy(path, std::begin(address.sun_path));
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return failure(system_error(errno, "creating a socket"));
  ACDR_CHECK(limit_connect(socket.get(), deadline));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return failure(system_error(errno, "connecting to " + path));
  return socket;
}

Status send_all(int socket, std::string_view text, Deadline deadline) {
  while (!text.empty()) {
    ACDR_CHECK(wait_for(socket, POLLOUT, deadline));
    const auto size = ::send(socket, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size >= 0)
      text.remove_prefix(static_cast<std::size_t>(size));
    else if (errno != EAGAIN && errno != EINTR)
      return failure(system_error(errno, "sending"));
  }
  if (::shutdown(socket, SHUT_WR) == 0) return {};
  return failure(system_error(errno, "sending"));
}

/// Adds what is there to read, and waits for it; whether that was the end.
Result<bool> read_more(int fd, std::string& text, Deadline deadline) {
  std::array<char, 65536> buffer;
  ACDR_CHECK(wait_for(fd, POLLIN, deadline));
  const auto size = ::read(fd, buffer.data(), buffer.size());
  if (size > 0) text.append(buffer.data(), static_cast<std::size_t>(size));
  if (size < 0 && errno != EINTR && errno != EAGAIN) return failure(system_error(errno, "reading"));
  return size == 0;
}

Result<std::string> read_reply(int socket, const Patience& patience) {
  std::string text;
  bool waits = false;
  for (bool ended = false; !ended;) {
    ACDR_TRY(ended, read_more(socket, text, waits ? patience.longest : patience.usual));
    if (text.size() > hook_reply_limit) return failure(ErrorKind::usage, "more than {} bytes", hook_reply_limit);
    if (waits || !text.starts_with(hook_wait)) continue;
    waits = true;
    if (patience.asked) patience.asked();
  }
  return text;
}

}  // namespace

milliseconds Deadline::remaining() const {
  const auto left = std::chrono::ceil<milliseconds>(end_ - std::chrono::steady_clock::now());
  return std::max(left, milliseconds(0));
}

Result<std::string> read_all(int fd, std::size_t limit, Deadline deadline) {
  std::string text;
  bool ended = false;
  while (!ended && text.size() <= limit) {
    ACDR_TRY(ended, read_more(fd, text, deadline));
  }
  if (ended) return text;
  return failure(ErrorKind::usage, "more than {} bytes to read", limit);
}

Result<std::string> ask_daemon(const std::string& socket_path, const std::string& request, const Patience& patience) {
  ACDR_TRY(const UniqueFd socket, connect_to(socket_path, patience.usual));
  ACDR_CHECK(send_all(socket.get(), request, patience.usual));
  auto reply = read_reply(socket.get(), patience);
  if (!reply) return failure(reply.error().during("waiting for acdrd's reply"));
  return parse_hook_reply(*reply);
}

}  // namespace acdr::hook
