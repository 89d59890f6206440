// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/knob_backends.hpp"

namespace acdr {
namespace {

class IrqbalanceBackend final : public KnobBackend {
 public:
  explicit IrqbalanceBackend(HostAccess& host) : host_(host) {}
  [[nodiscard]] std::vector<KnobKind> kinds() const override { return {KnobKind::irqbalance_banned}; }
  [[nodiscard]] Result<KnobValue> read(const KnobId& knob) const override {
    ACDR_TRY(const std::string answer, host_.ask_irqbalance(socket_of(knob), "setup"));
    constexpr std::string_view key = "BANNED ";
    const auto at = answer.rfind(key);
    if (at == std::string::npos)
      return failure(ErrorKind::failed, "irqbalance {} does not say which CPUs it bans", knob.object);
    ACDR_TRY(CpuSet cpus, CpuSet::parse_mask(answer.substr(at + key.size())));
    return KnobValue(std::move(cpus));
  }
  [[nodiscard]] Status write(const KnobId& knob, const KnobValue& value) override {
    const auto& cpus = std::get<CpuSet>(value);
    const std::string list = cpus.empty() ? std::string("NULL") : cpus.to_list();
    auto answer = host_.ask_irqbalance(socket_of(knob), "settings cpus " + list);
    if (!answer) return failure(std::move(answer).error());
    return {};
  }

 private:
  static std::string socket_of(const KnobId& knob) {
    return fmt::format("run/irqbalance/irqbalance{}.sock", knob.object);
  }
  HostAccess& host_;
};

}  // namespace

std::unique_ptr<KnobBackend> irqbalance_backend(HostAccess& host) { return std::make_unique<IrqbalanceBackend>(host); }

}  // namespace acdr
