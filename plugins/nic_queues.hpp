// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/words.hpp"
#include "engine/plugin.hpp"

namespace acdr {

// What the conditionings of interrupts and network traffic share.

/// Adds what is not there yet.
void add_once(std::vector<Residual>& residuals, const Residual& residual);

/// The parameter `cores`: a CPU list, or one of allocated, helper and housekeeping.
[[nodiscard]] ParameterSpec cores_parameter(std::string help, const std::string& by_default = "helper");
/// A helper core where the claim has none yet; helpers keep off CPUs given as a list. Error (usage): CPUs that are not online.
[[nodiscard]] Status demand_cores(const std::string& conditioning, const ParameterValues& parameters,
                                  const HostSnapshot& host, Demand& demand);
/// The CPUs that `cores` stands for. Where there are none the plan says that `what` is not done.
[[nodiscard]] CpuSet wanted_cores(const PlanRequest& request, const std::string& what, Plan& plan);

/// Confines an interrupt; says so where the kernel does not let it be moved.
void pin_irq(const PlanRequest& request, const IrqState& irq, const CpuSet& cores, Plan& plan);
/// What a running irqbalance makes of the interrupts that the plan confines.
void mention_irqbalance(const HostSnapshot& host, Plan& plan);

/// An interface by its name; nullptr if there is none.
[[nodiscard]] const NicState* find_interface(const HostSnapshot& host, std::string_view name);
/// The NICs of hardware that an interface stands for: itself, or those that are ports of this bridge or bond.
[[nodiscard]] std::vector<const NicState*> nics_below(const HostSnapshot& host, std::string_view name);

/// The parameter `interfaces`: names, or uplink for the NICs below the domain's bridges.
[[nodiscard]] ParameterSpec interfaces_parameter();
/// Error (usage): uplink for the host, a name that leads to no NIC.
[[nodiscard]] Status check_interfaces(const std::string& conditioning, const ParameterValues& parameters,
                                      const DomainDefinition* domain, const HostSnapshot& host);
/// The NICs that `interfaces` stands for. Where there are none the plan says that `what` is not done.
[[nodiscard]] std::vector<const NicState*> wanted_nics(const PlanRequest& request, const HostSnapshot& host,
                                                       const std::string& what, Plan& plan);

using QueueIrqs = std::map<unsigned, std::vector<const IrqState*>>;
/// A NIC's interrupts in use, by the queue they are for. The handler's name tells it ("uplink0-TxRx-3",
/// "virtio1-input.0"); with a driver that numbers none, the n-th that is for packets belongs to queue n.
[[nodiscard]] QueueIrqs queue_irqs(const HostSnapshot& host, const NicState& nic);

/// Has other CPUs take the packets of a receive queue on (RPS). The kernel refuses those that are isolated at boot.
void receive_on(const PlanRequest& request, const HostSnapshot& host, const NicState& nic, const std::string& queue,
                const CpuSet& cores, Plan& plan);
/// Has these CPUs send through a transmit queue (XPS), where there is a choice of queues.
void send_from(const PlanRequest& request, const NicState& nic, const std::string& queue, const CpuSet& cores,
               Plan& plan);

}  // namespace acdr
