// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "libvirt/domain_xml.hpp"

namespace pugi {
class xml_node;
}

namespace acdr {

/// Fills in what ties a domain to the host's hardware: interfaces, target_devices, pci_devices, addresses. A device
/// without an address or name that fits is passed over: libvirt knows many more kinds than those that live on a NUMA
/// node. Error (usage): more of them than `domain_devices_limit`.
[[nodiscard]] Status read_devices(const pugi::xml_node& devices, DomainDefinition& definition);

}  // namespace acdr
