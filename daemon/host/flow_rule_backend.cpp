// SPDX-License-Identifier: GPL-2.0-or-later
#include <cerrno>

#include "host/knob_backends.hpp"
#include "host/snapshot.hpp"

namespace acdr {
namespace {

constexpr std::string_view to_queue = "queue ";
constexpr std::string_view none = "none";

/// What a NIC cannot do is no knob of this host.
Error as_absent(const Error& error) {
  if (error.system_error() != EOPNOTSUPP) return error;
  return Error(ErrorKind::not_found, error.what()).with_errno(EOPNOTSUPP);
}

class FlowRuleBackend final : public KnobBackend {
 public:
  explicit FlowRuleBackend(HostAccess& host) : host_(host) {}
  [[nodiscard]] std::vector<KnobKind> kinds() const override { return {KnobKind::flow_steering, KnobKind::flow_rule}; }

  [[nodiscard]] Result<KnobValue> read(const KnobId& knob) const override {
    if (knob.kind == KnobKind::flow_steering) {
      const auto on = host_.flow_steering(knob.object);
      if (!on) return failure(as_absent(on.error()));
      return KnobValue(std::string(*on ? "on" : "off"));
    }
    ACDR_TRY(const Target target, target_of(knob));
    const auto rules = rules_for(target);
    if (!rules) return failure(as_absent(rules.error()));
    return KnobValue(rules->empty() ? std::string(none) : fmt::format("{}{}", to_queue, rules->front().queue));
  }

  [[nodiscard]] Status write(const KnobId& knob, const KnobValue& value) override {
    const auto& text = std::get<std::string>(value);
    if (knob.kind == KnobKind::flow_steering) return host_.set_flow_steering(knob.object, text == "on");
    ACDR_TRY(const Target target, target_of(knob));
    ACDR_TRY(const auto queue, queue_of(text));
    ACDR_TRY(const auto rules, rules_for(target));
    for (const auto& rule : rules) ACDR_CHECK(host_.remove_flow_rule(target.interface, rule.location));
    if (!queue) return {};
    return host_.add_flow_rule(target.interface, {0, target.address, *queue});
  }

 private:
  struct Target {
    std::string interface;
    std::string address;
  };
  /// No interface has a colon in its name.
  [[nodiscard]] static Result<Target> target_of(const KnobId& knob) {
    const auto colon = knob.object.find(':');
    if (colon == std::string::npos) return failure(ErrorKind::usage, "{} names no address", knob.to_string());
    return Target{knob.object.substr(0, colon), knob.object.substr(colon + 1)};
  }
  [[nodiscard]] static Result<std::optional<unsigned>> queue_of(std::string_view text) {
    if (text == none) return std::nullopt;
    const auto queue = text.starts_with(to_queue) ? parse_unsigned(text.substr(to_queue.size())) : std::nullopt;
    if (!queue) return failure(ErrorKind::usage, "'{}' is neither a queue nor none", text);
    return queue;
  }
  [[nodiscard]] Result<std::vector<FlowRule>> rules_for(const Target& target) const {
    ACDR_TRY(auto rules, host_.flow_rules(target.interface));
    std::erase_if(rules, [&](const FlowRule& rule) { return rule.address != target.address; });
    return rules;
  }
  HostAccess& host_;
};

}  // namespace

std::unique_ptr<KnobBackend> flow_rule_backend(HostAccess& host) { return std::make_unique<FlowRuleBackend>(host); }

}  // namespace acdr
