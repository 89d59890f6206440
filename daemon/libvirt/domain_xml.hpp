// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "host/domain.hpp"

#include <string>
#include <string_view>

namespace acdr {

/// Largest domain XML that is read.
inline constexpr std::size_t domain_xml_limit = std::size_t{1} << 20;
inline constexpr std::size_t domain_name_limit = 1024;     ///< bytes in a domain's name
inline constexpr std::size_t domain_devices_limit = 1024;  ///< interfaces, taps and passed-through devices: each

/// Parses domain XML as libvirt prints it (virDomainGetXMLDesc, the hook's stdin, also the <domstatus> wrapper of
/// /run/libvirt/qemu). Errors (usage): not well-formed (with line and column), not a <domain>, no uuid or name, beyond
/// the limits above. A broken acdr metadata element is no error of the domain: see tag_error.
[[nodiscard]] Result<DomainDefinition> parse_domain_xml(std::string_view xml);

/// The metadata element for a tag, as virDomainSetMetadata takes it (namespace prefix and URI are given apart).
[[nodiscard]] std::string metadata_element(const ConditioningTag& tag);

inline constexpr std::string_view metadata_uri = "urn:acdr:domain:1";
inline constexpr std::string_view metadata_prefix = "acdr";

}  // namespace acdr
