// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/domain_calls.hpp"

#include <libvirt/virterror.h>

#include "libvirt/domain_adaptation.hpp"

#include <array>
#include <charconv>
#include <span>

namespace acdr::libvirt {
namespace {

/// libvirt's array of domains; both the array and what is in it belong to the caller.
std::vector<DomainHandle> adopt(virDomainPtr* domains, int count) {
  const std::unique_ptr<virDomainPtr, ReleaseWith<&std::free>> array(domains);
  std::vector<DomainHandle> handles;
  for (virDomainPtr domain : std::span(domains, static_cast<std::size_t>(count))) handles.emplace_back(domain);
  return handles;
}

/// A domain that is not there is no error: an empty handle.
Result<DomainHandle> found_or_none(virDomainPtr domain, const std::string& selector) {
  if (domain != nullptr || virGetLastErrorCode() == VIR_ERR_NO_DOMAIN) return DomainHandle(domain);
  return failure(libvirt_error("looking up domain " + selector));
}

Result<DomainHandle> by_id(virConnectPtr connection, const std::string& selector) {
  int id = 0;
  const char* end = selector.data() + selector.size();
  const auto [stop, error] = std::from_chars(selector.data(), end, id);
  if (error != std::errc() || stop != end || id < 0) return DomainHandle();
  return found_or_none(virDomainLookupByID(connection, id), selector);
}

bool looks_like_uuid(const std::string& selector) {
  return selector.size() == 36 && selector.find_first_not_of("0123456789abcdefABCDEF-") == std::string::npos;
}

/// Whichever of the two is there; an error if both are and are not the same domain.
Result<DomainHandle> the_one(DomainHandle named, DomainHandle numbered, const std::string& selector) {
  if (!named && !numbered) return failure(ErrorKind::not_found, "no domain has the name, id or uuid '{}'", selector);
  if (named && numbered && uuid_of(named.get()) != uuid_of(numbered.get()))
    return failure(ErrorKind::usage, "'{}' is the name of domain {} and the id of domain {}; give the uuid", selector,
                   uuid_of(named.get()), uuid_of(numbered.get()));
  return named ? std::move(named) : std::move(numbered);
}

/// Flags for the definitions that a domain has: the running one, the persistent one, or both.
Result<unsigned> definitions_of(virDomainPtr domain, std::string_view doing) {
  const int active = virDomainIsActive(domain);
  if (active < 0) return failure(libvirt_error(doing));
  const int persistent = virDomainIsPersistent(domain);
  if (persistent < 0) return failure(libvirt_error(doing));
  unsigned flags = 0;
  if (active == 1) flags |= VIR_DOMAIN_AFFECT_LIVE;
  if (persistent == 1) flags |= VIR_DOMAIN_AFFECT_CONFIG;
  return flags;
}

}  // namespace

std::string uuid_of(virDomainPtr domain) {
  std::array<char, VIR_UUID_STRING_BUFLEN> text{};
  virDomainGetUUIDString(domain, text.data());
  return text.data();
}

std::string name_of(virDomainPtr domain) {
  const char* name = virDomainGetName(domain);
  return name == nullptr ? "" : name;
}

Result<DomainHandle> look_up_uuid(virConnectPtr connection, const std::string& uuid) {
  DomainHandle domain(virDomainLookupByUUIDString(connection, uuid.c_str()));
  if (!domain) return failure(libvirt_error("looking up domain " + uuid));
  return domain;
}

Result<DomainHandle> look_up(virConnectPtr connection, const std::string& selector) {
  if (looks_like_uuid(selector)) {
    ACDR_TRY(auto domain, found_or_none(virDomainLookupByUUIDString(connection, selector.c_str()), selector));
    if (domain) return domain;
  }
  ACDR_TRY(auto named, found_or_none(virDomainLookupByName(connection, selector.c_str()), selector));
  ACDR_TRY(auto numbered, by_id(connection, selector));
  return the_one(std::move(named), std::move(numbered), selector);
}

Result<std::string> xml_of(virDomainPtr domain) {
  const auto doing = "reading the definition of domain " + name_of(domain);
  const CString xml(virDomainGetXMLDesc(domain, 0));  // the live definition while it runs
  if (!xml) return failure(libvirt_error(doing));
  return std::string(xml.get());
}

Result<DomainRecord> record_of(virDomainPtr domain) {
  ACDR_TRY(const std::string xml, xml_of(domain));
  DomainRecord record;
  if (auto definition = parse_domain_xml(xml)) {
    record.definition = std::move(*definition);
  } else {
    record.definition.uuid = uuid_of(domain);
    record.definition.name = name_of(domain);
    record.problem = definition.error().message();
  }
  const auto doing = "reading the state of domain " + name_of(domain);
  int state = VIR_DOMAIN_NOSTATE;
  int reason = 0;
  if (virDomainGetState(domain, &state, &reason, 0) != 0) return failure(libvirt_error(doing));
  record.state = domain_state(state);
  record.starting = state == VIR_DOMAIN_PAUSED && reason == VIR_DOMAIN_PAUSED_STARTING_UP;
  // A domain in the midst of starting or stopping has a process that its state does not tell of.
  record.active = virDomainIsActive(domain) == 1;
  return record;
}

Result<DomainRecord> find_domain(virConnectPtr connection, const std::string& selector) {
  ACDR_TRY(const auto domain, look_up(connection, selector));
  return record_of(domain.get());
}

Result<std::vector<DomainRecord>> list_all(virConnectPtr connection) {
  virDomainPtr* domains = nullptr;
  const int count = virConnectListAllDomains(connection, &domains, 0);
  if (count < 0) return failure(libvirt_error("listing the domains"));
  std::vector<DomainRecord> records;
  for (const auto& domain : adopt(domains, count)) {
    auto record = record_of(domain.get());
    if (record)
      records.push_back(std::move(*record));
    else if (record.error().kind() != ErrorKind::not_found)
      return failure(record.error());
  }
  return records;
}

Status set_tag(virDomainPtr domain, const std::optional<ConditioningTag>& tag) {
  const auto doing = "writing the metadata of domain " + name_of(domain);
  ACDR_TRY(const unsigned flags, definitions_of(domain, doing));
  const std::string element = tag ? metadata_element(*tag) : "";
  const std::string prefix(metadata_prefix);
  const std::string uri(metadata_uri);
  if (virDomainSetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, tag ? element.c_str() : nullptr, prefix.c_str(),
                           uri.c_str(), flags) != 0)
    return failure(libvirt_error(doing));
  return {};
}

