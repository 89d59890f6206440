// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>

#include "support/engine_world.hpp"

namespace acdr::test {

/// The small host with a NIC of four queues on node 1, "uplink0" below the bridge "br0", a virtio NIC "eth1" of its
/// own, and the kernel's table of flows.
class NetworkWorld : public World {
 public:
  explicit NetworkWorld() {
    host.add_irq(40, "uplink0", "0-7");
    for (unsigned queue = 0; queue < 4; ++queue) host.add_irq(41 + queue, fmt::format("uplink0-TxRx-{}", queue), "0-7");
    host.add_nic("uplink0", {.queues = 4, .irqs = {40, 41, 42, 43, 44}, .node = 1, .master = "br0"});
    host.add_nic("br0", {});
    host.add_irq(50, "virtio1-config", "0-7");
    host.add_irq(51, "virtio1-input.0", "0-7");
    host.add_irq(52, "virtio1-output.0", "0-7");
    host.add_nic("eth1", {.irqs = {50, 51, 52}});
    host.add_file("proc/sys/net/core/rps_sock_flow_entries", "0");
    engine->host_changed();
    before = host.state();
  }

  /// Applies the class to the host; what was wrong, "" if nothing.
  std::string apply(const std::string& class_name) {
    const auto done = engine->apply(class_name, {}, nullptr, false);
    return done ? std::string() : done.error().message();
  }
  [[nodiscard]] bool released() { return engine->release(Subject::host(), "").has_value() && host.state() == before; }

  /// A domain with a tap in br0, which it has once it runs.
  DomainDefinition start_on_bridge(const std::string& class_name, unsigned vcpus = 1) {
    DomainDefinition definition = domain("web", vcpus, class_name);
    definition.interfaces = {"br0"};
    EXPECT_EQ(engine->prepare(definition), "");
    host.add_nic("vnet0", {.queues = 2, .master = "br0"});
    definition.target_devices = {"vnet0"};
    start(definition, 700, false);
    return definition;
  }
  void stop_on_bridge(const DomainDefinition& definition) {
    host.remove_nic("vnet0");
    stop(definition);
  }

  [[nodiscard]] CpuSet helpers() const { return engine->claims().begin()->second->allocation.helpers; }
  [[nodiscard]] bool verified() const { return engine->verify(std::nullopt).holds(); }
  /// Whether a residual of the claims begins so.
  [[nodiscard]] bool tells(const std::string& what) const {
    const auto claims = engine->status();
    return std::ranges::any_of(claims, [&](const ClaimStatus& claim) {
      return std::ranges::any_of(claim.residuals, [&](const Residual& one) { return one.what.starts_with(what); });
    });
  }

  std::string before;
};

}  // namespace acdr::test
