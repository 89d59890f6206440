// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/section_readers.hpp"

#include "classes/limits.hpp"
#include "classes/names.hpp"

#include <algorithm>

namespace acdr::classes {
namespace {

using Kind = YamlNode::Kind;

std::string_view kind_name(Kind kind) { return YamlNode{.kind = kind}.describe(); }

}  // namespace

void refuse_unknown_keys(const YamlNode& map, const std::vector<std::string>& known, Faults& faults) {
  for (const auto& key : map.keys)
    if (std::ranges::find(known, key.text) == known.end())
      faults.add(key.origin, "unknown key {}; {}", in_quotes(key.text), suggestion(key.text, known));
}

bool expect(Kind kind, const YamlNode& node, std::string_view what, Faults& faults) {
  if (node.kind == kind) return true;
  if (node.kind == Kind::null) {
    faults.add(node.origin, "{} is empty: it must be {}", what, kind_name(kind));
  } else if (node.kind != Kind::broken) {
    faults.add(node.origin, "{} must be {}, not {}", what, kind_name(kind), node.describe());
  }
  return false;
}

std::optional<std::string> read_line(const YamlNode& node, std::string_view what, Faults& faults) {
  if (!expect(Kind::scalar, node, what, faults)) return std::nullopt;
  if (node.text.empty()) {
    faults.add(node.origin, "{} is empty", what);
  } else if (node.text.find('\n') != std::string::npos) {
    faults.add(node.origin, "{} must be one line: fold a longer text with '>-'", what);
  } else if (node.text.size() > max_line_length) {
    faults.add(node.origin, "{} is longer than {} bytes", what, max_line_length);
  } else {
    return node.text;
  }
  return std::nullopt;
}

}  // namespace acdr::classes
