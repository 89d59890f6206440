// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/domain_adaptation.hpp"

#include "libvirt/domain_xml.hpp"

#include <pugixml.hpp>
#include <sstream>

namespace acdr {
namespace {

using pugi::xml_node;

/// Everything is kept: metadata of others may hold comments, and text in which blanks count.
constexpr unsigned keep_all = pugi::parse_full | pugi::parse_ws_pcdata;

/// Whether the element was lacking, and is there now.
bool add_if_lacking(xml_node domain, const Adaptation& wanted) {
  pugi::xml_document fragment;
  if (!fragment.load_string(wanted.xml.c_str())) return false;
  const xml_node element = fragment.document_element();
  xml_node parent = domain.child(wanted.parent.c_str());
  if (parent.child(element.name())) return false;
  if (!parent) parent = domain.append_child(wanted.parent.c_str());
  parent.append_copy(element);
  return true;
}

}  // namespace

Result<AdaptedXml> adapt_domain_xml(std::string_view xml, std::span<const Adaptation> wanted) {
  // Its checks of size and form, with line and column, hold for this reading too.
  if (const auto sound = parse_domain_xml(xml); !sound) return failure(sound.error());
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size(), keep_all, pugi::encoding_utf8))
    return failure(ErrorKind::usage, "the domain XML cannot be read with all that is in it");
  AdaptedXml adapted;
  for (const auto& adaptation : wanted)
    if (add_if_lacking(document.document_element(), adaptation)) adapted.added.push_back(adaptation);
  std::ostringstream text;
  document.save(text, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  adapted.xml = text.str();
  return adapted;
}

}  // namespace acdr
