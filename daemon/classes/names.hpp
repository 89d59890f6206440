// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Names in class documents, and what a message says about a wrong one.
namespace acdr::classes {

/// Classes, conditionings and parameters are called [a-z][a-z0-9-]{0,63}.
[[nodiscard]] bool is_name(std::string_view text);

/// C0, DEL or C1 characters, which no terminal or journal should get from a document.
[[nodiscard]] bool has_control_characters(std::string_view utf8);

/// 'text' for a message: shortened, control characters replaced.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// Edits (insert, delete, replace, swap of neighbours) between two texts; long texts are compared by their beginning.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The names, nearest to `name` first, then in the order of the alphabet.
[[nodiscard]] std::vector<std::string> nearest_first(std::string_view name, std::vector<std::string> known);

/// "did you mean 'irq-ban'? known: irq-ban, cleaner-cores": the first half only when one is near.
[[nodiscard]] std::string suggestion(std::string_view name, std::vector<std::string> known);

/// "a, b, c", shortened when very long.
[[nodiscard]] std::string join(const std::vector<std::string>& names);

}  // namespace acdr::classes
