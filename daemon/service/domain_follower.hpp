// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "events/main_loop.hpp"
#include "libvirt/balloon_backend.hpp"
#include "libvirt/connection.hpp"
#include "libvirt/hook_protocol.hpp"

namespace acdr {

/// Turns what libvirt, systemd-machined, the hook and the cgroup tree tell of domains into what the engine must know.
/// Whichever speaks first, the end is the same: each only adds what it knows.
class DomainFollower {
 public:
  using Warn = std::function<void(const std::string&)>;
  DomainFollower(Engine& engine, BalloonBackend& balloons, MainLoop& loop, Warn warn)
      : engine_(engine), balloons_(balloons), loop_(loop), warn_(std::move(warn)) {}

  /// The connection is made with this object's handlers, so it comes second.
  [[nodiscard]] LibvirtHandlers handlers();
  void use(LibvirtConnection& libvirt);
  [[nodiscard]] bool connected() const { return connected_; }

  /// The `prepare` hook. Returns the refusal, or "".
  [[nodiscard]] std::string on_hook(const HookRequest& request);
  /// systemd-machined registered a machine; QEMU has not been executed yet. Its scope may be a moment away still.
  void on_machine(const std::string& uuid, int leader);
  /// libvirt made a cgroup: by the time of a vCPU's, QEMU's command line names the domain. On a busy host this comes
  /// well before machined's word, and without one it is the only.
  void on_cgroup_appeared(const std::string& path);
  void on_cgroup_vanished(const std::string& path);

 private:
  [[nodiscard]] bool find_scope_of(const std::string& uuid, int leader);
  /// Nothing tells that a process came into a cgroup: look until it has, less and less often.
  void look_for_scope_later(const std::string& uuid, std::chrono::milliseconds delay);
  void on_scope(const std::string& uuid, const std::string& scope);
  /// Asks libvirt for the domain's definition of now.
  void refresh(const std::string& uuid);
  void on_connected(const std::vector<DomainRecord>& domains);
  void on_lifecycle(const DomainEvent& event);
  void on_definition(const DomainRecord& record);
  void drop_reservations_later();
  void drop_reservations();

  Engine& engine_;
  BalloonBackend& balloons_;
  MainLoop& loop_;
  Warn warn_;
  LibvirtConnection* libvirt_ = nullptr;
  bool connected_ = false;
  std::map<std::string, int> leaders_;  ///< by uuid: machines whose leader is not in its scope yet
};

/// The machine scope of a process, from the text of /proc/PID/cgroup: the path up to the component that ends in
/// ".scope"; "" if there is none. Scope names are escaped and cut by systemd, so they cannot be computed from the
/// domain's name.
[[nodiscard]] std::string scope_of_process(std::string_view proc_cgroup);

/// The value of QEMU's -uuid option in the text of /proc/PID/cmdline; "" if it has none (libvirt always gives it).
[[nodiscard]] std::string uuid_of(std::string_view cmdline);

}  // namespace acdr
