// SPDX-License-Identifier: GPL-2.0-or-later
// What holds of groups of claims on any machine, in whatever order claims come and go.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "engine/planner.hpp"
#include "plugins/registry.hpp"
#include "support/topologies.hpp"

namespace acdr::test {
namespace {

unsigned between(unsigned first, unsigned last) { return *rc::gen::inRange(first, last + 1); }

HostSnapshot any_host() {
  HostSnapshot host;
  host.topology = make_topology({.packages = between(1, 2),
                                 .nodes_per_package = between(1, 2),
                                 .caches_per_node = between(1, 2),
                                 .cores_per_cache = between(1, 4),
                                 .threads = between(1, 2)});
  return host;
}

ParameterValues apart_parameters() {
  return {{"group", std::string("db")}, {"level", *rc::gen::element<std::string>("core", "cache", "node")}};
}

/// A claim of one of a few domains; now and then with CPUs of its own choice, which may split cores.
ResolvedClass any_class(const Topology& topology, const std::string& group_plugin, ParameterValues group) {
  ParameterValues cores;
  if (between(1, 3) == 1) {
    const unsigned first = between(0, topology.online.last());
    cores["cores"] = CpuSelection{CpuSet::range(first, std::min(first + between(0, 1), topology.online.last()))};
  }
  ResolvedClass resolved;
  resolved.name = "any";
  resolved.conditionings = {{"cleaner-cores", std::move(cores), "any", {}},
                            {group_plugin, std::move(group), "any", {}}};
  return resolved;
}

DomainDefinition domain(unsigned number) {
  DomainDefinition definition;
  definition.uuid = definition.name = std::to_string(number);
  definition.vcpus = definition.current_vcpus = between(1, 3);
  return definition;
}

/// Domains come and go, some of them with another class while they live.
void step(Claims& claims, const HostSnapshot& host, const PluginRegistry& plugins, const ResolvedClass& resolved) {
  const DomainDefinition definition = domain(between(0, 5));
  const Subject subject = Subject::domain(definition.uuid);
  if (between(1, 3) == 1) {
    claims.erase({subject, ""});
    return;
  }
  const ClaimRequest request{subject, resolved, {}, &definition, false, ""};
  if (auto claim = make_claim(request, claims, host, plugins, {})) {
    const auto key = claim->key();
    claims.insert_or_assign(key, *std::move(claim));
  }
}

NodeSet caches_of(const Topology& topology, const CpuSet& cpus) {
  NodeSet caches;
  for (const auto& core : topology.cores)
    if (core.cpus.intersects(cpus)) caches.insert(core.last_level_cache);
  return caches;
}

bool are_apart(const Topology& topology, const Claim& a, const Claim& b) {
  const CpuSet& of_a = a.allocation.cores;
  const CpuSet& of_b = b.allocation.cores;
  const ApartLevel level = std::max(a.apart->level, b.apart->level);
  if (topology.with_siblings(of_a).intersects(of_b)) return false;
  if (level == ApartLevel::cache) return !caches_of(topology, of_a).intersects(caches_of(topology, of_b));
  return level == ApartLevel::core || !topology.nodes_of(of_a).intersects(topology.nodes_of(of_b));
}

template <class Holds>
void hold_for_all_pairs(const Claims& claims, Holds holds) {
  for (auto a = claims.begin(); a != claims.end(); ++a)
    for (auto b = std::next(a); b != claims.end(); ++b) RC_ASSERT(holds(*a->second, *b->second));
}

RC_GTEST_PROP(GroupProperty, MembersOfAnApartGroupNeverShare, ()) {
  const HostSnapshot host = any_host();
  const PluginRegistry plugins = all_plugins();
  Claims claims;
  for (int count = 0; count < 20; ++count) {
    step(claims, host, plugins, any_class(host.topology, "apart", apart_parameters()));
    hold_for_all_pairs(claims, [&](const Claim& a, const Claim& b) { return are_apart(host.topology, a, b); });
  }
}

RC_GTEST_PROP(GroupProperty, MembersOfATogetherGroupHaveTheSameCoresAndOthersHaveNoneOfThem, ()) {
  const HostSnapshot host = any_host();
  const PluginRegistry plugins = all_plugins();
  Claims claims;
  for (int count = 0; count < 20; ++count) {
    const auto group = *rc::gen::element<std::string>("web", "db");
    step(claims, host, plugins, any_class(host.topology, "together", {{"group", group}}));
    hold_for_all_pairs(claims, [](const Claim& a, const Claim& b) {
      return a.together == b.together ? a.allocation.cores == b.allocation.cores
                                      : !a.allocation.cores.intersects(b.allocation.cores);
    });
  }
}

}  // namespace
}  // namespace acdr::test
