// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "libvirt/domain_xml.hpp"

#include <optional>
#include <string>

namespace pugi {
class xml_node;
}

namespace acdr {

inline constexpr std::size_t tag_class_limit = 64;       ///< bytes in a class name
inline constexpr std::size_t tag_parameters_limit = 64;  ///< parameters in one tag
inline constexpr std::size_t tag_name_limit = 64;        ///< bytes in a parameter's name
inline constexpr std::size_t tag_value_limit = 4096;     ///< bytes in a parameter's value

/// Reads the conditioning element among the <metadata> of a <domain> node. No element: an empty optional. Error
/// (usage): the element is there but broken, as one sentence. Values lose white space at both ends, because libvirt
/// re-indents metadata.
[[nodiscard]] Result<std::optional<ConditioningTag>> read_tag(const pugi::xml_node& domain);

/// Nova's own metadata (nova:instance/nova:flavor), which it writes anew at every start.
struct NovaFlavor {
  std::string name;
  std::string class_name;  ///< extra spec acdr:class
};
/// Empty where the domain has no such metadata. Names that could not stand in a tag count as not there.
[[nodiscard]] NovaFlavor read_nova_flavor(const pugi::xml_node& domain);

}  // namespace acdr
