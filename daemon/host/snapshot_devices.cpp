// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cstdlib>

#include "host/snapshot_readers.hpp"

namespace acdr {
namespace {

/// Hundreds of interrupts have the same mask, and with hundreds of claims it is a long text.
class MaskReader {
 public:
  explicit MaskReader(const HostAccess& host) : host_(host) {}
  /// Empty where there is no such file.
  [[nodiscard]] const CpuSet& read(const std::string& path) {
    static const CpuSet none;
    auto text = host_.read(path);
    if (!text) return none;
    if (*text != text_) {
      mask_ = CpuSet::parse_list(*text).value_or(CpuSet());
      text_ = std::move(*text);
    }
    return mask_;
  }

 private:
  const HostAccess& host_;
  std::string text_;
  CpuSet mask_;
};

/// One that has handlers keeps them, and with them who may move it. One that may be moved comes to where its mask says.
IrqState read_irq(const HostAccess& host, MaskReader& masks, unsigned number, const IrqState* earlier) {
  const std::string folder = fmt::format("proc/irq/{}", number);
  IrqState irq;
  irq.number = number;
  irq.affinity = masks.read(folder + "/smp_affinity_list");
  const bool known = earlier != nullptr && !earlier->actions.empty();
  if (known && earlier->affinity == irq.affinity && earlier->mobility == IrqMobility::movable &&
      earlier->effective.subset_of(irq.affinity))
    return *earlier;
  if (known)
    irq.actions = earlier->actions;
  else
    for (const auto& entry : host.list(folder))
      if (entry.ends_with('/')) irq.actions.push_back(entry.substr(0, entry.size() - 1));
  // One without a handler never comes.
  const bool still_unused = irq.actions.empty() && earlier != nullptr && earlier->actions.empty();
  irq.effective =
      still_unused ? earlier->effective : read_cpu_list(host, folder + "/effective_affinity_list").value_or(CpuSet());
  // It costs a write to find out, and matters once there is a handler.
  if (known || still_unused)
    irq.mobility = earlier->mobility;
  else if (host.irq_is_fixed(number))
    irq.mobility = IrqMobility::fixed;
  return irq;
}

/// A PCI NIC has its interrupts on its own device, a virtio one on the PCI device above it.
std::string irq_folder_owner(const HostAccess& host, const std::string& device) {
  return host.exists(device + "/msi_irqs") ? device : device + "/..";
}

/// What a NIC has that is hardware.
void read_device(const HostAccess& host, NicState& nic) {
  const std::string owner = irq_folder_owner(host, fmt::format("sys/class/net/{}/device", nic.name));
  // numa_node is -1 where the firmware does not say.
  if (const auto text = host.read(owner + "/numa_node")) nic.node = parse_unsigned(*text);
  for (const auto& entry : host.list(owner + "/msi_irqs"))
    if (const auto number = parse_unsigned(entry)) nic.irqs.push_back(*number);
  std::sort(nic.irqs.begin(), nic.irqs.end());
}

/// By number: rx-2 before rx-10.
bool by_number(const std::string& a, const std::string& b) { return std::pair(a.size(), a) < std::pair(b.size(), b); }

void read_queues(const HostAccess& host, NicState& nic) {
  for (auto entry : host.list(fmt::format("sys/class/net/{}/queues", nic.name))) {
    if (entry.ends_with('/')) entry.pop_back();
    (entry.starts_with("rx-") ? nic.rx_queues : nic.tx_queues).push_back(entry);
  }
  std::ranges::sort(nic.rx_queues, by_number);
  std::ranges::sort(nic.tx_queues, by_number);
}

NicState read_nic(const HostAccess& host, const std::string& name) {
  NicState nic;
  nic.name = name;
  nic.hardware = host.exists(fmt::format("sys/class/net/{}/device", name));
  if (nic.hardware) read_device(host, nic);
  read_queues(host, nic);
  // The kernel answers under a lock of all network devices: not asked where there is nothing to choose.
  if (nic.hardware && nic.rx_queues.size() > 1) nic.flow_rules = host.flow_steering(name).has_value();
  return nic;
}

std::optional<NicState> known_nic(const HostSnapshot* earlier, const std::string& name) {
  if (earlier == nullptr) return std::nullopt;
  for (const auto* nics : {&earlier->nics, &earlier->virtual_nics})
    if (const auto known = std::ranges::find(*nics, name, &NicState::name); known != nics->end()) return *known;
  return std::nullopt;
}

std::optional<std::uint64_t> read_number(const HostAccess& host, const std::string& path) {
  const auto text = host.read(path);
  return text ? parse_unsigned(*text) : std::nullopt;
}

/// "Node 0 MemFree:         1234 kB"
Bytes meminfo_value(const std::string& text, std::string_view key) {
  const auto at = text.find(key);
  return Bytes{at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + key.size(), nullptr, 10) * 1024};
}

NodeMemory read_node_memory(const HostAccess& host, unsigned node) {
  NodeMemory memory;
  const std::string folder = fmt::format("sys/devices/system/node/node{}", node);
  if (const auto text = host.read(folder + "/meminfo")) {
    memory.free = meminfo_value(*text, " MemFree:");
    memory.page_cache =
        Bytes{meminfo_value(*text, " Active(file):").value + meminfo_value(*text, " Inactive(file):").value};
  }
  for (const auto& entry : host.list(folder + "/hugepages")) {
    constexpr std::string_view prefix = "hugepages-";
    if (!entry.starts_with(prefix)) continue;
    const Bytes size{std::strtoull(entry.c_str() + prefix.size(), nullptr, 10) * 1024};
    const auto total = read_number(host, huge_page_folder(node, size) + "/nr_hugepages");
    const auto free = read_number(host, huge_page_folder(node, size) + "/free_hugepages");
    if (total && free) memory.huge_pages[size] = {*total, *free};
  }
  return memory;
}

}  // namespace

