// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "classes/faults.hpp"
#include "classes/model.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace acdr::classes {

/// One node of a YAML document, with its place; plain data, nothing of yaml-cpp in it.
struct YamlNode {
  enum class Kind {
    null,
    scalar,
    sequence,
    map,
    broken,  ///< already reported: readers pass over it
  };
  Kind kind = Kind::null;
  Origin origin{};
  std::string text{};             ///< of a scalar, as written: nothing is taken for a number or a boolean here
  bool quoted = false;            ///< a scalar in quotes, or a block scalar
  std::vector<YamlNode> keys{};   ///< of a map: scalars, each once; keys[i] belongs to items[i]
  std::vector<YamlNode> items{};  ///< of a sequence or a map

  [[nodiscard]] const YamlNode* find(std::string_view key) const;
  /// "a list", "a map", "a value", "nothing": for messages.
  [[nodiscard]] std::string_view describe() const;
};

/// Reads exactly one YAML document. Adds a fault for a syntax error, anchors, aliases, tags, duplicate keys, keys that
/// are no scalars, a second document, too many nodes or levels, and text that is not clean UTF-8; none = not usable at
/// all.
[[nodiscard]] std::optional<YamlNode> read_yaml(const std::string& file, const std::string& text, Faults& faults);

/// What makes a text unfit to be read, at a byte position.
struct UncleanText {
  std::size_t position;
  std::string_view reason;
};
/// The first byte order mark, malformed UTF-8 sequence, or control character other than tab and line end.
[[nodiscard]] std::optional<UncleanText> find_unclean_text(std::string_view text);

}  // namespace acdr::classes
