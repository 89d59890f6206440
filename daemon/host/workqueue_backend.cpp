// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/knob_backends.hpp"
#include "host/snapshot.hpp"

namespace acdr {
namespace {

/// What was asked for: since Linux 6.7 the mask itself shows it without the CPUs of isolated partitions.
std::string requested_file(const HostAccess& host, const std::string& name) {
  const std::string requested = workqueue_mask_file(name) + "_requested";
  return host.exists(requested) ? requested : workqueue_mask_file(name);
}

class WorkqueueBackend final : public KnobBackend {
 public:
  explicit WorkqueueBackend(HostAccess& host) : host_(host) {}
  [[nodiscard]] std::vector<KnobKind> kinds() const override { return {KnobKind::workqueue_mask}; }
  [[nodiscard]] Result<KnobValue> read(const KnobId& knob) const override {
    ACDR_TRY(const std::string text, host_.read(requested_file(host_, knob.object)));
    ACDR_TRY(CpuSet cpus, CpuSet::parse_mask(text));
    return KnobValue(std::move(cpus));
  }
  [[nodiscard]] Status write(const KnobId& knob, const KnobValue& value) override {
    return host_.write(workqueue_mask_file(knob.object), std::get<CpuSet>(value).to_mask());
  }
  [[nodiscard]] std::vector<std::string> files_of(const KnobId& knob) const override {
    return {workqueue_mask_file(knob.object)};
  }

 private:
  HostAccess& host_;
};

}  // namespace

std::string workqueue_mask_file(std::string_view name) {
  const std::string folder = "sys/devices/virtual/workqueue/";
  return name == unbound_workqueues ? folder + "cpumask" : fmt::format("{}{}/cpumask", folder, name);
}

std::unique_ptr<KnobBackend> workqueue_backend(HostAccess& host) { return std::make_unique<WorkqueueBackend>(host); }

}  // namespace acdr
