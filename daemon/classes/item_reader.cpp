// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/limits.hpp"
#include "classes/names.hpp"
#include "classes/section_readers.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace acdr::classes {
namespace {

using Kind = YamlNode::Kind;

/// Reads the list of one section, and remembers whether all of it could be kept.
class ItemReader {
 public:
  ItemReader(std::string_view section, Faults& faults) : section_(section), faults_(faults) {}

  void read(const YamlNode& node, std::size_t number) {
    switch (node.kind) {
      case Kind::scalar:
        add(node, nullptr);
        return;
      case Kind::map:
        read_map(node);
        return;
      case Kind::broken:
        break;
      case Kind::null:
        faults_.add(node.origin, "entry {} of '{}' is empty", number, section_);
        break;
      default:
        faults_.add(node.origin, "entry {} of '{}' must be a name, or a name with its parameters, not {}", number,
                    section_, node.describe());
    }
    complete_ = false;
  }

  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] std::vector<Item> take() { return std::move(items_); }

 private:
  void read_map(const YamlNode& node) {
    if (node.keys.size() == 1) return add(node.keys.front(), &node.items.front());
    complete_ = false;
    if (node.keys.empty()) return faults_.add(node.origin, "an entry of '{}' is empty", section_);
    // By far the most likely way to get here: the parameters stand below the name, but not deeper than it.
    faults_.add(node.origin,
                "an entry of '{}' is one name: write a '-' before each name, and its parameters indented below it or "
                "in braces after it",
                section_);
  }

  void add(const YamlNode& name, const YamlNode* parameters) {
    if (!is_name(name.text)) {
      faults_.add(name.origin, "{} in '{}' is not a name", in_quotes(name.text), section_);
      complete_ = false;
      return;
    }
    const auto [first, fresh] = lines_.emplace(name.text, name.origin.line);
    if (!fresh) faults_.add(name.origin, "'{}' is listed twice; the first is in line {}", name.text, first->second);
    if (!fresh) return;
    Item item{.name = name.text, .origin = name.origin};
    if (parameters != nullptr) read_arguments(item, *parameters);
    items_.push_back(std::move(item));
  }

  void read_arguments(Item& item, const YamlNode& parameters) {
    if (parameters.kind == Kind::null) {
      faults_.add(item.origin, "'{}:' has no parameters: leave the colon out", item.name);
      return;
    }
    if (!expect(Kind::map, parameters, fmt::format("what follows '{}:'", item.name), faults_)) {
      complete_ = false;
      return;
    }
    if (parameters.keys.size() > max_items) {
      faults_.add(item.origin, "'{}' is given more than {} parameters", item.name, max_items);
      complete_ = false;
      return;
    }
    for (std::size_t i = 0; i < parameters.keys.size(); ++i)
      read_argument(item, parameters.keys[i], parameters.items[i]);
  }

  void read_argument(Item& item, const YamlNode& key, const YamlNode& value) {
    const std::string what = fmt::format("parameter {} of '{}'", in_quotes(key.text), item.name);
    if (!expect(Kind::scalar, value, what, faults_)) {
      complete_ = false;
      return;
    }
    item.arguments.push_back({key.text, key.origin, value.text, value.quoted, value.origin});
  }

  std::string_view section_;
  Faults& faults_;
  std::vector<Item> items_;
  std::map<std::string, int> lines_;
  bool complete_ = true;
};

}  // namespace

std::vector<Item> read_items(const YamlNode& node, std::string_view section, bool& complete, Faults& faults) {
  if (!expect(Kind::sequence, node, fmt::format("'{}'", section), faults)) {
    complete = false;
    return {};
  }
  if (node.items.empty()) faults.add(node.origin, "'{}' is empty: leave it out", section);
  if (node.items.size() > max_items) faults.add(node.origin, "'{}' has more than {} entries", section, max_items);
  ItemReader reader(section, faults);
  for (std::size_t i = 0; i < std::min(node.items.size(), max_items); ++i) reader.read(node.items[i], i + 1);
  complete = complete && reader.complete() && node.items.size() <= max_items;
  return reader.take();
}

}  // namespace acdr::classes
