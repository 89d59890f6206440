// SPDX-License-Identifier: GPL-2.0-or-later
#include "events/netlink_watch.hpp"

#include <arpa/inet.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <vector>

namespace acdr {
namespace {

constexpr int kthreadd = 2;
constexpr std::size_t message_at = NLMSG_HDRLEN;
constexpr std::size_t event_at = message_at + sizeof(cn_msg);

struct SocketWatch {
  std::vector<UniqueFd> sockets;
  std::vector<std::shared_ptr<void>> sources;
};

Result<UniqueFd> netlink_socket(int protocol, std::uint32_t groups, const char* purpose) {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return failure(system_error(errno, purpose));
  return fd;
}

/// Lets through what == PROC_EVENT_FORK with parent_pid == kthreadd. BPF loads are big-endian.
Status attach_filter(int fd) {
  constexpr auto what_at = static_cast<__u32>(event_at + offsetof(proc_event, what));
  constexpr auto parent_at = static_cast<__u32>(event_at + offsetof(proc_event, event_data.fork.parent_pid));
  std::array<sock_filter, 6> code{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, what_at),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(static_cast<std::uint32_t>(proc_event::PROC_EVENT_FORK)), 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, parent_at),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(kthreadd), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog program{code.size(), code.data()};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0) return {};
  return failure(system_error(errno, "filtering process events"));
}

Status subscribe(int fd) {
  std::array<char, NLMSG_SPACE(sizeof(cn_msg) + sizeof(proc_cn_mcast_op))> buffer{};
  auto* header = reinterpret_cast<nlmsghdr*>(buffer.data());
  header->nlmsg_len = NLMSG_LENGTH(sizeof(cn_msg) + sizeof(proc_cn_mcast_op));
  header->nlmsg_type = NLMSG_DONE;
  auto* message = reinterpret_cast<cn_msg*>(buffer.data() + message_at);
  message->id = {CN_IDX_PROC, CN_VAL_PROC};
  message->len = sizeof(proc_cn_mcast_op);
  const proc_cn_mcast_op operation = PROC_CN_MCAST_LISTEN;
  std::memcpy(buffer.data() + event_at, &operation, sizeof operation);
  if (::send(fd, buffer.data(), header->nlmsg_len, 0) >= 0) return {};
  return failure(system_error(errno, "subscribing to process events"));
}

void read_forks(int fd, const std::function<void(int)>& born) {
  std::array<char, 4096> buffer{};
  ssize_t got = 0;
  while ((got = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0) {
    if (static_cast<std::size_t>(got) < event_at + sizeof(proc_event)) continue;
    proc_event event{};
    std::memcpy(&event, buffer.data() + event_at, sizeof event);
    born(event.event_data.fork.child_pid);
  }
}

/// Reads everything away; which message it was does not matter. Returns whether there was any.
bool drain(int fd) {
  std::array<char, 8192> buffer{};
  bool any = false;
  while (::recv(fd, buffer.data(), buffer.size(), 0) > 0 || errno == ENOBUFS) any = true;
  return any;
}

}  // namespace

Result<std::shared_ptr<void>> watch_kernel_threads(MainLoop& loop, std::function<void(int)> born) {
  auto watch = std::make_shared<SocketWatch>();
  ACDR_TRY(UniqueFd fd, netlink_socket(NETLINK_CONNECTOR, CN_IDX_PROC, "watching for new kernel threads"));
  ACDR_CHECK(attach_filter(fd.get()));
  ACDR_CHECK(subscribe(fd.get()));
  ACDR_TRY(auto source,
           loop.watch(fd.get(), [number = fd.get(), born = std::move(born)] { read_forks(number, born); }));
  watch->sockets.push_back(std::move(fd));
  watch->sources.push_back(std::move(source));
  return std::shared_ptr<void>(watch);
}

Result<std::shared_ptr<void>> watch_devices(MainLoop& loop, std::function<void()> changed) {
  constexpr std::uint32_t kernel_events = 1;
  auto watch = std::make_shared<SocketWatch>();
  for (const auto& [protocol, groups] : {std::pair<int, std::uint32_t>{NETLINK_KOBJECT_UEVENT, kernel_events},
                                         std::pair<int, std::uint32_t>{NETLINK_ROUTE, RTMGRP_LINK}}) {
    ACDR_TRY(UniqueFd fd, netlink_socket(protocol, groups, "watching for device changes"));
    ACDR_TRY(auto source, loop.watch(fd.get(), [number = fd.get(), changed] {
      if (drain(number)) changed();
    }));
    watch->sockets.push_back(std::move(fd));
    watch->sources.push_back(std::move(source));
  }
  return std::shared_ptr<void>(watch);
}

}  // namespace acdr
