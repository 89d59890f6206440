// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/domain_devices.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <pugixml.hpp>

#include "libvirt/domain_xml.hpp"

namespace acdr {
namespace {

using pugi::xml_node;

void add_once(std::vector<std::string>& names, std::string_view name) {
  if (!name.empty() && std::ranges::find(names, name) == names.end()) names.emplace_back(name);
}

/// A part of a PCI address as libvirt prints it, "0x21".
std::optional<unsigned> address_part(const xml_node& address, const char* name) {
  std::string_view text = address.attribute(name).value();
  const int base = text.starts_with("0x") ? 16 : 10;
  if (base == 16) text.remove_prefix(2);
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The host PCI device below a <source>, "0000:21:00.0"; "" where its address is no PCI one.
std::string pci_source(const xml_node& device) {
  const auto address = device.child("source").child("address");
  const auto domain = address_part(address, "domain");
  const auto bus = address_part(address, "bus");
  const auto slot = address_part(address, "slot");
  const auto function = address_part(address, "function");
  if (!domain || !bus || !slot || !function) return "";
  return fmt::format("{:04x}:{:02x}:{:02x}.{:x}", *domain, *bus, *slot, *function);
}

/// A MAC address as the kernel prints it; "" for anything else.
std::string mac_address(std::string_view text) {
  constexpr std::size_t length = 17;
  std::string address;
  for (const char c : text) {
    const bool separator = address.size() % 3 == 2;
    const bool fits = separator ? c == ':' : std::isxdigit(static_cast<unsigned char>(c)) != 0;
    if (!fits || address.size() == length) return "";
    address += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return address.size() == length ? address : "";
}

/// Whether its packets come by way of the host: not those of a device of its own, of slirp or of another process.
bool is_behind_host(std::string_view type) {
  return type == "bridge" || type == "network" || type == "direct" || type == "ethernet";
}

void read_interface(const xml_node& interface, DomainDefinition& definition) {
  const auto source = interface.child("source");
  // A virtual network shows the bridge or device it came to only while the domain runs. vDPA puts a path here.
  for (const char* attribute : {"dev", "bridge"})
    if (const std::string_view name = source.attribute(attribute).value(); !name.starts_with('/'))
      add_once(definition.interfaces, name);
  add_once(definition.target_devices, interface.child("target").attribute("dev").value());
  add_once(definition.pci_devices, pci_source(interface));
  if (is_behind_host(interface.attribute("type").value()))
    add_once(definition.addresses, mac_address(interface.child("mac").attribute("address").value()));
}

}  // namespace

Status read_devices(const xml_node& devices, DomainDefinition& definition) {
  for (const auto& device : devices.children()) {
    const std::string_view kind = device.name();
    const std::string_view type = device.attribute("type").value();
    if (kind == "interface") read_interface(device, definition);
    // <disk type='nvme'> hands the whole controller to the guest through VFIO.
    if ((kind == "hostdev" && type == "pci") || (kind == "disk" && type == "nvme"))
      add_once(definition.pci_devices, pci_source(device));
    for (const auto* names :
         {&definition.interfaces, &definition.target_devices, &definition.pci_devices, &definition.addresses})
      if (names->size() > domain_devices_limit)
        return failure(ErrorKind::usage, "the domain has more than {} interfaces or devices", domain_devices_limit);
  }
  return {};
}

}  // namespace acdr
