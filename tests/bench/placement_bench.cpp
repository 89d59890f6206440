// SPDX-License-Identifier: GPL-2.0-or-later
// What it costs to place one more claim: `place` alone, and `make_claim`, which also gathers the demand and what the
// live claims hold; and to plan them all. On recorded machines and on regular ones up to 1,024 CPUs, with up to 500
// claims live.
#include <benchmark/benchmark.h>

#include <stdexcept>

#include "engine/planner.hpp"
#include "plugins/registry.hpp"
#include "support/recorded_machines.hpp"
#include "support/topologies.hpp"

namespace acdr {
namespace {

const PluginRegistry& plugins() {
  static const PluginRegistry registry = all_plugins();
  return registry;
}

/// Each vCPU on a core of its own, a helper core for the emulator.
ResolvedClass dedicated() {
  ResolvedClass resolved;
  resolved.name = "bench";
  for (const auto* name : {"cleaner-cores", "dedicated-cores", "emulator-pinning"})
    resolved.conditionings.push_back({name, {}, "bench", {}});
  return resolved;
}

/// The same, on caches that no other member of one large group uses.
ResolvedClass kept_apart() {
  ResolvedClass resolved = dedicated();
  resolved.conditionings.push_back({"apart", {{"group", std::string("all")}}, "bench", {}});
  return resolved;
}

DomainDefinition domain(std::size_t number, unsigned vcpus) {
  DomainDefinition definition;
  definition.name = fmt::format("vm{:03}", number);
  definition.uuid = fmt::format("00000000-0000-0000-0000-{:012}", number);
  definition.vcpus = definition.current_vcpus = vcpus;
  definition.memory = Bytes{std::uint64_t{64} << 20};
  return definition;
}

/// A host of this shape with the threads of its kernel, and with so many domains that run and have a claim.
class LiveHost {
 public:
  LiveHost(Topology topology, std::size_t claims, ResolvedClass resolved = dedicated())
      : resolved_(std::move(resolved)) {
    host_.topology = std::move(topology);
    host_.cgroup_v2 = true;
    for (const unsigned cpu : host_.topology.online)
      for (const auto* name : {"ksoftirqd", "migration", "cpuhp", "kworker"})
        add_thread(fmt::format("{}/{}", name, cpu), "", CpuSet{cpu}, true);
    for (std::size_t number = 0; number < claims; ++number) start(number);
  }

  [[nodiscard]] const Claims& claims() const { return claims_; }
  [[nodiscard]] const HostSnapshot& host() const { return host_; }
  [[nodiscard]] Result<Claim> make(const DomainDefinition& definition) const {
    return make_claim(request_for(definition), claims_, host_, plugins(), {});
  }
  /// What `place` is given for a domain without further wishes.
  [[nodiscard]] Occupancy occupancy(const Demand& demand) const {
    return occupancy_of(claims_, request_for(next_), demand, host_);
  }
  [[nodiscard]] const DomainDefinition& next() const { return next_; }

 private:
  [[nodiscard]] ClaimRequest request_for(const DomainDefinition& definition) const {
    return {Subject::domain(definition.uuid), resolved_, {}, &definition, false, ""};
  }

  void start(std::size_t number) {
    const DomainDefinition definition = domain(number, 1);
    auto claim = make(definition);
    if (!claim) throw std::runtime_error(claim.error().message());
    claim->scope = "machine.slice/machine-qemu-" + definition.name + ".scope";
    add_cgroups(*claim);
    claims_.emplace(claim->key(), *std::move(claim));
  }

  void add_cgroups(const Claim& claim) {
    const auto add = [&](const std::string& path, const CpuSet& cpus) {
      host_.cgroups[path] = {.has_cpuset = true, .cpus = cpus, .effective = cpus, .threads = 1};
    };
    add(claim.scope, claim.allocation.cores | claim.allocation.helpers);
    add(claim.scope + "/libvirt/emulator", claim.allocation.helpers);
    for (std::size_t vcpu = 0; vcpu < claim.allocation.vcpu_cpus.size(); ++vcpu) {
      const std::string path = fmt::format("{}/libvirt/vcpu{}", claim.scope, vcpu);
      const CpuSet cpus{claim.allocation.vcpu_cpus[vcpu]};
      add(path, cpus);
      add_thread(fmt::format("CPU {}/KVM", vcpu), path, cpus, false);
    }
  }

  void add_thread(const std::string& name, const std::string& cgroup, const CpuSet& affinity, bool kernel) {
    const int tid = 1000 + static_cast<int>(host_.threads.size());
    host_.threads.push_back({.id = {tid, 1}, .name = name, .cgroup = cgroup, .affinity = affinity, .kernel = kernel});
  }

