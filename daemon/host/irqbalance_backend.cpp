// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>

#include "host/knob_backends.hpp"

namespace acdr {
namespace {

/// What irqbalance answers to "setup": "SLEEP 10 IRQ ... BANNED 00000030".
struct Setup {
  std::chrono::seconds interval{10};
  CpuSet banned;
};

Result<Setup> parse_setup(const std::string& answer) {
  constexpr std::string_view sleep = "SLEEP ";
  constexpr std::string_view banned = "BANNED ";
  constexpr long longest_sleep = 3600;  // seconds; far above any that is set
  Setup setup;
  if (const auto at = answer.find(sleep); at != std::string::npos)
    setup.interval = std::chrono::seconds(
        std::clamp(std::strtol(answer.c_str() + at + sleep.size(), nullptr, 10), 1L, longest_sleep));
  const auto at = answer.rfind(banned);
  if (at == std::string::npos) return failure(ErrorKind::failed, "irqbalance does not say which CPUs it bans");
  ACDR_TRY(setup.banned, CpuSet::parse_mask(answer.substr(at + banned.size())));
  return setup;
}

/// irqbalance takes new bans at once, but acts on them and shows them only from its next round on (SLEEP seconds).
/// Until then what it was told counts as its value, and what it was told earlier is never taken for somebody else's
/// doing.
class IrqbalanceBackend final : public KnobBackend {
 public:
  explicit IrqbalanceBackend(HostAccess& host) : host_(host) {}
  [[nodiscard]] std::vector<KnobKind> kinds() const override { return {KnobKind::irqbalance_banned}; }

  [[nodiscard]] Result<KnobValue> read(const KnobId& knob) const override {
    ACDR_TRY(const Setup setup, ask(knob));
    const auto told = told_.find(knob.object);
    if (told == told_.end() || told->second.back().before != setup.banned) return KnobValue(setup.banned);
    const bool waiting = Clock::now() - told->second.back().time < 2 * setup.interval;
    return KnobValue(waiting ? told->second.back().banned : setup.banned);
  }

  [[nodiscard]] Status write(const KnobId& knob, const KnobValue& value) override {
    const auto& cpus = std::get<CpuSet>(value);
    ACDR_TRY(const Setup setup, ask(knob));
    const std::string list = cpus.empty() ? std::string("NULL") : cpus.to_list();
    auto answer = host_.ask_irqbalance(socket_of(knob), "settings cpus " + list);
    if (!answer) return failure(std::move(answer).error());
    auto& told = told_[knob.object];
    constexpr std::size_t remembered = 16;
    if (told.size() == remembered) told.erase(told.begin());
    told.push_back({setup.banned, cpus, Clock::now()});
    return {};
  }

  [[nodiscard]] std::vector<KnobValue> kernel_values(const KnobId& knob) const override {
    const auto setup = ask(knob);
    if (const auto told = told_.find(knob.object); setup && told != told_.end())
      for (const auto& earlier : told->second)
        if (earlier.banned == setup->banned) return {KnobValue(setup->banned)};
    return {};
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Told {
    CpuSet before;
    CpuSet banned;
    Clock::time_point time;
  };

  [[nodiscard]] Result<Setup> ask(const KnobId& knob) const {
    ACDR_TRY(const std::string answer, host_.ask_irqbalance(socket_of(knob), "setup"));
    return parse_setup(answer);
  }
  [[nodiscard]] static std::string socket_of(const KnobId& knob) {
    return fmt::format("run/irqbalance/irqbalance{}.sock", knob.object);
  }

  HostAccess& host_;
  std::map<std::string, std::vector<Told>> told_;  ///< by irqbalance's pid, oldest first
};

}  // namespace

std::unique_ptr<KnobBackend> irqbalance_backend(HostAccess& host) { return std::make_unique<IrqbalanceBackend>(host); }

}  // namespace acdr
