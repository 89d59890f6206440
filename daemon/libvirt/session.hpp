// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "libvirt/domain_record.hpp"
#include "libvirt/handles.hpp"

#include <memory>
#include <string>
#include <vector>

namespace acdr {

/// Told of what happens on a session, on libvirt's event thread: take note and return, never call libvirt.
class SessionListener {
 public:
  virtual ~SessionListener() = default;
  virtual void on_lifecycle(unsigned session, DomainEvent event) = 0;
  virtual void on_change(unsigned session, const std::string& uuid, DomainChange change) = 0;
  virtual void on_closed(unsigned session, std::string_view reason) = 0;
};

struct Subscription;

/// One connection to libvirt with its event callbacks, from virConnectOpen to virConnectClose. Opening and closing may
/// block.
class Session {
 public:
  /// `number` comes back with every call of the listener. Errors: libvirt's; unreachable where nobody answers.
  [[nodiscard]] static Result<std::unique_ptr<Session>> open(const std::string& uri, unsigned number,
                                                             std::weak_ptr<SessionListener> listener);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] virConnectPtr connection() const { return connection_.get(); }

 private:
  explicit Session(ConnectHandle connection);
  [[nodiscard]] Status subscribe(unsigned number, const std::weak_ptr<SessionListener>& listener);

  std::unique_ptr<Subscription> closing_;
  ConnectHandle connection_;
  std::vector<int> callbacks_;
};

}  // namespace acdr
