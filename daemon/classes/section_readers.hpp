// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "classes/document.hpp"
#include "classes/yaml_node.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The parts that read_document is made of: each turns a node into a struct and adds a fault for what does not fit.
namespace acdr::classes {

/// A fault for every key of the map that is not one of `known`.
void refuse_unknown_keys(const YamlNode& map, const std::vector<std::string>& known, Faults& faults);

/// True for a node of this kind; else a fault that says what it must be (none for a broken node).
[[nodiscard]] bool expect(YamlNode::Kind kind, const YamlNode& node, std::string_view what, Faults& faults);

/// One line of text, neither empty nor over max_line_length.
[[nodiscard]] std::optional<std::string> read_line(const YamlNode& node, std::string_view what, Faults& faults);

/// `include` and `conditionings`: names, or single-key maps of a name to its parameters.
/// Sets `complete` to false when something had to be left out.
[[nodiscard]] std::vector<Item> read_items(const YamlNode& node, std::string_view section, bool& complete,
                                           Faults& faults);

/// `parameters`.
[[nodiscard]] std::vector<Declaration> read_declarations(const YamlNode& node, Faults& faults);

}  // namespace acdr::classes
