// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/IProxy.h>
#include <sdbus-c++/Types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace acdr {

/// Follows the machines that libvirt registers with systemd-machined (org.freedesktop.machine1(5)): told of a domain as
/// soon as its scope exists, well before the guest runs. Never starts machined, and never waits for it.
class Machined {
 public:
  struct Callbacks {
    std::function<void(const std::string& uuid, int leader)> appeared;  ///< leader: pid of QEMU
    std::function<void(const std::string& uuid)> removed;
  };

  /// The connection must outlive this. What runs already is told like what comes. Errors: the bus takes no more
  /// matches.
  [[nodiscard]] static Result<std::unique_ptr<Machined>> watch(sdbus::IConnection& connection, Callbacks callbacks);
  Machined(const Machined&) = delete;
  Machined& operator=(const Machined&) = delete;
  ~Machined() = default;

 private:
  using ListEntry = sdbus::Struct<std::string, std::string, std::string, sdbus::ObjectPath>;
  using Properties = std::map<std::string, sdbus::Variant>;
  struct Machine {
    std::unique_ptr<sdbus::IProxy> proxy;
    std::string uuid;  ///< "" until its properties are here, and for ever if it is none of libvirt's
  };

  Machined(sdbus::IConnection& connection, Callbacks callbacks);
  void subscribe();
  void ask_owner();
  void owner_is(const std::string& name);
  void list();
  void listed(const std::vector<ListEntry>& entries);
  void on_signal(sdbus::Message& message);
  void add(const std::string& path);
  void remove(const std::string& path);
  void describe(const std::string& path, const Properties& properties);

  sdbus::IConnection& connection_;
  const Callbacks callbacks_;
  std::string owner_;                        ///< unique name of machined; "" while it does not run
  std::map<std::string, Machine> machines_;  ///< by object path
  std::unique_ptr<sdbus::IProxy> bus_;
  std::unique_ptr<sdbus::IProxy> manager_;
  std::vector<sdbus::Slot> matches_;
};

/// The 16 bytes of a machine's Id as a uuid, lower case with dashes; "" for any other number of bytes.
[[nodiscard]] std::string uuid_from(const std::vector<std::uint8_t>& bytes);

}  // namespace acdr
