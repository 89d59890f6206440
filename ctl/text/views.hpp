// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "ctl/text/style.hpp"

/// What a person reads of the reports of engine/report.hpp. All of them throw nlohmann::json::exception for another
/// shape.
namespace acdr::ctl {

[[nodiscard]] std::string view_plan(const nlohmann::json& plan, Style style);
[[nodiscard]] std::string view_status(const nlohmann::json& status, Style style);
/// Of one claim, as Apply answers it.
[[nodiscard]] std::string view_claim(const nlohmann::json& claim, Style style);
[[nodiscard]] std::string view_verify(const nlohmann::json& report, Style style);
[[nodiscard]] std::string view_topology(const nlohmann::json& topology, Style style);
/// What was added to a domain's definition, one line each.
[[nodiscard]] std::string view_adaptation(const nlohmann::json& report, Style style);
[[nodiscard]] std::string view_log(const nlohmann::json& log, Style style);
[[nodiscard]] std::string view_classes(const nlohmann::json& classes, Style style);
/// What `acdrctl doctor` found; of the second only what is to be fixed.
[[nodiscard]] std::string view_doctor(const nlohmann::json& report, Style style);
[[nodiscard]] std::string view_doctor_fixes(const nlohmann::json& report, Style style);
/// Names only, one a line, for shells.
[[nodiscard]] std::string view_class_names(const nlohmann::json& classes, Style style);
[[nodiscard]] std::string view_class(const nlohmann::json& resolved, Style style);

}  // namespace acdr::ctl
