// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "host/knob_backends.hpp"
#include "host/snapshot.hpp"

namespace acdr {
namespace {

constexpr const char* default_file = "proc/irq/default_smp_affinity";

class IrqBackend final : public KnobBackend {
 public:
  IrqBackend(HostAccess& host, const Topology& topology) : host_(host), topology_(topology) {}

  [[nodiscard]] std::vector<KnobKind> kinds() const override {
    return {KnobKind::irq_affinity, KnobKind::irq_default_affinity};
  }

  [[nodiscard]] Result<KnobValue> read(const KnobId& knob) const override {
    if (knob.kind == KnobKind::irq_default_affinity) return read_default();
    ACDR_TRY(const std::string text, host_.read(path_of(knob)));
    ACDR_TRY(CpuSet cpus, CpuSet::parse_list(text));
    return KnobValue(std::move(cpus));
  }

  [[nodiscard]] Status write(const KnobId& knob, const KnobValue& value) override {
    const auto& cpus = std::get<CpuSet>(value);
    if (knob.kind == KnobKind::irq_default_affinity) return host_.write(default_file, cpus.to_mask());
    return host_.write(path_of(knob), cpus.to_list());
  }

  /// request_irq() gives an interrupt the default mask: link up, driver reload, a changed number of queues. With the
  /// last CPU of its mask offline it gets all that are online (kernel/irq/cpuhotplug.c).
  [[nodiscard]] std::vector<KnobValue> kernel_values(const KnobId& knob) const override {
    if (knob.kind == KnobKind::irq_default_affinity) return {};
    std::vector<KnobValue> values;
    if (auto mask = read_default()) {
      values.push_back(given_by_default(knob, *mask));
      values.push_back(std::move(*mask));
    }
    values.emplace_back(topology_.online);
    return values;
  }

  [[nodiscard]] std::optional<KnobId> default_of(const KnobId& knob) const override {
    if (knob.kind == KnobKind::irq_default_affinity) return std::nullopt;
    return KnobId{KnobKind::irq_default_affinity, ""};
  }

  /// irq_setup_affinity (kernel/irq/manage.c): what is online of the default, and of that what is on its device's node.
  [[nodiscard]] KnobValue given_by_default(const KnobId& knob, const KnobValue& by_default) const override {
    CpuSet cpus = std::get<CpuSet>(by_default) & topology_.online;
    if (cpus.empty()) cpus = topology_.online;
    if (const CpuSet local = cpus & cpus_near(knob); !local.empty()) cpus = local;
    return cpus;
  }

  [[nodiscard]] std::vector<std::string> files_of(const KnobId& knob) const override {
    if (knob.kind == KnobKind::irq_default_affinity) return {default_file};
    return {path_of(knob), fmt::format("proc/irq/{}/smp_affinity", knob.object)};
  }

 private:
  /// None where no node is nearer: the file holds -1.
  [[nodiscard]] CpuSet cpus_near(const KnobId& knob) const {
    const auto text = host_.read(fmt::format("proc/irq/{}/node", knob.object));
    const auto number = text ? parse_unsigned(*text) : std::nullopt;
    const auto node = number ? std::ranges::find(topology_.nodes, *number, &NumaNode::id) : topology_.nodes.end();
    return node == topology_.nodes.end() ? CpuSet() : node->cpus;
  }
  static std::string path_of(const KnobId& knob) { return fmt::format("proc/irq/{}/smp_affinity_list", knob.object); }
  [[nodiscard]] Result<KnobValue> read_default() const {
    ACDR_TRY(const std::string text, host_.read(default_file));
    ACDR_TRY(CpuSet cpus, CpuSet::parse_mask(text));
    return KnobValue(std::move(cpus));
  }
  HostAccess& host_;
  const Topology& topology_;
};

}  // namespace

std::unique_ptr<KnobBackend> irq_backend(HostAccess& host, const Topology& topology) {
  return std::make_unique<IrqBackend>(host, topology);
}

}  // namespace acdr
