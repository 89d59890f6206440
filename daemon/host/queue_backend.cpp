// SPDX-License-Identifier: GPL-2.0-or-later
#include <cerrno>

#include "base/printable.hpp"
#include "host/knob_backends.hpp"
#include "host/snapshot.hpp"

namespace acdr {
namespace {

class QueueBackend final : public KnobBackend {
 public:
  explicit QueueBackend(HostAccess& host) : host_(host) {}
  [[nodiscard]] std::vector<KnobKind> kinds() const override {
    return {KnobKind::queue_rps, KnobKind::queue_xps, KnobKind::flow_table, KnobKind::queue_flows};
  }
  [[nodiscard]] Result<KnobValue> read(const KnobId& knob) const override {
    ACDR_TRY(const std::string path, path_of(knob));
    ACDR_TRY(const std::string text, read_mask_or_count(path));
    if (knob.kind == KnobKind::queue_flows || knob.kind == KnobKind::flow_table) {
      const auto flows = parse_unsigned(text);
      if (!flows) return failure(ErrorKind::failed, "/{} holds '{}', not a number", path, printable(text));
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

  [[nodiscard]] std::vector<std::string> files_of(const KnobId& knob) const override {
    const auto path = path_of(knob);
    return path ? std::vector{*path} : std::vector<std::string>();
  }

 private:
  /// The file of a mask is there even where the queue has none: one outside of all traffic classes (EINVAL), or of a
  /// driver that keeps it to itself (EOPNOTSUPP).
  [[nodiscard]] Result<std::string> read_mask_or_count(const std::string& path) const {
    auto text = host_.read(path);
    if (text || (text.error().system_error() != EINVAL && text.error().system_error() != EOPNOTSUPP)) return text;
    return failure(Error(ErrorKind::not_found, text.error().what()).with_errno(text.error().system_error()));
  }
  [[nodiscard]] static Result<std::string> path_of(const KnobId& knob) {
    if (knob.kind == KnobKind::flow_table) return std::string("proc/sys/net/core/rps_sock_flow_entries");
    const auto colon = knob.object.rfind(':');
    if (colon == std::string::npos) return failure(ErrorKind::usage, "{} names no queue", knob.to_string());
    const char* file = knob.kind == KnobKind::queue_rps   ? "rps_cpus"
                       : knob.kind == KnobKind::queue_xps ? "xps_cpus"
                                                          : "rps_flow_cnt";
    return fmt::format("sys/class/net/{}/queues/{}/{}", knob.object.substr(0, colon), knob.object.substr(colon + 1),
                       file);
  }
  HostAccess& host_;
};

}  // namespace

std::unique_ptr<KnobBackend> queue_backend(HostAccess& host) { return std::make_unique<QueueBackend>(host); }

}  // namespace acdr
