// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "engine/engine.hpp"

/// What the daemon and acdrctl answer, as JSON. The shapes are a contract (docs/dbus.md): members are added, never
/// renamed or removed. CPU and node sets are strings in the kernel's list form ("2-3,8", "" when empty), times ISO 8601
/// in UTC, sizes bytes; a member that has no value is null.
namespace acdr {

/// {cores, vcpus: [cpu of vCPU 0, ...], helpers, node: number|null, memory_node: number|null,
///  pages: {node, size, count, added}|null, cache: {ways: "0=ff0", exclusive}|null, reasons: [text]}
[[nodiscard]] nlohmann::json to_json(const Allocation& allocation);
/// {what, reason, remedy}
[[nodiscard]] nlohmann::json to_json(const Residual& residual);
/// {subject, name, class, state, permanent, allocation, problems: [text], residuals: [residual]}
[[nodiscard]] nlohmann::json to_json(const ClaimStatus& status);
/// {knob, from, to, why: [text], note}
[[nodiscard]] nlohmann::json to_json(const Decision& decision);
/// {subject, name, class, allocation, changes: [decision, in order], residuals: [residual]}
[[nodiscard]] nlohmann::json to_json(const PlanView& plan);
/// {holds, items: [{subject, what, holds, detail}]}
[[nodiscard]] nlohmann::json to_json(const VerifyReport& report);
/// {possible, online, isolated, nohz_full, cores: [{cpus, package, node, last_level_cache, efficiency}],
///  nodes: [{id, cpus, memory}], last_level_caches: [cpus]}
[[nodiscard]] nlohmann::json to_json(const Topology& topology);
/// {time, knob, from, to, result, why, error}
[[nodiscard]] nlohmann::json to_json(const Record& record);

/// {claims: [status]}
[[nodiscard]] nlohmann::json status_report(std::span<const ClaimStatus> claims);
/// {domain, running, added: [{element, why}]}
[[nodiscard]] nlohmann::json adaptation_report(const std::string& domain, bool running,
                                               std::span<const Adaptation> added);
/// {records: [record, oldest first]}
[[nodiscard]] nlohmann::json log_report(std::span<const Record> records);
/// {classes: [{name, summary, file, overrides_shipped}]}
[[nodiscard]] nlohmann::json class_list_report(std::span<const ClassSummary> classes);
/// {name, summary, required,
///  parameters: [{name, type, value, default, min, max, choices: [text], help}],
///  conditionings: [{name, parameters: {name: value}, from_class, origin: {file, line, column}}]}
/// Values are text, as they are written on the command line; `declared` are the class's own parameters.
[[nodiscard]] nlohmann::json class_report(const ResolvedClass& resolved, std::span<const ParameterSpec> declared);

/// The JSON on one line. Bytes that are no UTF-8 (a thread may be called anything) become U+FFFD.
[[nodiscard]] std::string json_text(const nlohmann::json& json);

}  // namespace acdr
