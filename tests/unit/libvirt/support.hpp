// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/unique_fd.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "support/temporary_directory.hpp"

namespace acdr::test {

/// Far more than anything here takes; only a test that hangs meets it.
inline constexpr int patience_ms = 60'000;

/// Waits for `fd` and calls `dispatch`, again and again, until `done` holds.
template <class Dispatch, class Done>
bool run_until(int fd, Dispatch dispatch, Done done) {
  while (!done()) {
    pollfd entry{fd, POLLIN, 0};
    if (::poll(&entry, 1, patience_ms) != 1) return false;
    dispatch();
  }
  return true;
}

inline sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(path, std::begin(address.sun_path));
  return address;
}

inline UniqueFd connect_to(const std::string& path) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = unix_address(path);
  EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  return socket;
}

/// Takes connections into its backlog and never says a word.
inline UniqueFd silent_server(const std::string& path) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = unix_address(path);
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(::listen(socket.get(), 8), 0);
  return socket;
}

inline void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto size = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (size <= 0) return;  // the other side closed: its reading tells
    text.remove_prefix(static_cast<std::size_t>(size));
  }
}

/// Everything up to the end; a reset connection ends it as well.
inline std::string read_to_end(int fd) {
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t size = 0; (size = ::read(fd, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(size));
  return text;
}

}  // namespace acdr::test