std::optional<unsigned> pci_node(const HostAccess& host, const std::string& address) {
  const auto text = host.read(fmt::format("sys/bus/pci/devices/{}/numa_node", address));
  return text ? parse_unsigned(*text) : std::nullopt;
}

void read_irqs(const HostAccess& host, const HostSnapshot* earlier, HostSnapshot& snapshot) {
  MaskReader masks(host);
  for (const auto& entry : host.list("proc/irq"))
    if (const auto number = parse_unsigned(std::string_view(entry).substr(0, entry.find('/'))))
      snapshot.irqs.push_back(read_irq(host, masks, *number, earlier == nullptr ? nullptr : earlier->irq(*number)));
  std::ranges::sort(snapshot.irqs, {}, &IrqState::number);
  if (const auto text = host.read("proc/irq/default_smp_affinity"))
    if (auto mask = CpuSet::parse_mask(*text)) snapshot.default_irq_affinity = std::move(*mask);
}

void read_unbound_work(const HostAccess& host, HostSnapshot& snapshot) {
  snapshot.has_unbound_work_mask = host.exists(workqueue_mask_file(unbound_workqueues));
}

void read_nics(const HostAccess& host, const HostSnapshot* earlier, HostSnapshot& snapshot) {
  for (auto name : host.list("sys/class/net")) {
    if (name.ends_with('/')) name.pop_back();
    NicState nic = known_nic(earlier, name).value_or(NicState());
    if (nic.name.empty()) nic = read_nic(host, name);
    (nic.hardware ? snapshot.nics : snapshot.virtual_nics).push_back(std::move(nic));
    if (const auto master = host.link_name(fmt::format("sys/class/net/{}/master", name)); !master.empty())
      snapshot.bridge_of[name] = master;
  }
}

void read_memory(const HostAccess& host, HostSnapshot& snapshot) {
  for (const auto& node : snapshot.topology.nodes) snapshot.memory[node.id] = read_node_memory(host, node.id);
}

void read_irqbalance(const HostAccess& host, HostSnapshot& snapshot) {
  constexpr std::string_view prefix = "irqbalance";
  constexpr std::string_view suffix = ".sock";
  for (const auto& entry : host.list("run/irqbalance")) {
    const std::string_view name = entry;
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) continue;
    const std::string pid(name.substr(prefix.size(), name.size() - prefix.size() - suffix.size()));
    // A killed irqbalance leaves its socket behind.
    if (host.exists("proc/" + pid)) snapshot.irqbalance = pid;
  }
}

}  // namespace acdr