Status set_balloon_polling(virDomainPtr domain, int seconds) {
  if (virDomainSetMemoryStatsPeriod(domain, seconds, VIR_DOMAIN_AFFECT_LIVE) != 0)
    return failure(libvirt_error(fmt::format("polling the balloon of domain {} every {} s", name_of(domain), seconds)));
  return {};
}

Status set_balloon_size(virDomainPtr domain, unsigned long kibibytes) {
  if (virDomainSetMemoryFlags(domain, kibibytes, VIR_DOMAIN_AFFECT_LIVE) != 0)
    return failure(libvirt_error(fmt::format("giving domain {} {} KiB of memory", name_of(domain), kibibytes)));
  return {};
}

Result<std::vector<Adaptation>> adapt(virDomainPtr domain, const std::vector<Adaptation>& wanted) {
  const auto doing = "adapting the definition of domain " + name_of(domain);
  const int persistent = virDomainIsPersistent(domain);
  if (persistent < 0) return failure(libvirt_error(doing));
  if (persistent == 0)
    return failure(Error(ErrorKind::refused, fmt::format("domain {} has no persistent definition", name_of(domain)),
                         "change the definition that it is created from"));
  // Without SECURE the passwords would be missing in what is written back.
  const CString xml(virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE));
  if (!xml) return failure(libvirt_error(doing));
  auto adapted = adapt_domain_xml(xml.get(), wanted);
  if (!adapted) return failure(adapted.error().during(doing));
  if (adapted->added.empty()) return std::vector<Adaptation>();
  const DomainHandle defined(
      virDomainDefineXMLFlags(virDomainGetConnect(domain), adapted->xml.c_str(), VIR_DOMAIN_DEFINE_VALIDATE));
  if (!defined) return failure(libvirt_error(doing));
  return std::move(adapted->added);
}

}  // namespace acdr::libvirt
