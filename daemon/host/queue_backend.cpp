// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/knob_backends.hpp"
#include "host/snapshot.hpp"

namespace acdr {
namespace {

class QueueBackend final : public KnobBackend {
 public:
  explicit QueueBackend(HostAccess& host) : host_(host) {}
  [[nodiscard]] std::vector<KnobKind> kinds() const override {
    return {KnobKind::queue_rps, KnobKind::queue_xps, KnobKind::queue_flows};
  }
  [[nodiscard]] Result<KnobValue> read(const KnobId& knob) const override {
    ACDR_TRY(const std::string path, path_of(knob));
    ACDR_TRY(const std::string text, host_.read(path));
    if (knob.kind == KnobKind::queue_flows) {
      const auto flows = parse_unsigned(text);
      if (!flows) return failure(ErrorKind::failed, "/{} holds '{}', not a number", path, text);
      return KnobValue(Count{*flows});
    }
    ACDR_TRY(CpuSet cpus, CpuSet::parse_mask(text));
    return KnobValue(std::move(cpus));
  }
  [[nodiscard]] Status write(const KnobId& knob, const KnobValue& value) override {
    ACDR_TRY(const std::string path, path_of(knob));
    if (const auto* flows = std::get_if<Count>(&value)) return host_.write(path, fmt::format("{}\n", flows->value));
    return host_.write(path, std::get<CpuSet>(value).to_mask() + "\n");
  }

 private:
  [[nodiscard]] static Result<std::string> path_of(const KnobId& knob) {
    const auto slash = knob.object.find('/');
    if (slash == std::string::npos) return failure(ErrorKind::usage, "{} names no queue", knob.to_string());
    const char* file = knob.kind == KnobKind::queue_rps   ? "rps_cpus"
                       : knob.kind == KnobKind::queue_xps ? "xps_cpus"
                                                          : "rps_flow_cnt";
    return fmt::format("sys/class/net/{}/queues/{}/{}", knob.object.substr(0, slash), knob.object.substr(slash + 1),
                       file);
  }
  HostAccess& host_;
};

}  // namespace

std::unique_ptr<KnobBackend> queue_backend(HostAccess& host) { return std::make_unique<QueueBackend>(host); }

}  // namespace acdr
