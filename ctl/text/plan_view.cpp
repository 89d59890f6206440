// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "base/units.hpp"
#include "ctl/text/printable.hpp"
#include "ctl/text/table.hpp"
#include "ctl/text/views.hpp"
#include "ctl/text/words.hpp"

namespace acdr::ctl {
namespace {

using nlohmann::json;

std::string node_words(const json& allocation) {
  return allocation.at("node").is_null() ? "" : fmt::format(" on node {}", allocation.at("node").get<unsigned>());
}

/// "32 of 2MiB on node 1, 22 of them added"; "-" for none, and from a daemon that does not know of them.
std::string page_words(const json& allocation) {
  const json pages = allocation.value("pages", json());
  if (pages.is_null()) return "-";
  return fmt::format("{} of {} on node {}, {} of them added", pages.at("count").get<std::uint64_t>(),
                     Bytes{pages.at("size").get<std::uint64_t>()}.to_string(), pages.at("node").get<unsigned>(),
                     pages.at("added").get<std::uint64_t>());
}

std::string memory_words(const json& allocation) {
  const json node = allocation.value("memory_node", json());
  return node.is_null() ? "-" : fmt::format("on node {}", node.get<unsigned>());
}

std::string allocation_lines(const json& allocation, Style style) {
  Table table(style, "  ");
  const auto row = [&](const char* label, const std::string& value) {
    if (value != "-") table.row({{label, Tone::faint}, {value}});
  };
  const std::string cores = or_dash(allocation.at("cores"));
  row("cores", cores == "-" ? cores : cores + node_words(allocation));
  row("vCPUs", vcpu_words(allocation.at("vcpus")));
  row("helpers", or_dash(allocation.at("helpers")));
  row("memory", memory_words(allocation));
  row("huge pages", page_words(allocation));
  const char* label = "because";
  for (const auto& reason : allocation.at("reasons")) row(std::exchange(label, ""), reason.get<std::string>());
  return table.to_string();
}

std::string why_words(const json& change) {
  std::string words;
  for (const auto& why : change.at("why")) words += (words.empty() ? "" : ", ") + why.get<std::string>();
  const auto note = change.at("note").get<std::string>();
  return note.empty() ? words : fmt::format("{} ({})", words, note);
}

std::string change_lines(const json& changes, Style style) {
  Table table(style, "  ");
  for (const auto& change : changes)
    table.row({{change.at("knob").get<std::string>()},
               {change.at("from").get<std::string>(), Tone::faint},
               {"->", Tone::faint},
               {change.at("to").get<std::string>(), Tone::good},
               {why_words(change)}});
  return table.to_string();
}

}  // namespace

std::string view_plan(const json& plan, Style style) {
  const auto title = fmt::format("{} for {}", plan.at("class").get<std::string>(), plan.at("name").get<std::string>());
  std::string text = style.paint(Tone::heading, printable(title)) + '\n';
  text += allocation_lines(plan.at("allocation"), style);
  const json& changes = plan.at("changes");
  text += changes.empty() ? "\nNothing has to be changed.\n"
                          : fmt::format("\n{}, in this order:\n{}", count_words(changes.size(), "change", "changes"),
                                        change_lines(changes, style));
  if (const json& residuals = plan.at("residuals"); !residuals.empty())
    text += fmt::format("\n{} that cannot be changed on this host:\n{}",
                        count_words(residuals.size(), "thing", "things"), residual_lines(residuals, "  ", style));
  return text;
}

}  // namespace acdr::ctl
