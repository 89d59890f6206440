// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "base/cpu_set.hpp"
#include "base/units.hpp"
#include "ctl/text/table.hpp"
#include "ctl/text/views.hpp"
#include "ctl/text/words.hpp"

namespace acdr::ctl {
namespace {

using nlohmann::json;

CpuSet cpus(const json& list) { return CpuSet::parse_list(list.get<std::string>()).value_or(CpuSet()); }

/// The sets of a list that have a CPU in `within`: "0-3  4-7".
std::string sets_within(const json& sets, const CpuSet& within) {
  std::string words;
  for (const auto& set : sets)
    if (cpus(set).intersects(within)) words += (words.empty() ? "" : "  ") + set.get<std::string>();
  return words;
}

json core_sets(const json& cores) {
  json sets = json::array();
  for (const auto& core : cores) sets.push_back(core.at("cpus"));
  return sets;
}

/// Memory to a tenth of a GiB: the kernel keeps some of it, so the exact number never divides.
std::string memory_words(const json& bytes) {
  constexpr double gib = 1024.0 * 1024.0 * 1024.0;
  return fmt::format("{:.1f} GiB", static_cast<double>(bytes.get<std::uint64_t>()) / gib);
}

/// Where each core is a single CPU, its number says nothing that the node's list does not.
bool has_smt(const json& cores) {
  return std::ranges::any_of(cores, [](const json& core) { return cpus(core.at("cpus")).count() > 1; });
}

std::string node_lines(const json& topology, Style style) {
  const json& cores = topology.at("cores");
  const bool smt = has_smt(cores);
  Table table(style);
  table.heading({"NODE", "CPUS", "MEMORY", "LAST-LEVEL CACHES", smt ? "CORES" : ""});
  for (const auto& node : topology.at("nodes")) {
    const CpuSet own = cpus(node.at("cpus"));
    table.row({{or_dash(node.at("id"))},
               {or_dash(node.at("cpus"))},
               {memory_words(node.at("memory"))},
               {sets_within(topology.at("last_level_caches"), own)},
               {smt ? sets_within(core_sets(cores), own) : ""}});
  }
  return table.to_string();
}

}  // namespace

std::string view_topology(const json& topology, Style style) {
  Table table(style);
  const auto row = [&](const char* label, const std::string& value) { table.row({{label, Tone::heading}, {value}}); };
  row("CPUs online", or_dash(topology.at("online")));
  if (topology.at("possible") != topology.at("online")) row("CPUs possible", or_dash(topology.at("possible")));
  row("isolated at boot", or_dash(topology.at("isolated")));
  row("nohz_full", or_dash(topology.at("nohz_full")));
  row("cores", std::to_string(topology.at("cores").size()));
  const auto nodes = topology.at("nodes").empty() ? "The kernel shows no NUMA nodes.\n" : node_lines(topology, style);
  return table.to_string() + '\n' + nodes;
}

}  // namespace acdr::ctl
