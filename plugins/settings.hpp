// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/plugin.hpp"

namespace acdr {

/// A wish that a text knob (sysctl, sysfs, a thread's policy) has exactly this value; where this host has no such knob,
/// "<what> is not set" with the reason.
[[nodiscard]] Wish setting(KnobKind kind, const std::string& name, const std::string& value, const PlanRequest& request,
                           const std::string& reason_if_absent, const std::string& remedy_if_absent = {});

/// One line of an allow-list: which settings an admin's class may name, and what they may be.
struct AllowedSetting {
  std::string_view pattern;  ///< '*' stands for any text without a slash
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::string_view words = {};  ///< what it may be instead of a number, with blanks between
};

/// A setting as a class writes it.
struct NamedSetting {
  std::string name;
  std::string value;
};

/// Reads "name=value, name=value" and holds each against the list. Error (usage): no such text, a name that is not on
/// the list or twice there, a value out of its bounds; `conditioning` begins the message.
[[nodiscard]] Result<std::vector<NamedSetting>> parse_settings(std::string_view conditioning, std::string_view text,
                                                               std::span<const AllowedSetting> allowed);

/// A conditioning with the one parameter `settings`, held against an allow-list: sysctl, sysfs.
class ListedSettings final : public Plugin {
 public:
  /// `absent` is the reason given where this host does not have one of them.
  ListedSettings(const ConditioningSpec& description, KnobKind kind, std::span<const AllowedSetting> allowed,
                 std::string absent)
      : description_(description), kind_(kind), allowed_(allowed), absent_(std::move(absent)) {}

  [[nodiscard]] const ConditioningSpec& spec() const override { return description_; }
  [[nodiscard]] Status demand(const ParameterValues& parameters, const DomainDefinition* domain,
                              const HostSnapshot& host, Demand& demand) const override;
  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot& host) const override;

 private:
  [[nodiscard]] Result<std::vector<NamedSetting>> settings_of(const ParameterValues& parameters) const;

  const ConditioningSpec& description_;
  KnobKind kind_;
  std::span<const AllowedSetting> allowed_;
  std::string absent_;
};

}  // namespace acdr
