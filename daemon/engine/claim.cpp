// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/claim.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/printable.hpp"

namespace acdr {
namespace {

using nlohmann::json;

json value_to_json(const ParameterValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* size = std::get_if<Bytes>(&value)) return {{"bytes", size->value}};
  const auto& selection = std::get<CpuSelection>(value);
  if (const auto* list = selection.list()) return {{"cpus", list->to_list()}};
  return {{"word", std::get<std::string>(selection.value)}};
}

CpuSet cpus_from(const json& text) { return CpuSet::parse_list(text.get<std::string>()).value_or(CpuSet()); }

ParameterValue value_from_json(const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_string()) return value.get<std::string>();
  if (value.contains("bytes")) return Bytes{value.at("bytes").get<std::uint64_t>()};
  if (value.contains("word")) return CpuSelection{value.at("word").get<std::string>()};
  return CpuSelection{cpus_from(value.at("cpus"))};
}

json values_to_json(const ParameterValues& values) {
  json object = json::object();
  for (const auto& [name, value] : values) object[name] = value_to_json(value);
  return object;
}

ParameterValues values_from_json(const json& object) {
  ParameterValues values;
  for (const auto& [name, value] : object.items()) values.emplace(name, value_from_json(value));
  return values;
}

json class_to_json(const ResolvedClass& resolved) {
  json conditionings = json::array();
  for (const auto& item : resolved.conditionings)
    conditionings.push_back({{"name", item.name},
                             {"parameters", values_to_json(item.parameters)},
                             {"from_class", item.from_class},
                             {"file", item.origin.file},
                             {"line", item.origin.line},
                             {"column", item.origin.column}});
  return {{"name", resolved.name},
          {"summary", resolved.summary},
          {"required", resolved.required},
          {"parameters", values_to_json(resolved.parameters)},
          {"conditionings", conditionings}};
}

ResolvedClass class_from_json(const json& object) {
  ResolvedClass resolved;
  object.at("name").get_to(resolved.name);
  object.at("summary").get_to(resolved.summary);
  object.at("required").get_to(resolved.required);
  resolved.parameters = values_from_json(object.at("parameters"));
  for (const auto& item : object.at("conditionings"))
    resolved.conditionings.push_back({item.at("name"),
                                      values_from_json(item.at("parameters")),
                                      item.at("from_class"),
                                      {item.at("file"), item.at("line"), item.at("column")}});
  return resolved;
}

json allocation_to_json(const Allocation& allocation) {
  json object{{"cores", allocation.cores.to_list()},
              {"vcpus", allocation.vcpu_cpus},
              {"helpers", allocation.helpers.to_list()},
              {"reasons", allocation.reasons}};
  if (allocation.node) object["node"] = *allocation.node;
  if (allocation.memory_node) object["memory_node"] = *allocation.memory_node;
  if (const auto& pages = allocation.pages)
    object["pages"] = {
        {"node", pages->node}, {"size", pages->size.value}, {"count", pages->count}, {"added", pages->added}};
  if (const auto& cache = allocation.cache)
    object["cache"] = {{"ways", cache->ways.to_string()}, {"exclusive", cache->exclusive}};
  return object;
}

std::optional<CacheReserve> cache_from_json(const json& allocation) {
  if (!allocation.contains("cache")) return std::nullopt;
  const json& cache = allocation.at("cache");
  return CacheReserve{CacheWays::parse(cache.at("ways").get<std::string>()).value_or(CacheWays()),
                      cache.at("exclusive")};
}

Allocation allocation_from_json(const json& object) {
  Allocation allocation;
  allocation.cores = cpus_from(object.at("cores"));
  object.at("vcpus").get_to(allocation.vcpu_cpus);
  allocation.helpers = cpus_from(object.at("helpers"));
  object.at("reasons").get_to(allocation.reasons);
  if (object.contains("node")) allocation.node = object.at("node").get<unsigned>();
  if (object.contains("memory_node")) allocation.memory_node = object.at("memory_node").get<unsigned>();
  if (object.contains("pages")) {
    const json& pages = object.at("pages");
    allocation.pages = PageReserve{pages.at("node"), Bytes{pages.at("size")}, pages.at("count"), pages.at("added")};
  }
  allocation.cache = cache_from_json(object);
  return allocation;
}

