// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>

#include "ctl/text/table.hpp"
#include "ctl/text/views.hpp"
#include "ctl/text/words.hpp"

namespace acdr::ctl {
namespace {

using nlohmann::json;

Tone tone_of_grade(const std::string& grade) {
  if (grade == "ok") return Tone::good;
  return grade == "fix" ? Tone::bad : Tone::warning;
}

std::string finding_lines(const std::vector<json>& findings, Style style) {
  Table table(style);
  for (const auto& finding : findings) {
    const auto grade = finding.at("grade").get<std::string>();
    table.row({{grade, tone_of_grade(grade)},
               {finding.at("topic").get<std::string>()},
               {finding.at("text").get<std::string>()}});
    if (const auto command = finding.at("command").get<std::string>(); !command.empty())
      table.row({{""}, {""}, {"  " + command, Tone::faint}});
  }
  return table.to_string();
}

std::vector<json> to_be_fixed(const json& report) {
  std::vector<json> findings;
  for (const auto& finding : report.at("findings"))
    if (finding.at("grade") == "fix") findings.push_back(finding);
  return findings;
}

}  // namespace

std::string view_doctor(const json& report, Style style) {
  const json& findings = report.at("findings");
  const std::size_t faults = to_be_fixed(report).size();
  const auto verdict =
      faults == 0 ? "Nothing stands in acdr's way." : count_words(faults, "thing is", "things are") + " to be fixed.";
  return finding_lines({findings.begin(), findings.end()}, style) +
         style.paint(faults == 0 ? Tone::good : Tone::bad, verdict) + '\n';
}

std::string view_doctor_fixes(const json& report, Style style) { return finding_lines(to_be_fixed(report), style); }

}  // namespace acdr::ctl
