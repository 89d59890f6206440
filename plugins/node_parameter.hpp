// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "engine/plugin.hpp"

namespace acdr {

/// The parameter `node` of conditionings that choose where a domain is.
[[nodiscard]] ParameterSpec node_parameter();

/// Demands the node that the parameter asks for. Errors (usage): no such node, a NIC whose node is not known, a node
/// other than what another conditioning insists on.
[[nodiscard]] Status demand_node(const std::string& conditioning, const ParameterValues& parameters,
                                 const DomainDefinition* domain, const HostSnapshot& host, Demand& demand);

/// Insists on a node, unless another one is insisted on already (usage).
[[nodiscard]] Status require_node(const std::string& conditioning, unsigned node, const std::string& reason,
                                  Demand& demand);

/// A node of this host by its number. Error (usage): there is none; `words` are what may be said instead of a number.
[[nodiscard]] Result<unsigned> node_number(const std::string& conditioning, const std::string& text,
                                           const std::string& words, const HostSnapshot& host);

}  // namespace acdr
