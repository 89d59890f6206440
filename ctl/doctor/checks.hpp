// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/doctor/facts.hpp"

namespace acdr::ctl {

enum class Grade {
  ok,
  note,  ///< acdr works; worth knowing
  fix,   ///< acdr does not work, or something takes back what it does
};
[[nodiscard]] std::string_view to_string(Grade grade);

struct Finding {
  Grade grade = Grade::ok;
  std::string topic;    ///< "irqbalance"
  std::string text;     ///< one sentence
  std::string command;  ///< what an admin can do about it; "" for nothing
  friend bool operator==(const Finding&, const Finding&) = default;
};

/// What the facts come to, in a fixed order. Pure.
[[nodiscard]] std::vector<Finding> examine(const HostFacts& facts);

/// {works, findings: [{grade, topic, text, command}]}; works is false if something is to be fixed.
[[nodiscard]] nlohmann::json doctor_report(const std::vector<Finding>& findings);

}  // namespace acdr::ctl
