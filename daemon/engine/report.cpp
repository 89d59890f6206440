// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/report.hpp"

#include <fmt/chrono.h>

#include <nlohmann/json.hpp>

#include "classes/values.hpp"

namespace acdr {
namespace {

using nlohmann::json;

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

template <class Items>
json list(const Items& items) {
  json array = json::array();
  for (const auto& item : items) array.push_back(to_json(item));
  return array;
}

json value_texts(const ParameterValues& values) {
  json object = json::object();
  for (const auto& [name, value] : values) object[name] = to_text(value);
  return object;
}

json parameter_report(const ParameterSpec& spec, const ParameterValues& values) {
  const auto value = values.find(spec.name);
  return {{"name", spec.name},
          {"type", classes::type_name(spec.type)},
          {"value", value == values.end() ? json(nullptr) : json(to_text(value->second))},
          {"default", spec.default_value ? json(to_text(*spec.default_value)) : json(nullptr)},
          {"min", or_null(spec.min)},
          {"max", or_null(spec.max)},
          {"choices", spec.choices},
          {"help", spec.help}};
}

json conditioning_report(const ResolvedConditioning& item) {
  return {{"name", item.name},
          {"parameters", value_texts(item.parameters)},
          {"from_class", item.from_class},
          {"origin", {{"file", item.origin.file}, {"line", item.origin.line}, {"column", item.origin.column}}}};
}

json core_report(const PhysicalCore& core) {
  return {{"cpus", core.cpus.to_list()},
          {"package", core.package},
          {"node", or_null(core.node)},
          {"last_level_cache", core.last_level_cache},
          {"efficiency", core.efficiency}};
}

json cores_report(const Topology& topology) {
  json cores = json::array();
  for (const auto& core : topology.cores) cores.push_back(core_report(core));
  return cores;
}

json nodes_report(const Topology& topology) {
  json nodes = json::array();
  for (const auto& node : topology.nodes)
    nodes.push_back({{"id", node.id}, {"cpus", node.cpus.to_list()}, {"memory", node.memory.value}});
  return nodes;
}

json caches_report(const Topology& topology) {
  json caches = json::array();
  for (const auto& cpus : topology.last_level_caches) caches.push_back(cpus.to_list());
  return caches;
}

std::string iso_8601(std::chrono::system_clock::time_point time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (milliseconds - seconds).count());
}

}  // namespace

json to_json(const Allocation& allocation) {
  json pages = nullptr;
  if (const auto& reserve = allocation.pages)
    pages = {
        {"node", reserve->node}, {"size", reserve->size.value}, {"count", reserve->count}, {"added", reserve->added}};
  json cache = nullptr;
  if (const auto& reserve = allocation.cache)
    cache = {{"ways", reserve->ways.to_string()}, {"exclusive", reserve->exclusive}};
  return {{"cores", allocation.cores.to_list()},
          {"vcpus", allocation.vcpu_cpus},
          {"helpers", allocation.helpers.to_list()},
          {"node", or_null(allocation.node)},
          {"memory_node", or_null(allocation.memory_node)},
          {"pages", std::move(pages)},
          {"cache", std::move(cache)},
          {"reasons", allocation.reasons}};
}

json to_json(const Residual& residual) {
  return {{"what", residual.what}, {"reason", residual.reason}, {"remedy", residual.remedy}};
}

json to_json(const ClaimStatus& status) {
  return {{"subject", status.subject.to_string()},
          {"name", status.name},
          {"class", status.class_name},
          {"state", status.state},
          {"permanent", status.permanent},
          {"allocation", to_json(status.allocation)},
          {"problems", status.problems},
          {"residuals", list(status.residuals)}};
}

json to_json(const Decision& decision) {
  return {{"knob", decision.knob.to_string()},
          {"from", to_text(decision.found)},
          {"to", to_text(decision.desired)},
          {"why", decision.why.texts()},
          {"note", decision.note}};
}

json to_json(const PlanView& plan) {
  return {{"subject", plan.claim.subject.to_string()},
          {"name", plan.claim.name},
          {"class", plan.claim.resolved->name},
          {"allocation", to_json(plan.claim.allocation)},
          {"changes", list(plan.changes)},
          {"residuals", list(plan.residuals)}};
}

json to_json(const VerifyReport& report) {
  json items = json::array();
  for (const auto& item : report.items)
    items.push_back({{"subject", item.subject}, {"what", item.what}, {"holds", item.holds}, {"detail", item.detail}});
  return {{"holds", report.holds()}, {"items", std::move(items)}};
}

json to_json(const Topology& topology) {
  return {{"possible", topology.possible.to_list()},
          {"online", topology.online.to_list()},
          {"isolated", topology.isolated.to_list()},
          {"nohz_full", topology.nohz_full.to_list()},
          {"cores", cores_report(topology)},
          {"nodes", nodes_report(topology)},
          {"last_level_caches", caches_report(topology)}};
}

json to_json(const Record& record) {
  return {{"time", iso_8601(record.time)}, {"knob", record.knob.to_string()}, {"from", to_text(record.from)},
          {"to", to_text(record.to)},      {"result", record.result_text()},  {"why", record.why.to_string()},
          {"error", record.error}};
}

json status_report(std::span<const ClaimStatus> claims) { return {{"claims", list(claims)}}; }

nlohmann::json adaptation_report(const std::string& domain, bool running, std::span<const Adaptation> added) {
  json elements = json::array();
  for (const auto& [parent, xml, why] : added)
    elements.push_back({{"element", fmt::format("<{0}>{1}</{0}>", parent, xml)}, {"why", why}});
  return {{"domain", domain}, {"running", running}, {"added", elements}};
}

json log_report(std::span<const Record> records) { return {{"records", list(records)}}; }

json class_list_report(std::span<const ClassSummary> classes) {
  json array = json::array();
  for (const auto& item : classes)
    array.push_back({{"name", item.name},
                     {"summary", item.summary},
                     {"file", item.file},
                     {"overrides_shipped", item.overrides_shipped}});
  return {{"classes", std::move(array)}};
}

json class_report(const ResolvedClass& resolved, std::span<const ParameterSpec> declared) {
  json parameters = json::array();
  for (const auto& spec : declared) parameters.push_back(parameter_report(spec, resolved.parameters));
  json conditionings = json::array();
  for (const auto& item : resolved.conditionings) conditionings.push_back(conditioning_report(item));
  return {{"name", resolved.name},
          {"summary", resolved.summary},
          {"required", resolved.required},
          {"parameters", std::move(parameters)},
          {"conditionings", std::move(conditionings)}};
}

std::string json_text(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace acdr
