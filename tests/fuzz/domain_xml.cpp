// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/domain_xml.hpp"

#include <algorithm>

#include "engine/claim.hpp"
#include "fuzz/harness.hpp"

namespace acdr::fuzz {
namespace {

bool is_uuid(std::string_view text) {
  constexpr std::string_view shape = "00000000-0000-0000-0000-000000000000";
  return text.size() == shape.size() && std::ranges::equal(text, shape, [](char given, char wanted) {
           return wanted == '-' ? given == '-' : (given >= '0' && given <= '9') || (given >= 'a' && given <= 'f');
         });
}

/// As libvirt puts it among the metadata.
std::string domain_with(const ConditioningTag& tag) {
  std::string element = metadata_element(tag);
  constexpr std::string_view start = "<conditioning";
  element.insert(start.size(), fmt::format(" xmlns='{}'", metadata_uri));
  return fmt::format(
      "<domain><uuid>01234567-89ab-cdef-0123-456789abcdef</uuid><name>a</name><metadata>{}</metadata></domain>",
      element);
}

void promise_storable(const DomainDefinition& domain) {
  Claim claim;
  claim.subject = Subject::domain(domain.uuid);
  claim.name = "domain " + domain.name;
  claim.definition = domain;
  const std::string text = serialise(claim);
  const auto again = parse_claim(text);
  promise(again.has_value() && serialise(*again) == text, "a claim of any domain can be stored");
}

}  // namespace

void domain_xml(std::string_view input) {
  const auto domain = parse_domain_xml(input);
  promise_plain_error(domain);
  if (!domain) return;
  promise(is_uuid(domain->uuid), "a uuid is one");
  promise_one_line(domain->name);
  promise(domain->iothread_ids.size() >= domain->iothreads, "each iothread has a number");
  if (!domain->tag_error.empty()) promise_one_line(domain->tag_error);
  promise_storable(*domain);
  if (!domain->tag) return;
  const auto tagged = parse_domain_xml(domain_with(*domain->tag));
  promise(tagged.has_value() && tagged->tag == domain->tag, "a tag that is written is the tag that is read");
}

}  // namespace acdr::fuzz
