// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/unique_fd.hpp"
#include "libvirt/hook_protocol.hpp"

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace acdr {

/// The daemon's end of the hook socket. One descriptor for the owner's event loop: an epoll set that holds the
/// listening socket, the clients and the timer that drops the slow ones. Nothing here blocks, and nothing is said to
/// libvirt.
class HookServer {
 public:
  /// Empty = the domain may start; else the reason it may not. Runs inside dispatch(), while libvirt waits: be quick.
  using Handler = std::function<std::string(const HookRequest&)>;

  struct Options {
    uid_t peer = 0;                         ///< the only user that is listened to; libvirtd runs hooks as root
    std::size_t clients = 64;               ///< more than that at once are turned away, which the hook takes for "ok"
    std::chrono::milliseconds time{5'000};  ///< from connection to complete request; the hook itself gives up after 3 s
  };

  /// Binds `path` with mode 0600, in place of whatever socket an earlier daemon left there. Errors: those of the system
  /// calls.
  [[nodiscard]] static Result<std::unique_ptr<HookServer>> listen(std::string path, Handler handler, Options options);
  [[nodiscard]] static Result<std::unique_ptr<HookServer>> listen(std::string path, Handler handler) {
    return listen(std::move(path), std::move(handler), Options{});
  }
  ~HookServer();
  HookServer(const HookServer&) = delete;
  HookServer& operator=(const HookServer&) = delete;

  /// Readable (level-triggered) when dispatch() has something to do.
  [[nodiscard]] int fd() const { return epoll_.get(); }
  void dispatch();
  /// From inside the handler: what it does takes seconds, and the hook that asked had better wait for it.
  void ask_for_patience();
  [[nodiscard]] std::size_t clients() const { return clients_.size(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Client {
    UniqueFd socket;
    Clock::time_point deadline;
    std::string received;
  };

  HookServer(std::string path, Handler handler, Options options);
  [[nodiscard]] Status open();
  [[nodiscard]] Status watch(int fd);
  void on_readable(int fd);
  void accept_clients();
  void admit(UniqueFd socket);
  void read_from(Client& client);
  void answer(const Client& client);
  static void send_to(const Client& client, std::string_view text);
  void drop_slow_clients();
  void arm_timer();

  const std::string path_;
  const Handler handler_;
  const Options options_;
  UniqueFd epoll_;
  UniqueFd listener_;
  UniqueFd timer_;
  std::map<int, Client> clients_;
  const Client* answered_ = nullptr;  ///< the client that the handler runs for
};

}  // namespace acdr
