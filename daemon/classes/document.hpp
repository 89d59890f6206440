// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "classes/faults.hpp"
#include "classes/model.hpp"
#include "classes/yaml_node.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// Class documents as plain structs: what stands in the file, before it is held against other classes and the plugins.
namespace acdr::classes {

/// `name: value` of an include or a conditioning; the value may hold "${parameter}".
struct Argument {
  std::string name;
  Origin name_origin;
  std::string text;
  bool quoted = false;
  Origin origin;  ///< of the value
};

/// An entry of `include` or `conditionings`.
struct Item {
  std::string name;
  Origin origin;
  std::vector<Argument> arguments{};
};

/// An entry of `parameters`.
struct Declaration {
  ParameterSpec spec;
  Origin origin;
  bool sound = true;  ///< false: its faults are reported, and uses of it must not add to them
};

struct ClassDocument {
  std::string file;
  std::string name;  ///< the file's name without .yaml when the document gives none
  std::string summary{};
  Origin name_origin{};
  std::vector<Item> includes{};
  std::vector<Declaration> parameters{};
  std::vector<Item> conditionings{};
  std::optional<bool> required{};
  bool readable = true;  ///< false: nothing but `file` and `name` is known
  bool complete = true;  ///< false: an include, a conditioning or one of their arguments was faulty and is left out

  [[nodiscard]] const Declaration* find(std::string_view parameter) const;
  [[nodiscard]] std::vector<std::string> parameter_names() const;
};

/// Reads one class document from its text; every fault is added, and what could be read is returned.
[[nodiscard]] ClassDocument read_document(const std::filesystem::path& file, const std::string& text, Faults& faults);

}  // namespace acdr::classes
