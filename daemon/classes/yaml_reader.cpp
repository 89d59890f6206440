// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/yaml_node.hpp"
#include "classes/yaml_tree_builder.hpp"

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace acdr::classes {

TextPositions::TextPositions(std::string file, std::string_view text) : file_(std::move(file)), text_(text) {
  line_starts_.push_back(0);
  for (std::size_t at = 0; at < text.size(); ++at)
    if (text[at] == '\n') line_starts_.push_back(at + 1);
}

Origin TextPositions::at(const YAML::Mark& mark) const {
  // Some of yaml-cpp's errors carry no mark at all.
  if (mark.is_null() || mark.pos < 0) return {file_, 1, 1};
  return at_byte(static_cast<std::size_t>(mark.pos));
}

Origin TextPositions::at_byte(std::size_t position) const {
  position = std::min(position, text_.size());
  const auto next = std::ranges::upper_bound(line_starts_, position);
  const auto start = *std::prev(next);
  const auto before = text_.substr(start, position - start);
  const auto characters =
      std::ranges::count_if(before, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; });
  return {file_, static_cast<int>(next - line_starts_.begin()), static_cast<int>(characters) + 1};
}

char TextPositions::character(const YAML::Mark& mark) const {
  const auto position = static_cast<std::size_t>(mark.pos);
  return mark.is_null() || position >= text_.size() ? '\0' : text_[position];
}

const YamlNode* YamlNode::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i].text == key) return &items[i];
  return nullptr;
}

std::string_view YamlNode::describe() const {
  switch (kind) {
    case Kind::sequence:
      return "a list";
    case Kind::map:
      return "a map";
    case Kind::scalar:
      return "a value";
    default:
      return "nothing";
  }
}

std::optional<YamlNode> read_yaml(const std::string& file, const std::string& text, Faults& faults) {
  const TextPositions positions(file, text);
  if (const auto unclean = find_unclean_text(text)) {
    faults.add(positions.at_byte(unclean->position), "{}", unclean->reason);
    return std::nullopt;
  }
  YamlTreeBuilder builder(positions, faults);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    while (!builder.finished() && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    faults.add(positions.at(error.mark), "YAML syntax: {}", error.msg);
    return std::nullopt;
  }
  auto root = builder.take_root();
  if (!root && !builder.finished()) faults.add({file, 1, 1}, "the file is empty");
  return root;
}

}  // namespace acdr::classes
