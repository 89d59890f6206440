// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/hook_server.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace acdr {
namespace {

Status bind_private(int socket, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path))
    return failure(ErrorKind::usage, "the socket path {} is longer than {} bytes", path, sizeof(address.sun_path) - 1);
  std::ranges::copy(path, std::begin(address.sun_path));
  ::unlink(path.c_str());
  // The inode takes the socket's own mode: set before bind, there is no moment with a wider one.
  if (::fchmod(socket, S_IRUSR | S_IWUSR) != 0) return failure(system_error(errno, "setting the mode of " + path));
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return failure(system_error(errno, "binding " + path));
  return {};
}

bool is_from(int socket, uid_t wanted) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == wanted;
}

/// Closed, and not only done with sending. A hook that has given up lets its domain start: to prepare for that now would
/// be to forget what is known of it already.
bool is_gone(int socket) {
  pollfd peer{socket, 0, 0};
  return ::poll(&peer, 1, 0) > 0 && (peer.revents & (POLLHUP | POLLERR)) != 0;
}

/// steady_clock is CLOCK_MONOTONIC, so that its instants can be given to a timerfd as they are.
itimerspec at(std::chrono::steady_clock::time_point instant) {
  const auto since_boot = instant.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_boot);
  itimerspec when{};
  when.it_value.tv_sec = seconds.count();
  when.it_value.tv_nsec = std::chrono::nanoseconds(since_boot - seconds).count();
  return when;
}

}  // namespace

HookServer::HookServer(std::string path, Handler handler, Options options)
    : path_(std::move(path)), handler_(std::move(handler)), options_(options) {}

HookServer::~HookServer() {
  if (listener_) ::unlink(path_.c_str());
}

Result<std::unique_ptr<HookServer>> HookServer::listen(std::string path, Handler handler, Options options) {
  auto server = std::unique_ptr<HookServer>(new HookServer(std::move(path), std::move(handler), options));
  if (auto opened = server->open(); !opened) return failure(opened.error().during("listening for libvirt's hook"));
  return server;
}

Status HookServer::open() {
  epoll_ = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  timer_ = UniqueFd(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!epoll_ || !timer_ || !socket) return failure(system_error(errno, "creating descriptors"));
  ACDR_CHECK(bind_private(socket.get(), path_));
  listener_ = std::move(socket);
  if (::listen(listener_.get(), SOMAXCONN) != 0) return failure(system_error(errno, "listening on " + path_));
  ACDR_CHECK(watch(timer_.get()));
  return watch(listener_.get());
}

Status HookServer::watch(int fd) {
  epoll_event interest{};
  // Edge-triggered for the listener: without descriptors left (EMFILE) it would stay readable and spin the owner's
  // loop.
  interest.events = fd == listener_.get() ? EPOLLIN | EPOLLET : EPOLLIN;
  interest.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &interest) == 0) return {};
  return failure(system_error(errno, "watching a descriptor"));
}

void HookServer::dispatch() {
  std::array<epoll_event, 16> events;
  const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < ready; ++i) on_readable(events[static_cast<std::size_t>(i)].data.fd);
  drop_slow_clients();
  arm_timer();
}

void HookServer::on_readable(int fd) {
  if (fd == listener_.get()) return accept_clients();
  if (const auto client = clients_.find(fd); client != clients_.end()) read_from(client->second);
}

void HookServer::accept_clients() {
  while (true) {
    UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket)
      admit(std::move(socket));
    else if (errno != EINTR && errno != ECONNABORTED)
      return;
  }
}

void HookServer::admit(UniqueFd socket) {
  const int fd = socket.get();
  if (clients_.size() >= options_.clients || !is_from(fd, options_.peer) || !watch(fd)) return;
  clients_.emplace(fd, Client{std::move(socket), Clock::now() + options_.time, {}});
}

void HookServer::read_from(Client& client) {
  const int fd = client.socket.get();
  std::array<char, 65536> buffer;
  const auto size = ::recv(fd, buffer.data(), buffer.size(), 0);
  if (size > 0) {
    client.received.append(buffer.data(), static_cast<std::size_t>(size));
    if (client.received.size() > hook_request_limit) clients_.erase(fd);
    return;  // the rest keeps the descriptor readable
  }
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size == 0 && !is_gone(fd)) answer(client);
  clients_.erase(fd);
}

void HookServer::answer(const Client& client) {
  const auto request = parse_hook_request(client.received);
  if (!request) return;
  answered_ = &client;
  const std::string refusal = handler_(*request);
  answered_ = nullptr;
  send_to(client, encode_hook_reply(refusal));
}

void HookServer::ask_for_patience() {
  if (answered_ != nullptr) send_to(*answered_, hook_wait);
}

void HookServer::send_to(const Client& client, std::string_view text) {
  // What is said is far smaller than a fresh socket's buffer. If the hook is gone, nobody waits for it.
  [[maybe_unused]] const auto sent = ::send(client.socket.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void HookServer::drop_slow_clients() {
  const auto now = Clock::now();
  std::erase_if(clients_, [now](const auto& entry) { return entry.second.deadline <= now; });
}

void HookServer::arm_timer() {
  itimerspec when{};  // all zero disarms it, and setting it clears an expiry that was not read
  const auto soonest = std::ranges::min_element(clients_, {}, [](const auto& entry) { return entry.second.deadline; });
  if (soonest != clients_.end()) when = at(soonest->second.deadline);
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

}  // namespace acdr
