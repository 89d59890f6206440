// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/yaml_tree_builder.hpp"

#include "classes/limits.hpp"
#include "classes/names.hpp"

#include <map>
#include <utility>

namespace acdr::classes {

using Kind = YamlNode::Kind;

namespace {

/// Escapes in double quotes ("\x1b") make characters that the file itself does not have. Line ends are for the readers
/// of each value to refuse, who can say how to fold them.
bool has_hidden_characters(std::string text) {
  std::erase(text, '\n');
  return has_control_characters(text);
}

}  // namespace

std::optional<YamlNode> YamlTreeBuilder::take_root() { return overfull_ ? std::nullopt : std::exchange(root_, {}); }

void YamlTreeBuilder::OnDocumentStart(const YAML::Mark& mark) {
  if (++documents_ == 2) faults_.add(positions_.at(mark), "a second document begins here: one file holds one class");
}

bool YamlTreeBuilder::ignoring(const YAML::Mark& mark) {
  if (finished() || too_deep_ > 0) return true;
  overfull_ = ++nodes_ > max_nodes;
  if (overfull_) faults_.add(positions_.at(mark), "the document has more than {} keys and values", max_nodes);
  return overfull_;
}

void YamlTreeBuilder::refuse_properties(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
  if (anchor != 0) faults_.add(positions_.at(mark), "anchors (&name) are not allowed in a class");
  // yaml-cpp says "?" for a plain and "!" for a quoted scalar; an explicit "!" looks the same but for its first
  // character.
  const bool unspecific = tag.empty() || tag == "?" || (tag == "!" && positions_.character(mark) != '!');
  if (!unspecific) faults_.add(positions_.at(mark), "tags (!name) are not allowed in a class");
}

void YamlTreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (ignoring(mark)) return;
  if (anchor != 0) faults_.add(positions_.at(mark), "anchors (&name) are not allowed in a class");
  YamlNode node{.kind = Kind::null, .origin = positions_.at(mark)};
  // The mark of an empty value is where the next thing begins, often lines below: its key or list is the better place.
  if (!open_.empty()) {
    const YamlNode& parent = open_.back();
    if (parent.kind == Kind::sequence) node.origin = parent.origin;
    if (parent.keys.size() > parent.items.size()) node.origin = parent.keys.back().origin;
  }
  add(std::move(node));
}

void YamlTreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) {
  if (ignoring(mark)) return;
  faults_.add(positions_.at(mark), "aliases (*name) are not allowed in a class");
  add({.kind = Kind::broken, .origin = positions_.at(mark)});
}

void YamlTreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                               const std::string& value) {
  if (ignoring(mark)) return;
  refuse_properties(mark, tag, anchor);
  if (has_hidden_characters(value)) {
    faults_.add(positions_.at(mark), "{} has a control character in it", in_quotes(value));
    add({.kind = Kind::broken, .origin = positions_.at(mark)});
    return;
  }
  add({.kind = Kind::scalar, .origin = positions_.at(mark), .text = value, .quoted = tag == "!"});
}

void YamlTreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                                      YAML::EmitterStyle::value /*style*/) {
  open(Kind::sequence, mark, tag, anchor);
}

void YamlTreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                                 YAML::EmitterStyle::value /*style*/) {
  open(Kind::map, mark, tag, anchor);
}

void YamlTreeBuilder::open(Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
  if (too_deep_ > 0) ++too_deep_;
  if (ignoring(mark)) return;
  refuse_properties(mark, tag, anchor);
  if (open_.size() == max_depth) {
    faults_.add(positions_.at(mark), "lists and maps are nested more than {} deep", max_depth);
    too_deep_ = 1;
    return;
  }
  open_.push_back({.kind = kind, .origin = positions_.at(mark)});
}

void YamlTreeBuilder::close() {
  if (finished()) return;
  if (too_deep_ > 0) {
    if (--too_deep_ == 0) add({.kind = Kind::broken, .origin = open_.back().origin});
    return;
  }
  YamlNode node = std::move(open_.back());
  open_.pop_back();
  add(node.kind == Kind::map ? without_duplicates(std::move(node)) : std::move(node));
}

void YamlTreeBuilder::add(YamlNode node) {
  if (open_.empty()) {
    root_ = std::move(node);
    return;
  }
  YamlNode& parent = open_.back();
  if (parent.kind == Kind::map && parent.keys.size() == parent.items.size()) {
    add_key(parent, std::move(node));
  } else {
    parent.items.push_back(std::move(node));
  }
}

void YamlTreeBuilder::add_key(YamlNode& map, YamlNode key) {
  if (key.kind != Kind::scalar && key.kind != Kind::broken) {
    faults_.add(key.origin, "a key must be a name, not {}", key.describe());
    key.kind = Kind::broken;
  }
  map.keys.push_back(std::move(key));
}

YamlNode YamlTreeBuilder::without_duplicates(YamlNode map) {
  YamlNode result{.kind = Kind::map, .origin = map.origin};
  std::map<std::string, Origin> seen;
  for (std::size_t i = 0; i < map.keys.size(); ++i) {
    YamlNode& key = map.keys[i];
    if (key.kind == Kind::broken) continue;
    const auto [first, fresh] = seen.emplace(key.text, key.origin);
    if (!fresh) {
      faults_.add(key.origin, "key {} is given twice; the first is in line {}", in_quotes(key.text),
                  first->second.line);
      continue;
    }
    result.keys.push_back(std::move(key));
    result.items.push_back(std::move(map.items[i]));
  }
  return result;
}

}  // namespace acdr::classes