json definition_to_json(const DomainDefinition& domain) {
  json object{{"uuid", domain.uuid},
              {"name", domain.name},
              {"vcpus", domain.vcpus},
              {"current_vcpus", domain.current_vcpus},
              {"iothreads", domain.iothreads},
              {"memory", domain.memory.value},
              {"partition", domain.partition},
              {"interfaces", domain.interfaces},
              {"target_devices", domain.target_devices},
              {"pci_devices", domain.pci_devices},
              {"pinned", domain.pinned.to_list()},
              {"memory_nodes", domain.memory_nodes.to_list()},
              {"addresses", domain.addresses},
              {"balloon", domain.balloon}};
  if (domain.huge_page_size) object["huge_page_size"] = domain.huge_page_size->value;
  return object;
}

DomainDefinition definition_from_json(const json& object) {
  DomainDefinition domain;
  object.at("uuid").get_to(domain.uuid);
  object.at("name").get_to(domain.name);
  object.at("vcpus").get_to(domain.vcpus);
  object.at("current_vcpus").get_to(domain.current_vcpus);
  object.at("iothreads").get_to(domain.iothreads);
  object.at("memory").get_to(domain.memory.value);
  object.at("partition").get_to(domain.partition);
  object.at("interfaces").get_to(domain.interfaces);
  object.at("target_devices").get_to(domain.target_devices);
  object.at("pci_devices").get_to(domain.pci_devices);
  domain.pinned = cpus_from(object.at("pinned"));
  // Ledgers of the first release do not have these.
  domain.memory_nodes = NodeSet::parse_list(object.value("memory_nodes", "")).value_or(NodeSet());
  domain.addresses = object.value("addresses", std::vector<std::string>());
  domain.balloon = object.value("balloon", true);
  if (object.contains("huge_page_size"))
    domain.huge_page_size = Bytes{object.at("huge_page_size").get<std::uint64_t>()};
  return domain;
}

/// Of any text one of letters, digits and dashes; different texts stay different.
std::string file_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    name += plain ? std::string(1, c) : fmt::format("_{:02x}", static_cast<unsigned char>(c));
  }
  return name;
}

}  // namespace

std::string reason_of(const std::string& conditioning, const Claim& claim) {
  // The host may have several claims, one a class.
  const std::string whose = claim.subject.is_host() ? "host class " + claim.resolved->name : claim.name;
  return fmt::format("{} of {}", conditioning, whose);
}

std::string handle_of(const Claim& claim) {
  if (!claim.together.empty()) return "together-" + file_name(claim.together);
  return file_name(claim.subject.is_host() ? "host-" + claim.resolved->name : claim.subject.uuid());
}

bool made_for(const Reasons& reasons, const Claim& claim) {
  const std::string ending = reason_of("", claim);
  return reasons.any_of([&](const std::string& reason) { return reason.ends_with(ending); });
}

std::string serialise(const Claim& claim) {
  json object{{"subject", claim.subject.to_string()},
              {"name", claim.name},
              {"class", class_to_json(*claim.resolved)},
              {"parameters", claim.parameters},
              {"allocation", allocation_to_json(claim.allocation)},
              {"definition", definition_to_json(*claim.definition)},
              {"scope", claim.scope},
              {"permanent", claim.permanent},
              {"together", claim.together},
              {"from_tag", claim.from_tag}};
  if (claim.apart) object["apart"] = {{"group", claim.apart->name}, {"level", to_string(claim.apart->level)}};
  // What comes from XML or the kernel need not be UTF-8; a claim that cannot be stored would be worse.
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Claim> parse_claim(const std::string& text) {
  try {
    const json object = json::parse(text);
    Claim claim;
    claim.subject = Subject::from_string(object.at("subject").get<std::string>());
    object.at("name").get_to(claim.name);
    claim.resolved = class_from_json(object.at("class"));
    object.at("parameters").get_to(claim.parameters);
    claim.allocation = allocation_from_json(object.at("allocation"));
    claim.definition = definition_from_json(object.at("definition"));
    object.at("scope").get_to(claim.scope);
    object.at("permanent").get_to(claim.permanent);
    object.at("from_tag").get_to(claim.from_tag);
    claim.together = object.value("together", "");
    if (object.contains("apart"))
      claim.apart = ApartGroup{object.at("apart").at("group"),
                               apart_level_from(object.at("apart").at("level").get<std::string>())};
    return claim;
  } catch (const json::exception& error) {
    return failure(ErrorKind::failed, "reading a claim from the ledger: {}", printable(error.what()));
  }
}

}  // namespace acdr
