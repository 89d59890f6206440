// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "ctl/text/printable.hpp"
#include "ctl/text/table.hpp"
#include "ctl/text/views.hpp"
#include "ctl/text/words.hpp"

namespace acdr::ctl {
namespace {

using nlohmann::json;

/// "1..64", "yes|no", "" where anything of the type will do.
std::string limits(const json& parameter) {
  std::string words;
  for (const auto& choice : parameter.at("choices")) words += (words.empty() ? "" : "|") + choice.get<std::string>();
  const json& min = parameter.at("min");
  const json& max = parameter.at("max");
  if (min.is_null() && max.is_null()) return words;
  return fmt::format("{}..{}", min.is_null() ? "" : min.dump(), max.is_null() ? "" : max.dump());
}

std::string parameter_lines(const json& parameters, Style style) {
  Table table(style, "  ");
  for (const auto& parameter : parameters)
    table.row({{parameter.at("name").get<std::string>()},
               {or_dash(parameter.at("value"))},
               {parameter.at("type").get<std::string>() + " " + limits(parameter), Tone::faint},
               {parameter.at("help").get<std::string>()}});
  return table.to_string();
}

std::string setting_words(const json& settings) {
  std::string words;
  for (const auto& [name, value] : settings.items())
    words += fmt::format("{}{}: {}", words.empty() ? "" : ", ", name, value.get<std::string>());
  return words;
}

std::string conditioning_lines(const json& conditionings, Style style) {
  Table table(style, "  ");
  for (const auto& item : conditionings) {
    const json& origin = item.at("origin");
    table.row(
        {{item.at("name").get<std::string>()},
         {setting_words(item.at("parameters"))},
         {fmt::format("{}, {}:{}:{}", item.at("from_class").get<std::string>(), origin.at("file").get<std::string>(),
                      origin.at("line").get<int>(), origin.at("column").get<int>()),
          Tone::faint}});
  }
  return table.to_string();
}

}  // namespace

std::string view_classes(const json& classes, Style style) {
  if (classes.at("classes").empty()) return "There are no classes.\n";
  Table table(style);
  table.heading({"CLASS", "SUMMARY", "FILE"});
  for (const auto& item : classes.at("classes"))
    table.row({{item.at("name").get<std::string>()},
               {item.at("summary").get<std::string>()},
               {item.at("file").get<std::string>() +
                    (item.at("overrides_shipped").get<bool>() ? " (instead of the shipped one)" : ""),
                Tone::faint}});
  return table.to_string();
}

std::string view_class_names(const json& classes, Style) {
  std::string text;
  for (const auto& item : classes.at("classes")) text += item.at("name").get<std::string>() + '\n';
  return text;
}

std::string view_class(const json& resolved, Style style) {
  std::string text = style.paint(Tone::heading, printable(resolved.at("name").get<std::string>())) + ": " +
                     printable(resolved.at("summary").get<std::string>()) + '\n';
  if (resolved.at("required").get<bool>()) text += "A domain that cannot have all of it does not start.\n";
  if (const json& parameters = resolved.at("parameters"); !parameters.empty())
    text += "\nParameters:\n" + parameter_lines(parameters, style);
  return text + "\nConditionings:\n" + conditioning_lines(resolved.at("conditionings"), style);
}

}  // namespace acdr::ctl