  ResolvedClass resolved_;
  HostSnapshot host_;
  Claims claims_;
  DomainDefinition next_ = domain(999'999, 4);
};

Topology large() {
  return test::make_topology({.packages = 8, .nodes_per_package = 2, .caches_per_node = 8, .cores_per_cache = 8});
}

Topology large_with_siblings() {
  return test::make_topology(
      {.packages = 8, .nodes_per_package = 2, .caches_per_node = 4, .cores_per_cache = 8, .threads = 2});
}

Topology medium() {
  return test::make_topology(
      {.packages = 2, .nodes_per_package = 2, .caches_per_node = 4, .cores_per_cache = 8, .threads = 2});
}

Demand dedicated_cores(std::size_t vcpus) {
  Demand demand;
  demand.vcpus = vcpus;
  demand.whole_cores = true;
  demand.helper_cores = 1;
  return demand;
}

void place_one(benchmark::State& state, const Topology& topology, const Occupancy& occupancy, const Demand& demand) {
  bool fits = false;
  for ([[maybe_unused]] auto _ : state) {
    const auto allocation = place(topology, demand, occupancy, {});
    benchmark::DoNotOptimize(allocation);
    fits = allocation.has_value();
  }
  state.counters["fits"] = fits ? 1 : 0;
}

void place_on(benchmark::State& state, Topology (*topology)(), std::size_t claims, const Demand& demand) {
  const LiveHost live(topology(), claims);
  place_one(state, live.host().topology, live.occupancy(demand), demand);
}

void claim_on(benchmark::State& state, Topology (*topology)(), std::size_t claims, ResolvedClass (*resolved)()) {
  const LiveHost live(topology(), claims, resolved());
  bool fits = false;
  for ([[maybe_unused]] auto _ : state) {
    const auto claim = live.make(live.next());
    benchmark::DoNotOptimize(claim);
    fits = claim.has_value();
  }
  state.counters["fits"] = fits ? 1 : 0;
}

/// All claims, as each pass does.
void plan_on(benchmark::State& state, Topology (*topology)(), std::size_t claims) {
  const LiveHost live(topology(), claims);
  std::size_t wishes = 0;
  for ([[maybe_unused]] auto _ : state) {
    const HostPlan plan = plan_claims(live.claims(), live.host(), plugins());
    benchmark::DoNotOptimize(plan);
    wishes = plan.wishes.by_knob().size();
  }
  state.counters["wishes"] = static_cast<double>(wishes);
}

void place_on_recorded(benchmark::State& state, const std::string& name) {
  const auto root = test::RecordedMachines::instance().root(name);
  const auto topology = root ? read_topology(*root) : failure(ErrorKind::not_found, "{} cannot be unpacked", name);
  if (!topology) return state.SkipWithError(topology.error().what().c_str());
  place_one(state, *topology, {}, dedicated_cores(1));
}

struct Machine {
  std::string name;
  Topology (*topology)();
  std::size_t most_claims;  ///< that find room
};

struct Wish {
  std::string name;
  Demand demand;
};

std::vector<Wish> wishes() {
  Demand split = dedicated_cores(96);
  split.may_split_nodes = true;
  Demand half = dedicated_cores(512);
  half.may_split_nodes = true;
  Demand automatic;
  automatic.any_cores = true;
  Demand floating = {};
  floating.memory_on_node = true;
  floating.floating_vcpus = 8;
  Demand helpers = dedicated_cores(4);
  helpers.helper_cores = 8;
  return {{"4 cores", dedicated_cores(4)}, {"4 cores, 8 helpers", helpers},     {"96 cores over nodes", split},
          {"512 cores over nodes", half},  {"as many as there are", automatic}, {"too many", dedicated_cores(2000)},
          {"one node's memory", floating}};
}

void register_all() {
  const auto in_microseconds = [](auto* bench) { bench->Unit(benchmark::kMicrosecond); };
  for (const auto& name : test::RecordedMachines::names())
    in_microseconds(benchmark::RegisterBenchmark(("place/recorded " + name).c_str(), place_on_recorded, name));
  const std::vector<Machine> machines{{"128 CPUs, 4 nodes", medium, 50},
                                      {"1024 CPUs, 16 nodes, siblings", large_with_siblings, 300},
                                      {"1024 CPUs, 16 nodes", large, 500}};
  for (const auto& machine : machines)
    for (const std::size_t claims : {0UZ, 50UZ, 300UZ, 500UZ}) {
      if (claims > machine.most_claims) continue;
      const std::string where = fmt::format("{}, {} claims", machine.name, claims);
      for (const auto& wish : wishes())
        in_microseconds(benchmark::RegisterBenchmark(fmt::format("place/{}/{}", where, wish.name).c_str(), place_on,
                                                     machine.topology, claims, wish.demand));
      in_microseconds(benchmark::RegisterBenchmark(("claim/" + where + "/dedicated cores").c_str(), claim_on,
                                                   machine.topology, claims, dedicated));
      in_microseconds(benchmark::RegisterBenchmark(("claim/" + where + "/apart from all others").c_str(), claim_on,
                                                   machine.topology, claims, kept_apart));
      in_microseconds(benchmark::RegisterBenchmark(("plan/" + where).c_str(), plan_on, machine.topology, claims));
    }
}

[[maybe_unused]] const bool registered = (register_all(), true);

}  // namespace
}  // namespace acdr
