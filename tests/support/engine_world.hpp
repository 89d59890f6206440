// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <memory>

#include "engine/engine.hpp"
#include "plugins/registry.hpp"
#include "support/fake_host.hpp"
#include "support/source_folder.hpp"
#include "support/temporary_directory.hpp"
#include "support/topologies.hpp"

namespace acdr::test {

/// A host with the usual systemd slices, some threads, interrupts and kernel threads: a small one of two nodes, or any.
class Machine {
 public:
  Machine(FakeHost::Kernel kernel, Topology topology) : host(topology.possible, kernel), shape(std::move(topology)) {
    for (const auto* path : {"init.scope", "system.slice", "system.slice/a.service", "user.slice", "machine.slice"})
      host.add_cgroup(path);
    for (const unsigned cpu : shape.possible - shape.online) host.take_offline(cpu);
    host.add_thread(1, "systemd", "init.scope");
    host.add_thread(500, "worker", "system.slice/a.service");
    host.add_kthread(2, "kthreadd", shape.possible.to_list());
    host.add_irq(4, "ttyS0", shape.possible.to_list());
  }
  explicit Machine(FakeHost::Kernel kernel) : Machine(kernel, make_topology({.packages = 2, .cores_per_cache = 4})) {
    host.add_thread(501, "pinned", "system.slice/a.service", "2-5");
    host.add_thread(502, "far", "user.slice", "6-7");
    host.add_kthread(20, "ksoftirqd/5", "5", true);
    host.add_kthread(30, "kswapd0", "0-3");
    host.add_kthread(31, "kswapd1", "4-7");
    host.add_irq(25, "eth0-0", "5");
    host.add_irq(35, "virtio0-req.0", "4-5", true);
  }

  [[nodiscard]] static std::string scope(const DomainDefinition& definition) {
    return "machine.slice/machine-" + definition.name + ".scope";
  }

  /// A cgroup, with a thread in it; what is there already is left as it is.
  void appear(const std::string& cgroup, int tid = 0, const std::string& name = "") {
    if (!host.exists("sys/fs/cgroup/" + cgroup + "/cgroup.threads")) host.add_cgroup(cgroup);
    if (tid > 0 && !host.exists(fmt::format("proc/{}/stat", tid))) host.add_thread(tid, name, cgroup);
  }

  FakeHost host;
  Topology shape;  ///< with every CPU online that is so at first
};

/// The shipped classes. Read once for a test program: a daemon of a test may start a hundred thousand times.
inline const Catalogue& shipped_classes(const PluginRegistry& plugins) {
  static const Catalogue classes = [&plugins] {
    const auto folder = source_folder() / "classes";
    EXPECT_TRUE(std::filesystem::is_directory(folder)) << "no shipped classes";
    auto load = Catalogue::load({folder}, plugins.specs());
    for (const auto& diagnostic : load.diagnostics) ADD_FAILURE() << diagnostic.to_string();
    return std::move(load.catalogue);
  }();
  return classes;
}

/// Such a host with an engine on it and the shipped classes. The ledger outlives the engine, so that the daemon can die
/// and come back.
class World : public Machine {
 public:
  explicit World(FakeHost::Kernel kernel = FakeHost::Kernel::overwrites_masks) : Machine(kernel) { restart(); }
  World(FakeHost::Kernel kernel, Topology topology) : Machine(kernel, std::move(topology)) { restart(); }

  /// The daemon dies (without a word) and starts again. What it has yet to flush to its ledger is lost.
  void restart() {
    engine.reset();
    auto ledger = Ledger::open(ledger_path(), "boot-1");
    EXPECT_TRUE(ledger.has_value());
    engine = std::make_unique<Engine>(Engine::Parts{host,
                                                    topology(),
                                                    plugins,
                                                    classes(),
                                                    std::move(*ledger),
                                                    {},
                                                    {[this](const Record& record) { records.push_back(record); },
                                                     [this](const std::string& text) { notices.push_back(text); },
                                                     {}},
                                                    {},
                                                    other_knobs ? other_knobs() : KnobBackends(),
                                                    [this] { return Result<Topology>(topology()); }});
    engine->host_changed();
  }

  /// A class of the test's own, of conditionings as YAML: define("quiet", "{ksm: {run: \"off\"}}").
  void define(const std::string& name, const std::string& conditionings) {
    folder.write(
        "classes/" + name + ".yaml",
        fmt::format("api: acdr/v1\nclass: {}\nsummary: of a test\nconditionings:\n  - {}\n", name, conditionings));
    has_own_classes = true;
    restart();
  }

  [[nodiscard]] static DomainDefinition domain(const std::string& name, unsigned vcpus, const std::string& class_name,
                                               const std::map<std::string, std::string>& parameters = {}) {
    DomainDefinition definition;
    definition.uuid = "uuid-" + name;
    definition.name = name;
    definition.vcpus = definition.current_vcpus = vcpus;
    definition.memory = Bytes{64U << 20U};
    if (!class_name.empty()) definition.tag = ConditioningTag{class_name, parameters};
    return definition;
  }

  /// libvirt starts a domain: scope, emulator, vCPUs, in its order; the daemon hears of each. What is there already,
  /// from a start during which the daemon died, is left as it is.
  void start(const DomainDefinition& definition, int first_tid, bool with_hook = true) {
    if (with_hook) {
      EXPECT_EQ(engine->prepare(definition), "");
    }
    appear(scope(definition));
    engine->cgroups_appeared({scope(definition)});
    if (!engine->scope_appeared(definition.uuid, scope(definition))) engine->domain_running(definition);
    appear(scope(definition) + "/libvirt");
    appear(scope(definition) + "/libvirt/emulator", first_tid, "qemu");
    engine->cgroups_appeared({scope(definition) + "/libvirt", scope(definition) + "/libvirt/emulator"});
    for (unsigned vcpu = 0; vcpu < definition.current_vcpus; ++vcpu) {
      const std::string cgroup = fmt::format("{}/libvirt/vcpu{}", scope(definition), vcpu);
      appear(cgroup, first_tid + 1 + static_cast<int>(vcpu), fmt::format("CPU {}/KVM", vcpu));
      engine->cgroups_appeared({cgroup});
    }
    engine->domain_running(definition);
  }

  void stop(const DomainDefinition& definition) {
    host.remove_cgroup(scope(definition));
    engine->scope_vanished(scope(definition));
  }

  [[nodiscard]] std::filesystem::path ledger_path() const { return folder.path() / "ledger.db"; }

  using KnobBackends = std::vector<std::unique_ptr<KnobBackend>>;

  std::function<KnobBackends()> other_knobs;  ///< for the engine that starts next
  PluginRegistry plugins = all_plugins();
  TemporaryDirectory folder;
  std::unique_ptr<Engine> engine;
  std::vector<Record> records;
  std::vector<std::string> notices;

 private:
  [[nodiscard]] Topology topology() const { return with_offline(shape, host.offline()); }
  [[nodiscard]] Catalogue classes() const {
    if (!has_own_classes) return shipped_classes(plugins);
    auto load = Catalogue::load({source_folder() / "classes", folder.path() / "classes"}, plugins.specs());
    for (const auto& diagnostic : load.diagnostics) ADD_FAILURE() << diagnostic.to_string();
    return std::move(load.catalogue);
  }

  bool has_own_classes = false;
};

}  // namespace acdr::test
