// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bus/manager.hpp"

namespace acdr {

/// What a caller can make grow.
inline constexpr std::size_t most_parameters = 64;
inline constexpr std::size_t longest_text = 4096;  ///< bytes of a class, a subject, a parameter's name or value

/// Whether what a caller sent is within these limits. Error: usage, naming what is not.
[[nodiscard]] Status check_text(std::string_view what, const std::string& text);
[[nodiscard]] Status check_names(const std::string& class_name, const std::string& subject);
[[nodiscard]] Status check_arguments(const std::string& class_name, const std::string& subject,
                                     const Parameters& parameters);

}  // namespace acdr
