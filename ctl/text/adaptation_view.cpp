// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "ctl/text/printable.hpp"
#include "ctl/text/views.hpp"

namespace acdr::ctl {

std::string view_adaptation(const nlohmann::json& report, Style style) {
  const auto& added = report.at("added");
  if (added.empty()) return "nothing to adapt\n";
  std::string text;
  for (const auto& item : added)
    text += fmt::format("{} {} ({})\n", style.paint(Tone::good, "added"),
                        printable(item.at("element").get<std::string>()), printable(item.at("why").get<std::string>()));
  if (report.at("running").get<bool>())
    text += fmt::format("domain {} runs, and has it from its next start on\n",
                        printable(report.at("domain").get<std::string>()));
  return text;
}

}  // namespace acdr::ctl
