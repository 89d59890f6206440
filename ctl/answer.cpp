// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/answer.hpp"

#include <nlohmann/json.hpp>

namespace acdr::ctl {

Status print(const Console& console, const std::string& report, bool json, View view) {
  try {
    console.out << (json ? report + "\n" : view(nlohmann::json::parse(report), console.style));
    return {};
  } catch (const nlohmann::json::exception& error) {
    return failure(Error(ErrorKind::failed, fmt::format("the report cannot be read: {}", error.what()),
                         "see whether acdrd and acdrctl are of the same version"));
  }
}

}  // namespace acdr::ctl
