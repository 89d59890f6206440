// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "ctl/text/table.hpp"
#include "ctl/text/views.hpp"
#include "ctl/text/words.hpp"

namespace acdr::ctl {

std::string view_verify(const nlohmann::json& report, Style style) {
  const auto& items = report.at("items");
  if (items.empty()) return "Nothing is promised, so there is nothing to verify.\n";
  Table table(style);
  std::size_t broken = 0;
  for (const auto& item : items) {
    const bool holds = item.at("holds").get<bool>();
    broken += holds ? 0 : 1;
    table.row({holds ? Cell{"holds", Tone::good} : Cell{"BROKEN", Tone::bad},
               {item.at("subject").get<std::string>()},
               {item.at("what").get<std::string>()},
               {item.at("detail").get<std::string>(), holds ? Tone::faint : Tone::bad}});
  }
  const auto verdict =
      broken == 0 ? "Everything promised holds." : count_words(broken, "promise is broken.", "promises are broken.");
  return table.to_string() + style.paint(broken == 0 ? Tone::good : Tone::bad, verdict) + '\n';
}

}  // namespace acdr::ctl
