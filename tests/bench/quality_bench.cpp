// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of a stream of requests that come and go, with three ways of placing them: acdr's, the lowest-numbered
// free CPUs (what a script with taskset does, and the same in whole cores), and on small machines the best of all sets
// for each request. The counters are the result, not the time; they are the same in every run.
//
//   fit          % of the requests that were given CPUs
//   one_node     % of these that are on one NUMA node
//   whole_cores  % of these that shared no physical core with another for as long as they lived
//   nic_node     % of those with a NIC that are on its node
#include <benchmark/benchmark.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>

#include "engine/placement.hpp"
#include "support/every_set.hpp"
#include "support/recorded_machines.hpp"
#include "support/topologies.hpp"

namespace acdr {
namespace {

constexpr unsigned requests = 2000;

/// One request of the stream: a third have one of the NICs, a third are to have whole cores.
struct Request {
  Demand demand;
  unsigned leaves_after = 0;  ///< so many further requests
};

/// The last node of each package has a NIC.
std::vector<unsigned> nodes_with_nics(const Topology& topology) {
  std::map<unsigned, unsigned> last;
  for (const auto& core : topology.cores)
    if (core.node) last[core.package] = std::max(last[core.package], *core.node);
  std::vector<unsigned> nodes;
  for (const auto& [package, node] : last) nodes.push_back(node);
  return nodes;
}

/// As many as the machine has CPUs for live at a time, or would if all fitted.
std::vector<Request> stream_for(const Topology& topology) {
  std::mt19937 random(1);
  const auto between = [&random](unsigned first, unsigned last) {
    return first + static_cast<unsigned>(random()) % (last - first + 1);
  };
  const auto cores = static_cast<unsigned>(topology.cores.size());
  const auto threads = static_cast<unsigned>(topology.online.count()) / cores;
  const unsigned most_vcpus = std::min(8U, std::max(1U, cores / 2));
  const unsigned cpus_of_three = (most_vcpus + 1) * (2 + threads) / 2;
  const unsigned live = std::max(2U, 3 * threads * cores / cpus_of_three);
  const std::vector<unsigned> nics = nodes_with_nics(topology);
  std::vector<Request> stream;
  for (unsigned number = 0; number < requests; ++number) {
    Demand demand;
    demand.vcpus = between(1, most_vcpus);
    demand.whole_cores = between(1, 3) == 1;
    demand.may_split_nodes = true;
    if (!nics.empty() && between(1, 3) == 1) demand.node = nics.at(between(1, static_cast<unsigned>(nics.size())) - 1);
    stream.push_back({demand, between(1, 2 * live)});
  }
  return stream;
}

/// CPUs for a request; none where it does not fit.
using Placer = std::function<CpuSet(const Topology&, const Demand&, const Occupancy&)>;

CpuSet as_acdr(const Topology& topology, const Demand& demand, const Occupancy& occupancy) {
  const auto placed = place(topology, demand, occupancy, {});
  return placed ? placed->cores : CpuSet();
}

CpuSet first_cpus(const Topology& topology, const Demand& demand, const Occupancy& occupancy) {
  CpuSet found;
  for (const unsigned cpu : topology.online - occupancy.exclusive - reserved_housekeeping(topology, {})) {
    found.insert(cpu);
    if (found.count() == demand.vcpus) return found;
  }
  return {};
}

CpuSet first_cores(const Topology& topology, const Demand& demand, const Occupancy& occupancy) {
  const CpuSet taken = occupancy.exclusive | reserved_housekeeping(topology, {});
  CpuSet found;
  std::size_t room = 0;
  for (const auto& core : topology.cores) {
    if (core.cpus.intersects(taken)) continue;
    found |= core.cpus;
    room += demand.whole_cores ? 1 : core.cpus.count();
    if (room >= demand.vcpus) return found;
  }
  return {};
}

CpuSet best_of_all(const Topology& topology, const Demand& demand, const Occupancy& occupancy) {
  const test::PlacementCase c{topology, demand, occupancy, {}};
  const test::EverySet every(c);
  CpuSet cpus;
  if (every.best())
    for (const std::size_t index : every.best()->which_cores) cpus |= topology.cores[index].cpus;
  return cpus;
}

/// A request that was given CPUs.
struct Placed {
  CpuSet cpus;
  CpuSet cores;  ///< the same with all siblings
  bool on_one_node = false;
  bool has_nic = false;
  bool on_nics_node = false;
  bool shared = false;  ///< had a core together with another
  unsigned leaves_at = 0;
};

std::vector<Placed> run(const Topology& topology, const std::vector<Request>& stream, const Placer& placer) {
  std::vector<Placed> all;
  std::vector<std::size_t> live;
  for (unsigned now = 0; now < stream.size(); ++now) {
    std::erase_if(live, [&](std::size_t one) { return all[one].leaves_at <= now; });
    Occupancy occupancy;
    for (const std::size_t one : live) occupancy.exclusive |= all[one].cpus;
    const Demand& demand = stream[now].demand;
    const CpuSet cpus = placer(topology, demand, occupancy);
    if (cpus.empty()) continue;
    const NodeSet nodes = topology.nodes_of(cpus);
    Placed placed{.cpus = cpus,
                  .cores = topology.with_siblings(cpus),
                  .on_one_node = nodes.count() == 1,
                  .has_nic = demand.node.has_value(),
                  .on_nics_node = demand.node && nodes == NodeSet{*demand.node},
                  .shared = false,
                  .leaves_at = now + stream[now].leaves_after};
    for (const std::size_t one : live)
      if (all[one].cores.intersects(placed.cores)) placed.shared = all[one].shared = true;
    live.push_back(all.size());
    all.push_back(std::move(placed));
  }
  return all;
}

void count(benchmark::State& state, const std::vector<Placed>& placed) {
  const auto percent = [](auto part, std::size_t whole) {
    return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  };
  const auto with_nic = static_cast<std::size_t>(std::ranges::count_if(placed, &Placed::has_nic));
  state.counters["fit"] = percent(placed.size(), requests);
  state.counters["one_node"] = percent(std::ranges::count_if(placed, &Placed::on_one_node), placed.size());
  state.counters["whole_cores"] = percent(std::ranges::count(placed, false, &Placed::shared), placed.size());
  state.counters["nic_node"] = percent(std::ranges::count_if(placed, &Placed::on_nics_node), with_nic);
}

void quality_on(benchmark::State& state, const Topology& topology, const Placer& placer) {
  const std::vector<Request> stream = stream_for(topology);
  std::vector<Placed> placed;
  for ([[maybe_unused]] auto _ : state) placed = run(topology, stream, placer);
  count(state, placed);
}

void quality_on_recorded(benchmark::State& state, const std::string& name, const Placer& placer) {
  const auto root = test::RecordedMachines::instance().root(name);
  const auto topology = root ? read_topology(*root) : failure(ErrorKind::not_found, "{} cannot be unpacked", name);
  if (!topology) return state.SkipWithError(topology.error().what().c_str());
  quality_on(state, *topology, placer);
}

struct Machine {
  std::string name;
  test::Shape shape;
};

void register_all() {
  const std::vector<Machine> small{
      {"8 CPUs, 2 nodes", {.nodes_per_package = 2, .cores_per_cache = 4}},
      {"12 CPUs, 3 nodes", {.nodes_per_package = 3, .caches_per_node = 2, .cores_per_cache = 2}},
      {"16 CPUs, 2 nodes, siblings", {.packages = 2, .caches_per_node = 2, .cores_per_cache = 2, .threads = 2}}};
  const std::vector<Machine> large{
      {"128 CPUs, 4 nodes, siblings",
       {.packages = 2, .nodes_per_package = 2, .caches_per_node = 4, .cores_per_cache = 4, .threads = 2}},
      {"1024 CPUs, 16 nodes", {.packages = 8, .nodes_per_package = 2, .caches_per_node = 8, .cores_per_cache = 8}}};
  const std::vector<std::pair<std::string, Placer>> placers{
      {"place", as_acdr}, {"first_fit", first_cpus}, {"first_fit in whole cores", first_cores}};
  const auto once = [](auto* bench) { bench->Iterations(1)->Unit(benchmark::kMillisecond); };
  const auto add = [&](const Machine& machine, const std::string& how, const Placer& placer) {
    once(benchmark::RegisterBenchmark(fmt::format("quality/{}/{}", machine.name, how).c_str(), quality_on,
                                      test::make_topology(machine.shape), placer));
  };
  for (const auto& machine : small) {
    for (const auto& [how, placer] : placers) add(machine, how, placer);
    add(machine, "exhaustive", best_of_all);
  }
  for (const auto& machine : large)
    for (const auto& [how, placer] : placers) add(machine, how, placer);
  for (const auto& name : test::RecordedMachines::names())
    if (name.starts_with("64amd64-4s2n4ca2co") || name.starts_with("96em64t") || name.starts_with("40intel64"))
      for (const auto& [how, placer] : placers)
        once(benchmark::RegisterBenchmark(fmt::format("quality/recorded {}/{}", name, how).c_str(), quality_on_recorded,
                                          name, placer));
}

[[maybe_unused]] const bool registered = (register_all(), true);

}  // namespace
}  // namespace acdr
