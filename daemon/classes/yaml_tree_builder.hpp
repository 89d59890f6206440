// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "classes/yaml_node.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace acdr::classes {

/// Where a yaml-cpp mark is, in the terms of an editor: lines and characters, from 1.
class TextPositions {
 public:
  TextPositions(std::string file, std::string_view text);
  [[nodiscard]] Origin at(const YAML::Mark& mark) const;
  [[nodiscard]] Origin at_byte(std::size_t position) const;
  [[nodiscard]] char character(const YAML::Mark& mark) const;

 private:
  std::string file_;
  std::string_view text_;
  std::vector<std::size_t> line_starts_;
};

/// Builds the tree from yaml-cpp's events rather than from its YAML::Node, which has already forgotten duplicate keys,
/// aliases and where an empty value stood.
class YamlTreeBuilder : public YAML::EventHandler {
 public:
  YamlTreeBuilder(const TextPositions& positions, Faults& faults) : positions_(positions), faults_(faults) {}
  [[nodiscard]] std::optional<YamlNode> take_root();
  /// Nothing that follows can change the result.
  [[nodiscard]] bool finished() const { return documents_ > 1 || overfull_; }

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { close(); }

 private:
  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor);
  void close();
  void add(YamlNode node);
  void add_key(YamlNode& map, YamlNode key);
  void refuse_properties(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor);
  [[nodiscard]] bool ignoring(const YAML::Mark& mark);
  [[nodiscard]] YamlNode without_duplicates(YamlNode map);

  const TextPositions& positions_;
  Faults& faults_;
  std::vector<YamlNode> open_;
  std::optional<YamlNode> root_;
  std::size_t nodes_ = 0;
  std::size_t too_deep_ = 0;  ///< levels below max_depth that are open
  int documents_ = 0;
  bool overfull_ = false;
};

}  // namespace acdr::classes
