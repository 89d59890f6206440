// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/irq-pinning/irq_pinning.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "plugins/domain_cgroups.hpp"
#include "plugins/nic_queues.hpp"

namespace acdr {
namespace {

const ConditioningSpec description{
    "irq-pinning",
    "Named interrupts onto given cores",
    {{"irqs",
      ParameterType::string,
      {},
      {},
      {},
      {},
      "Which, with blanks between: IRQ numbers, names of interfaces or devices, patterns such as uplink0-TxRx-*"},
     cores_parameter("Which cores: allocated or helper for the claim's own, housekeeping for those no claim holds, or "
                     "a CPU list")}};

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_number(const std::string& word) { return std::ranges::all_of(word, is_digit); }
bool is_pattern(const std::string& word) { return word.find_first_of("*?[") != std::string::npos; }

/// Whether a handler's name is a device's, or goes on after it: "virtio0-req.0" and "nvme1q3" are of virtio0 and nvme1,
/// "virtio10-config" and "ttyS0" are not of virtio1 and tty.
bool is_of_device(const std::string& handler, const std::string& device) {
  if (!handler.starts_with(device)) return false;
  if (handler.size() == device.size()) return true;
  const char next = handler[device.size()];
  return is_digit(device.back()) ? !is_digit(next) : std::isalnum(static_cast<unsigned char>(next)) == 0;
}

bool any_handler(const IrqState& irq, const std::string& word) {
  return std::ranges::any_of(irq.actions, [&](const std::string& handler) {
    return is_pattern(word) ? ::fnmatch(word.c_str(), handler.c_str(), 0) == 0 : is_of_device(handler, word);
  });
}

/// The IRQ numbers that a word stands for, in use or not.
std::set<unsigned> matches(const std::string& word, const HostSnapshot& host) {
  std::set<unsigned> numbers;
  for (const auto& irq : host.irqs)
    if (is_number(word) ? parse_unsigned(word) == irq.number : any_handler(irq, word)) numbers.insert(irq.number);
  if (const auto nic = std::ranges::find(host.nics, word, &NicState::name); nic != host.nics.end())
    numbers.insert(nic->irqs.begin(), nic->irqs.end());
  return numbers;
}

std::vector<std::string> named(const ParameterValues& parameters) {
  const auto* irqs = parameter<std::string>(parameters, "irqs");
  return words_of(irqs == nullptr ? "" : *irqs);
}

class IrqPinning final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }

  [[nodiscard]] Status demand(const ParameterValues& parameters, const DomainDefinition*, const HostSnapshot& host,
                              Demand& demand) const override {
    const auto words = named(parameters);
    if (words.empty())
      return failure(Error(ErrorKind::usage, "irq-pinning: no interrupt is named",
                           "give irqs, such as irqs=\"45 uplink0 virtio0-*\"; /proc/interrupts lists them"));
    for (const auto& word : words)
      if (!is_pattern(word) && matches(word, host).empty())
        return failure(
            Error(ErrorKind::usage,
                  fmt::format("irq-pinning: '{}' is no interrupt, and no device with one, of this host", word),
                  "see /proc/interrupts, or give a pattern if it is yet to come"));
    return demand_cores("irq-pinning", parameters, host, demand);
  }

  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot& host) const override {
    Plan plan;
    const CpuSet cores = wanted_cores(request, "the named interrupts are not pinned", plan);
    if (cores.empty()) return plan;
    std::set<unsigned> numbers;
    for (const auto& word : named(request.parameters)) {
      const auto found = in_use(word, host);
      if (found.empty())
        plan.residuals.push_back({fmt::format("'{}' pins no interrupt", word), "none in use is called so now",
                                  "see /proc/interrupts; those of an interface are there while it is up"});
      numbers.insert(found.begin(), found.end());
    }
    for (const unsigned number : numbers) pin_irq(request, *host.irq(number), cores, plan);
    mention_irqbalance(host, plan);
    return plan;
  }

 private:
  static std::set<unsigned> in_use(const std::string& word, const HostSnapshot& host) {
    std::set<unsigned> numbers = matches(word, host);
    std::erase_if(numbers, [&](const unsigned number) {
      const IrqState* irq = host.irq(number);
      return irq == nullptr || irq->actions.empty();
    });
    return numbers;
  }
};

}  // namespace

std::unique_ptr<Plugin> irq_pinning() { return std::make_unique<IrqPinning>(); }

}  // namespace acdr
