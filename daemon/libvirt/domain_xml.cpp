// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/domain_xml.hpp"

#include "libvirt/conditioning_tag.hpp"
#include "libvirt/domain_devices.hpp"
#include "libvirt/xml_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <pugixml.hpp>
#include <set>

namespace acdr {
namespace {

using pugi::xml_node;

/// No hypervisor comes near it; it keeps a broken count from becoming a loop of four thousand million turns.
constexpr std::uint64_t count_limit = 65535;

/// "line 3, column 7" (1-based, columns in bytes) of an offset.
std::string position(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const auto line_start = before.rfind('\n');
  const auto column = line_start == std::string_view::npos ? before.size() + 1 : before.size() - line_start;
  return fmt::format("line {}, column {}", 1 + std::ranges::count(before, '\n'), column);
}

Status load(std::string_view xml, pugi::xml_document& document) {
  if (xml.size() > domain_xml_limit)
    return failure(ErrorKind::usage, "domain XML is larger than {} bytes", domain_xml_limit);
  // pugixml would take a NUL for the end of the text.
  if (const auto nul = xml.find('\0'); nul != std::string_view::npos)
    return failure(ErrorKind::usage, "domain XML, {}: a NUL byte", position(xml, nul));
  const auto outcome = document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8);
  if (outcome) return {};
  return failure(ErrorKind::usage, "domain XML, {}: {}", position(xml, static_cast<std::size_t>(outcome.offset)),
                 outcome.description());
}

/// The <domain> itself, or the one inside libvirt's own status files.
Result<xml_node> domain_node(const pugi::xml_document& document) {
  const auto root = document.document_element();
  const std::string_view name = root.name();
  if (name == "domain") return root;
  if (const auto inner = root.child("domain"); inner && name == "domstatus") return inner;
  return failure(ErrorKind::usage, "not a domain: the XML's root element is <{}>", printable(name));
}

Result<std::uint64_t> number(std::string_view text, std::string_view where, std::uint64_t largest) {
  const auto digits = trimmed(text);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value > largest)
    return failure(ErrorKind::usage, "{} holds '{}', not a number up to {}", where, printable(text), largest);
  return value;
}

Result<unsigned> count(std::string_view text, std::string_view where) {
  ACDR_TRY(const auto value, number(text, where, count_limit));
  return static_cast<unsigned>(value);
}

