// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

#include "ctl/text/style.hpp"

/// Small pieces that several views are made of.
namespace acdr::ctl {

/// A member as text: "-" for null, "" and [].
[[nodiscard]] std::string or_dash(const nlohmann::json& value);
/// "0 on 2, 1 on 3": vCPUs and their CPUs; "-" for none.
[[nodiscard]] std::string vcpu_words(const nlohmann::json& vcpus);
/// "1 change", "2 changes".
[[nodiscard]] std::string count_words(std::size_t count, const std::string& one, const std::string& many);
/// What cannot be changed, each with reason and remedy on lines of their own.
[[nodiscard]] std::string residual_lines(const nlohmann::json& residuals, const std::string& indent, Style style);

}  // namespace acdr::ctl
