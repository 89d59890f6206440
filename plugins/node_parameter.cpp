// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/node_parameter.hpp"

#include "engine/planner.hpp"
#include "plugins/domain_cgroups.hpp"

namespace acdr {

ParameterSpec node_parameter() {
  return {"node",
          ParameterType::string,
          std::string("auto"),
          {},
          {},
          {},
          "NUMA node: auto prefers the node of the domain's NIC or passed-through device, nic insists on it, or a node "
          "number"};
}

Result<unsigned> node_number(const std::string& conditioning, const std::string& text, const std::string& words,
                             const HostSnapshot& host) {
  const auto node = parse_unsigned(text);
  if (node && host.topology.node(*node) != nullptr) return *node;
  return failure(Error(ErrorKind::usage, fmt::format("{}: this host has no NUMA node '{}'", conditioning, text),
                       fmt::format("see acdrctl topology; node may be {} or a node number", words)));
}

Status require_node(const std::string& conditioning, unsigned node, const std::string& reason, Demand& demand) {
  if (demand.node_required && demand.node && *demand.node != node)
    return failure(Error(ErrorKind::usage,
                         fmt::format("{} needs node {} ({}), and another conditioning of the class node {} ({})",
                                     conditioning, node, reason, *demand.node, demand.node_reason),
                         "give both the same node"));
  demand.node = node;
  demand.node_reason = reason;
  demand.node_required = true;
  return {};
}

Status demand_node(const std::string& conditioning, const ParameterValues& parameters, const DomainDefinition* domain,
                   const HostSnapshot& host, Demand& demand) {
  const auto* node = parameter<std::string>(parameters, "node");
  if (node == nullptr || *node == "auto") return {};
  if (*node != "nic") {
    ACDR_TRY(const unsigned wanted, node_number(conditioning, *node, "auto, nic", host));
    return require_node(conditioning, wanted, "the class asks for it", demand);
  }
  if (domain == nullptr) return {};
  if (const auto locality = device_locality(*domain, host))
    return require_node(conditioning, locality->node, locality->reason, demand);
  return failure(
      Error(ErrorKind::usage,
            fmt::format("{}: domain {} uses no NIC or device whose NUMA node is known", conditioning, domain->name),
            "give a node number, or node=auto"));
}

}  // namespace acdr