/// libvirt's scaled integers (virScaleInteger); it prints KiB itself, but status files and older versions vary.
Result<std::uint64_t> unit_bytes(std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 15> units{{
      {"", 1ULL << 10},
      {"b", 1},
      {"bytes", 1},
      {"KB", 1'000},
      {"k", 1ULL << 10},
      {"KiB", 1ULL << 10},
      {"MB", 1'000'000},
      {"M", 1ULL << 20},
      {"MiB", 1ULL << 20},
      {"GB", 1'000'000'000},
      {"G", 1ULL << 30},
      {"GiB", 1ULL << 30},
      {"T", 1ULL << 40},
      {"TiB", 1ULL << 40},
      {"TB", 1'000'000'000'000},
  }};
  for (const auto& [name, bytes] : units)
    if (name == unit) return bytes;
  return failure(ErrorKind::usage, "<memory> has an unknown unit '{}'", printable(unit));
}

/// Of an element such as <memory> or <currentMemory>; `missing` where there is none.
Result<Bytes> memory_of(const xml_node& element, Bytes missing) {
  if (!element) return missing;
  ACDR_TRY(const auto unit, unit_bytes(element.attribute("unit").value()));
  ACDR_TRY(const auto amount, number(element.text().get(), fmt::format("<{}>", element.name()),
                                     std::numeric_limits<std::uint64_t>::max() / unit));
  return Bytes{amount * unit};
}

/// libvirt prints them dashed and in lower case; other writers of domain XML may not.
Result<std::string> canonical_uuid(std::string_view text) {
  std::string uuid;
  for (const char c : trimmed(text)) {
    if (c == '-') continue;
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) break;
    if (uuid.size() == 8 || uuid.size() == 13 || uuid.size() == 18 || uuid.size() == 23) uuid += '-';
    uuid += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  const auto given = std::ranges::count_if(trimmed(text), [](char c) { return c != '-'; });
  if (uuid.size() == 36 && given == 32) return uuid;
  return failure(ErrorKind::usage, "the domain's <uuid> holds '{}', not a UUID", printable(text));
}

Status read_identity(const xml_node& domain, DomainDefinition& definition) {
  if (!domain.child("uuid")) return failure(ErrorKind::usage, "the domain has no <uuid>");
  ACDR_TRY(definition.uuid, canonical_uuid(domain.child("uuid").text().get()));
  definition.name = domain.child("name").text().get();
  if (definition.name.empty()) return failure(ErrorKind::usage, "the domain has no <name>");
  if (definition.name.size() > domain_name_limit)
    return failure(ErrorKind::usage, "the domain's <name> is longer than {} bytes", domain_name_limit);
  if (std::ranges::any_of(definition.name, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }))
    return failure(ErrorKind::usage, "the domain's <name> '{}' has control characters in it",
                   printable(definition.name));
  return {};
}

Status read_iothreads(const xml_node& domain, DomainDefinition& definition) {
  ACDR_TRY(definition.iothreads, count(domain.child("iothreads").text().as_string("0"), "<iothreads>"));
  std::set<unsigned> ids;
  for (const auto& thread : domain.child("iothreadids").children("iothread")) {
    ACDR_TRY(const unsigned id, count(thread.attribute("id").value(), "<iothread id>"));
    ids.insert(id);
  }
  // libvirt numbers from 1 and leaves the list out where nothing else was asked for.
  for (unsigned id = 1; ids.size() < definition.iothreads; ++id) ids.insert(id);
  definition.iothread_ids.assign(ids.begin(), ids.end());
  return {};
}

Status read_sizes(const xml_node& domain, DomainDefinition& definition) {
  const auto vcpu = domain.child("vcpu");
  const auto* maximum = vcpu.text().as_string("1");  // libvirt's default
  ACDR_TRY(definition.vcpus, count(maximum, "<vcpu>"));
  ACDR_TRY(definition.current_vcpus, count(vcpu.attribute("current").as_string(maximum), "<vcpu current>"));
  ACDR_TRY(definition.memory, memory_of(domain.child("memory"), Bytes{}));
  return read_iothreads(domain, definition);
}

template <class Set>
Status add_list(const xml_node& element, const char* attribute, Set& into) {
  auto list = Set::parse_list(element.attribute(attribute).value());
  if (!list) return failure(list.error().during(fmt::format("<{} {}>", element.name(), attribute)));
  into |= *list;
  return {};
}

Status read_pins(const xml_node& domain, DomainDefinition& definition) {
  ACDR_CHECK(add_list(domain.child("vcpu"), "cpuset", definition.pinned));
  for (const auto& pin : domain.child("cputune").children()) {
    const std::string_view name = pin.name();
    if (name == "vcpupin" || name == "emulatorpin" || name == "iothreadpin")
      ACDR_CHECK(add_list(pin, "cpuset", definition.pinned));
  }
  return add_list(domain.child("numatune").child("memory"), "nodeset", definition.memory_nodes);
}

/// Of several page sizes for several guest nodes, the first counts.
Status read_huge_pages(const xml_node& domain, DomainDefinition& definition) {
  const auto huge = domain.child("memoryBacking").child("hugepages");
  if (!huge) return {};
  definition.huge_page_size = Bytes{};
  const auto page = huge.child("page");
  if (!page) return {};
  ACDR_TRY(const auto unit, unit_bytes(page.attribute("unit").value()));
  ACDR_TRY(const auto size,
           number(page.attribute("size").value(), "<page size>", std::numeric_limits<std::uint64_t>::max() / unit));
  definition.huge_page_size = Bytes{size * unit};
  return {};
}

Status read_balloon(const xml_node& domain, DomainDefinition& definition) {
  const auto balloon = domain.child("devices").child("memballoon");
  definition.balloon = std::string_view(balloon.attribute("model").value()) != "none";
  ACDR_TRY(definition.balloon_size, memory_of(domain.child("currentMemory"), definition.memory));
  ACDR_TRY(const auto period, number(balloon.child("stats").attribute("period").as_string("0"), "<stats period>",
                                     std::numeric_limits<int>::max()));
  definition.balloon_polling = std::chrono::seconds(period);
  return {};
}

}  // namespace

Result<DomainDefinition> parse_domain_xml(std::string_view xml) {
  pugi::xml_document document;
  ACDR_CHECK(load(xml, document));
  ACDR_TRY(const xml_node domain, domain_node(document));
  DomainDefinition definition;
  ACDR_CHECK(read_identity(domain, definition));
  ACDR_CHECK(read_sizes(domain, definition));
  ACDR_CHECK(read_pins(domain, definition));
  ACDR_CHECK(read_huge_pages(domain, definition));
  ACDR_CHECK(read_balloon(domain, definition));
  definition.partition = trimmed(domain.child("resource").child("partition").text().get());
  ACDR_CHECK(read_devices(domain.child("devices"), definition));
  const NovaFlavor flavor = read_nova_flavor(domain);
  definition.flavor = flavor.name;
  definition.flavor_class = flavor.class_name;
  if (auto tag = read_tag(domain))
    definition.tag = std::move(*tag);
  else
    definition.tag_error = tag.error().message();
  return definition;
}

}  // namespace acdr
