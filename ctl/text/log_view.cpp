// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "ctl/text/table.hpp"
#include "ctl/text/views.hpp"
#include "ctl/text/words.hpp"

namespace acdr::ctl {
namespace {

using nlohmann::json;

/// How it ended, where that is not simply what was wanted.
Cell outcome(const json& record) {
  if (const auto error = record.at("error").get<std::string>(); !error.empty()) return {error, Tone::bad};
  const auto result = record.at("result").get<std::string>();
  if (result.empty() || result == record.at("to").get<std::string>()) return {};
  return {"the kernel made it " + result, Tone::warning};
}

}  // namespace

std::string view_log(const json& log, Style style) {
  const json& records = log.at("records");
  if (records.empty()) return "Nothing has been changed since acdrd was started.\n";
  Table table(style);
  for (const auto& record : records)
    table.row({{record.at("time").get<std::string>(), Tone::faint},
               {record.at("knob").get<std::string>()},
               {record.at("from").get<std::string>(), Tone::faint},
               {"->", Tone::faint},
               {record.at("to").get<std::string>()},
               {record.at("why").get<std::string>()},
               outcome(record)});
  return table.to_string();
}

}  // namespace acdr::ctl
