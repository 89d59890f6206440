// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/conditioning_tag.hpp"

#include "libvirt/xml_text.hpp"

#include <algorithm>
#include <pugixml.hpp>
#include <sstream>

namespace acdr {
namespace {

using pugi::xml_node;

struct QName {
  std::string_view prefix;
  std::string_view local;
};

QName split(std::string_view name) {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? QName{"", name} : QName{name.substr(0, colon), name.substr(colon + 1)};
}

/// The URI that the element's prefix is bound to, by the nearest declaration; "" where there is none.
std::string_view namespace_of(const xml_node& element) {
  const auto prefix = split(element.name()).prefix;
  const std::string declaration = prefix.empty() ? "xmlns" : fmt::format("xmlns:{}", prefix);
  for (xml_node scope = element; scope; scope = scope.parent())
    if (const auto bound = scope.attribute(declaration.c_str())) return bound.value();
  return "";
}

bool is_ours(const xml_node& element, std::string_view local) {
  return split(element.name()).local == local && namespace_of(element) == metadata_uri;
}

bool declares_namespace(std::string_view attribute) { return attribute == "xmlns" || attribute.starts_with("xmlns:"); }

/// Names in a tag end up in file names, logs and D-Bus replies: no blanks, no control characters.
bool is_plain_word(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7f; });
}

/// The value of the element's one attribute, `wanted`.
Result<std::string> only_attribute(const xml_node& element, std::string_view wanted) {
  std::optional<std::string> value;
  for (const auto& attribute : element.attributes()) {
    const std::string_view name = attribute.name();
    if (declares_namespace(name)) continue;
    if (name != wanted)
      return failure(ErrorKind::usage, "<{}> has an unknown attribute '{}'; it takes '{}'", printable(element.name()),
                     printable(name), wanted);
    if (value) return failure(ErrorKind::usage, "<{}> has the attribute '{}' twice", printable(element.name()), wanted);
    value = attribute.value();
  }
  if (!value) return failure(ErrorKind::usage, "<{}> has no attribute '{}'", printable(element.name()), wanted);
  return *value;
}

/// That attribute as a word of at most `limit` bytes; `noun` is what the sentence calls it.
Result<std::string> word_attribute(const xml_node& element, std::string_view wanted, std::size_t limit,
                                   std::string_view noun) {
  ACDR_TRY(std::string word, only_attribute(element, wanted));
  if (word.size() > limit) return failure(ErrorKind::usage, "the {} is longer than {} bytes", noun, limit);
  if (!is_plain_word(word))
    return failure(ErrorKind::usage, "the {} '{}' is empty or has blanks in it", noun, printable(word));
  return word;
}

/// The text of an element that may hold nothing else.
Result<std::string> only_text(const xml_node& element) {
  std::string text;
  for (const auto& child : element.children()) {
    if (child.type() == pugi::node_element)
      return failure(ErrorKind::usage, "<{}> holds an element <{}>; it takes text", printable(element.name()),
                     printable(child.name()));
    text += child.value();
  }
  return std::string(trimmed(text));
}

Status add_parameter(const xml_node& element, ConditioningTag& tag) {
  ACDR_TRY(std::string name, word_attribute(element, "name", tag_name_limit, "parameter name"));
  ACDR_TRY(std::string value, only_text(element));
  if (value.size() > tag_value_limit)
    return failure(ErrorKind::usage, "the value of parameter '{}' is longer than {} bytes", name, tag_value_limit);
  if (tag.parameters.size() == tag_parameters_limit)
    return failure(ErrorKind::usage, "there are more than {} parameters", tag_parameters_limit);
  if (!tag.parameters.emplace(name, std::move(value)).second)
    return failure(ErrorKind::usage, "parameter '{}' is given twice", name);
  return {};
}

Status add_child(const xml_node& child, ConditioningTag& tag) {
  if (child.type() == pugi::node_element) {
    if (is_ours(child, "param")) return add_parameter(child, tag);
    return failure(ErrorKind::usage, "<{}> holds an unknown element <{}>; it takes <param> in the same namespace",
                   printable(child.parent().name()), printable(child.name()));
  }
  if (trimmed(child.value()).empty()) return {};
  return failure(ErrorKind::usage, "<{}> holds text; it takes <param> elements", printable(child.parent().name()));
}

Result<ConditioningTag> read_element(const xml_node& element) {
  ConditioningTag tag;
  ACDR_TRY(tag.class_name, word_attribute(element, "class", tag_class_limit, "class name"));
  for (const auto& child : element.children()) ACDR_CHECK(add_child(child, tag));
  return tag;
}

/// Whether a child of <metadata> is the conditioning element. Error: it is meant for acdr but is something else.
Result<bool> is_conditioning(const xml_node& element) {
  if (is_ours(element, "conditioning")) return true;
  const auto uri = namespace_of(element);
  if (uri == metadata_uri)
    return failure(ErrorKind::usage, "<{}> is unknown; {} has the element 'conditioning'", printable(element.name()),
                   metadata_uri);
  const auto name = split(element.name());
  if (uri.empty() && name.prefix == metadata_prefix)
    return failure(ErrorKind::usage, "the prefix of <{}> is not bound to {}", printable(element.name()), metadata_uri);
  return false;
}

}  // namespace

Result<std::optional<ConditioningTag>> read_tag(const xml_node& domain) {
  std::optional<ConditioningTag> found;
  for (const auto& metadata : domain.children("metadata"))
    for (const auto& element : metadata.children()) {
      if (element.type() != pugi::node_element) continue;
      ACDR_TRY(const bool ours, is_conditioning(element));
      if (!ours) continue;
      if (found) return failure(ErrorKind::usage, "there is more than one conditioning element");
      ACDR_TRY(found, read_element(element));
    }
  return found;
}

NovaFlavor read_nova_flavor(const xml_node& domain) {
  // The namespace ends in a version, and its host part is no concern of ours.
  const auto is_novas = [](const xml_node& element, std::string_view local) {
    return split(element.name()).local == local &&
           namespace_of(element).find("/xmlns/libvirt/nova/") != std::string_view::npos;
  };
  const auto child = [&](const xml_node& parent, std::string_view local) {
    return parent.find_child([&](const xml_node& element) { return is_novas(element, local); });
  };
  const auto flavor = child(child(domain.child("metadata"), "instance"), "flavor");
  NovaFlavor found{flavor.attribute("name").value(), ""};
  for (const auto& spec : child(flavor, "extraSpecs").children())
    if (is_novas(spec, "extraSpec") && std::string_view(spec.attribute("name").value()) == "acdr:class")
      found.class_name = trimmed(spec.text().get());
  if (!is_plain_word(found.class_name) || found.class_name.size() > tag_class_limit) found.class_name.clear();
  return found;
}

std::string metadata_element(const ConditioningTag& tag) {
  // No prefix: virDomainSetMetadata puts the namespace on the element and on everything below it.
  pugi::xml_document document;
  auto element = document.append_child("conditioning");
  element.append_attribute("class").set_value(tag.class_name.c_str());
  for (const auto& [name, value] : tag.parameters) {
    auto parameter = element.append_child("param");
    parameter.append_attribute("name").set_value(name.c_str());
    parameter.text().set(value.c_str());
  }
  std::ostringstream text;
  document.save(text, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  return text.str();
}

}  // namespace acdr
