// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "ctl/text/printable.hpp"
#include "ctl/text/table.hpp"
#include "ctl/text/views.hpp"
#include "ctl/text/words.hpp"

namespace acdr::ctl {
namespace {

using nlohmann::json;

std::vector<Cell> summary(const json& claim) {
  const auto state = claim.at("state").get<std::string>();
  const json& allocation = claim.at("allocation");
  return {{claim.at("name").get<std::string>()},
          {claim.at("class").get<std::string>()},
          {state + (claim.at("permanent").get<bool>() ? ", permanent" : ""), tone_of_state(state)},
          {or_dash(allocation.at("cores"))},
          {or_dash(allocation.at("node"))},
          {or_dash(allocation.at("helpers"))},
          {vcpu_words(allocation.at("vcpus"))}};
}

/// What is missing of a claim; nothing for one that is met.
std::string shortcomings(const json& claim, Style style) {
  const json& problems = claim.at("problems");
  const json& residuals = claim.at("residuals");
  if (problems.empty() && residuals.empty()) return {};
  std::string text = fmt::format("\n{}, {}:\n", printable(claim.at("name").get<std::string>()),
                                 printable(claim.at("class").get<std::string>()));
  for (const auto& problem : problems)
    text += "  " + style.paint(Tone::bad, printable(problem.get<std::string>())) + '\n';
  return text + residual_lines(residuals, "  ", style);
}

std::string claims_text(const std::vector<json>& claims, Style style) {
  Table table(style);
  table.heading({"SUBJECT", "CLASS", "STATE", "CORES", "NODE", "HELPERS", "VCPUS"});
  for (const auto& claim : claims) table.row(summary(claim));
  std::string text = table.to_string();
  for (const auto& claim : claims) text += shortcomings(claim, style);
  return text;
}

}  // namespace

std::string view_status(const json& status, Style style) {
  const json& claims = status.at("claims");
  if (claims.empty()) return "Nothing is conditioned.\n";
  return claims_text({claims.begin(), claims.end()}, style);
}

std::string view_claim(const json& claim, Style style) { return claims_text({claim}, style); }

}  // namespace acdr::ctl
