// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/nic_queues.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "plugins/domain_cgroups.hpp"

namespace acdr {
namespace {

constexpr std::string_view uplink = "uplink";
constexpr std::string_view digits = "0123456789";

/// No chain of ports (NIC, bond, bridge) is longer.
constexpr int most_masters = 8;

bool leads_to(const HostSnapshot& host, const NicState& nic, std::string_view name) {
  std::string at = nic.name;
  for (int step = 0; step < most_masters; ++step) {
    if (at == name) return true;
    const auto master = host.bridge_of.find(at);
    if (master == host.bridge_of.end()) return false;
    at = master->second;
  }
  return false;
}

std::vector<std::string> interface_names(const ParameterValues& parameters) {
  const auto* names = parameter<std::string>(parameters, "interfaces");
  return words_of(names == nullptr ? uplink : *names);
}

std::string names_of(const std::vector<NicState>& nics) {
  std::string names;
  for (const auto& nic : nics) names += (names.empty() ? "" : ", ") + nic.name;
  return names.empty() ? "none" : names;
}

/// What a handler is for: its name without the interface's and without "@pci:0000:01:00.0".
std::string_view purpose(std::string_view handler, const NicState& nic) {
  handler = handler.substr(0, handler.find('@'));
  if (handler.starts_with(nic.name)) handler.remove_prefix(nic.name.size());
  return handler;
}

/// The number at the end of "-TxRx-3" or "virtio1-input.0".
std::optional<unsigned> queue_number(std::string_view purpose) {
  const auto last = purpose.find_last_not_of(digits);
  if (last == std::string_view::npos || (purpose[last] != '-' && purpose[last] != '.')) return std::nullopt;
  return parse_unsigned(purpose.substr(last + 1));
}

/// Link changes, configuration and the like: not for packets.
bool is_control(std::string_view purpose) {
  constexpr std::array names{"config", "async", "misc", "mgmt", "mgmnt", "link", "aux"};
  return std::ranges::any_of(names,
                             [&](std::string_view name) { return purpose.find(name) != std::string_view::npos; });
}

}  // namespace

void add_once(std::vector<Residual>& residuals, const Residual& residual) {
  if (std::ranges::find(residuals, residual) == residuals.end()) residuals.push_back(residual);
}

ParameterSpec cores_parameter(std::string help, const std::string& by_default) {
  return {
      "cores",        ParameterType::cpus, CpuSelection{by_default}, {}, {}, {"allocated", "helper", "housekeeping"},
      std::move(help)};
}

Status demand_cores(const std::string& conditioning, const ParameterValues& parameters, const HostSnapshot& host,
                    Demand& demand) {
  const auto* cores = parameter<CpuSelection>(parameters, "cores");
  if (cores == nullptr || cores->is("helper")) demand.helper_cores = std::max<std::size_t>(demand.helper_cores, 1);
  const CpuSet* list = cores == nullptr ? nullptr : cores->list();
  if (list != nullptr) demand.helper_avoid |= *list;
  if (list == nullptr || list->subset_of(host.topology.online)) return {};
  return failure(Error(ErrorKind::usage,
                       fmt::format("{}: CPUs {} are not online", conditioning, *list - host.topology.online),
                       fmt::format("name some of {}", host.topology.online)));
}

CpuSet wanted_cores(const PlanRequest& request, const std::string& what, Plan& plan) {
  const auto* selection = parameter<CpuSelection>(request.parameters, "cores");
  CpuSet cores = request.allocation.helpers;
  if (selection != nullptr && selection->list() != nullptr) cores = *selection->list();
  if (selection != nullptr && selection->is("allocated")) cores = request.allocation.cores - request.handed_over;
  // Helper cores are the host's too, but they have enough to do.
  if (selection != nullptr && selection->is("housekeeping"))
    cores = request.housekeeping.subset_of(cores) ? request.housekeeping : request.housekeeping - cores;
  if (cores.empty())
    plan.residuals.push_back({what, "the claim has no such cores", "give cores as a CPU list, or as housekeeping"});
  return cores;
}

void pin_irq(const PlanRequest& request, const IrqState& irq, const CpuSet& cores, Plan& plan) {
  // Without a handler it never comes; once it gets one it is planned anew.
  if (irq.actions.empty()) return;
  const CpuSet& arrives = irq.effective.empty() ? irq.affinity : irq.effective;
  if (irq.mobility == IrqMobility::movable) {
    plan.wishes.push_back({{KnobKind::irq_affinity, fmt::format("{}", irq.number)}, Confine{cores}, request.why});
    if (irq.affinity.subset_of(cores) && !arrives.subset_of(cores))
      plan.residuals.push_back({fmt::format("{} may come to {} once more", describe(irq), arrives - cores),
                                "its new affinity takes effect with its next interrupt", ""});
  } else if (!arrives.subset_of(cores)) {
    plan.residuals.push_back({fmt::format("{} stays on {}", describe(irq), arrives), "the kernel manages its affinity",
                              irq.affinity.intersects(cores)
                                  ? fmt::format("boot with isolcpus=managed_irq,{}", irq.affinity - cores)
                                  : std::string("give the device fewer queues, so that each is for more CPUs")});
  }
}

void mention_irqbalance(const HostSnapshot& host, Plan& plan) {
  if (!host.irqbalance) return;
  std::string options;
  for (const auto& wish : plan.wishes)
    if (wish.knob.kind == KnobKind::irq_affinity) options += " --banirq=" + wish.knob.object;
  if (!options.empty())
    plan.residuals.push_back({"irqbalance may move the interrupts away again, until acdr next looks",
                              "it is told which CPUs to keep off, not which interrupts",
                              fmt::format("start irqbalance with{}, or stop it", options)});
}

const NicState* find_interface(const HostSnapshot& host, std::string_view name) {
  for (const auto* nics : {&host.nics, &host.virtual_nics})
    if (const auto found = std::ranges::find(*nics, name, &NicState::name); found != nics->end()) return &*found;
  return nullptr;
}

std::vector<const NicState*> nics_below(const HostSnapshot& host, std::string_view name) {
  std::vector<const NicState*> below;
  for (const auto& nic : host.nics)
    if (leads_to(host, nic, name)) below.push_back(&nic);
  return below;
}

ParameterSpec interfaces_parameter() {
  return {"interfaces",
          ParameterType::string,
          std::string(uplink),
          {},
          {},
          {},
          "Which NICs, or bridges or bonds above them, with blanks between; uplink stands for those below the domain's "
          "bridges"};
}

Status check_interfaces(const std::string& conditioning, const ParameterValues& parameters,
                        const DomainDefinition* domain, const HostSnapshot& host) {
  const auto names = interface_names(parameters);
  if (names.empty())
    return failure(
        Error(ErrorKind::usage, conditioning + ": interfaces is empty", "its NICs are " + names_of(host.nics)));
  for (const auto& name : names) {
    // A virtual network's bridge is known only once the domain runs: what uplink finds is seen at each plan.
    if (name == uplink && domain != nullptr) continue;
    if (name == uplink)
      return failure(Error(ErrorKind::usage, conditioning + ": the host has no uplink of its own to go by",
                           "give interfaces; its NICs are " + names_of(host.nics)));
    if (nics_below(host, name).empty())
      return failure(Error(ErrorKind::usage, fmt::format("{}: '{}' leads to no NIC of this host", conditioning, name),
                           "its NICs are " + names_of(host.nics)));
  }
  return {};
}

std::vector<const NicState*> wanted_nics(const PlanRequest& request, const HostSnapshot& host, const std::string& what,
                                         Plan& plan) {
  std::vector<const NicState*> nics;
  const auto add_below = [&](const std::string& interface) {
    const auto below = nics_below(host, interface);
    for (const auto* nic : below)
      if (std::ranges::find(nics, nic) == nics.end()) nics.push_back(nic);
    return !below.empty();
  };
  for (const auto& name : interface_names(request.parameters)) {
    bool found = false;
    if (name != uplink) found = add_below(name);
    if (name == uplink && request.domain != nullptr)
      for (const auto& interface : request.domain->definition.interfaces) found |= add_below(interface);
    if (!found)
      plan.residuals.push_back({what,
                                name == uplink ? "no interface of the domain leads to a NIC of this host"
                                               : fmt::format("'{}' leads to no NIC of this host", name),
                                "give interfaces; the host's NICs are " + names_of(host.nics)});
  }
  return nics;
}

QueueIrqs queue_irqs(const HostSnapshot& host, const NicState& nic) {
  QueueIrqs numbered;
  QueueIrqs in_order;
  QueueIrqs whole;  // called as the interface itself: its only one, or the one for link changes
  for (const unsigned number : nic.irqs) {
    const IrqState* irq = host.irq(number);
    if (irq == nullptr || irq->actions.empty()) continue;
    const std::string_view what = purpose(irq->actions.front(), nic);
    if (what.empty())
      whole[0].push_back(irq);
    else if (const auto queue = queue_number(what))
      numbered[*queue].push_back(irq);
    else if (!is_control(what))
      in_order[static_cast<unsigned>(in_order.size())].push_back(irq);
  }
  if (!numbered.empty()) return numbered;
  return in_order.empty() ? whole : in_order;
}

void receive_on(const PlanRequest& request, const HostSnapshot& host, const NicState& nic, const std::string& queue,
                const CpuSet& cores, Plan& plan) {
  // net/core/net-sysfs.c: rps_cpumask_housekeeping leaves these out, and refuses a mask of nothing else.
  const CpuSet isolated = cores & (host.topology.isolated | host.topology.nohz_full);
  const Residual none{fmt::format("packets of {} are not handed to other CPUs (RPS)", nic.name),
                      "this kernel cannot do it", "use a kernel with CONFIG_RPS"};
  if (!isolated.empty())
    add_once(plan.residuals, {fmt::format("packets of {} are not handed to {} (RPS)", nic.name, isolated),
                              "the kernel does not allow it for CPUs that are isolated at boot",
                              "name other cores, or boot without isolcpus and nohz_full for these"});
  if (isolated != cores)
    plan.wishes.push_back(
        {{KnobKind::queue_rps, fmt::format("{}:{}", nic.name, queue)}, Confine{cores - isolated}, request.why, none});
}

void send_from(const PlanRequest& request, const NicState& nic, const std::string& queue, const CpuSet& cores,
               Plan& plan) {
  if (nic.tx_queues.size() < 2) return;
  const Residual none{fmt::format("transmit queues of {} are not bound to CPUs (XPS)", nic.name),
                      "its driver or this kernel cannot do it", ""};
  plan.wishes.push_back(
      {{KnobKind::queue_xps, fmt::format("{}:{}", nic.name, queue)}, Confine{cores}, request.why, none});
}

}  // namespace acdr
