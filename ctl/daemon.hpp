// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/IProxy.h>
#include <sdbus-c++/Message.h>

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace acdr::ctl {

/// The daemon at the other end of the system bus.
class Daemon {
 public:
  /// Error (unreachable): no bus. Whether the daemon is there shows with the first call.
  [[nodiscard]] static Result<Daemon> connect();

  /// Calls a method that answers with text. Errors: the daemon's own, refused (bus policy, polkit), unreachable.
  template <class... Arguments>
  [[nodiscard]] Result<std::string> ask(const std::string& method, const Arguments&... arguments) {
    std::string text;
    ACDR_CHECK(call(
        method, [&](sdbus::Message& message) { (void)(message << ... << arguments); },
        [&](sdbus::Message& reply) { reply >> text; }));
    return text;
  }

  /// Calls a method that answers with nothing.
  template <class... Arguments>
  [[nodiscard]] Status tell(const std::string& method, const Arguments&... arguments) {
    return call(method, [&](sdbus::Message& message) { (void)(message << ... << arguments); }, [](sdbus::Message&) {});
  }

 private:
  using Access = std::function<void(sdbus::Message&)>;
  explicit Daemon(std::unique_ptr<sdbus::IConnection> connection);
  [[nodiscard]] Status call(const std::string& method, const Access& write, const Access& read);

  std::unique_ptr<sdbus::IConnection> connection_;
  std::unique_ptr<sdbus::IProxy> manager_;
};

}  // namespace acdr::ctl
