// SPDX-License-Identifier: GPL-2.0-or-later
// What the engine costs on hosts of any size: reading them, clearing and restoring cores, and one domain more beside
// many.
#include <benchmark/benchmark.h>

#include <fmt/ranges.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <deque>

#include "bench/generated_host.hpp"
#include "engine/engine.hpp"
#include "plugins/registry.hpp"
#include "support/source_folder.hpp"

namespace acdr::bench {
namespace {

/// An engine on a generated host, with the shipped classes.
class Bench {
 public:
  explicit Bench(const HostSize& size) : host(size) {
    auto load = Catalogue::load({test::source_folder() / "classes"}, plugins.specs());
    auto ledger = Ledger::open(folder.path() / "ledger.db", "boot-1");
    if (!ledger) throw std::runtime_error(ledger.error().message());
    engine = std::make_unique<Engine>(Engine::Parts{
        host, host.topology(), plugins, std::move(load.catalogue), std::move(*ledger), {}, {keep(), {}, {}, {}}});
  }

  [[nodiscard]] static DomainDefinition domain(unsigned number) {
    DomainDefinition definition;
    definition.uuid = fmt::format("00000000-0000-0000-0000-{:012}", number);
    definition.name = fmt::format("web{}", number);
    definition.vcpus = definition.current_vcpus = 2;
    definition.memory = Bytes{std::uint64_t{64} << 20U};
    definition.tag = ConditioningTag{"vnf", {}};
    return definition;
  }
  [[nodiscard]] static std::string scope(const DomainDefinition& definition) {
    return "machine.slice/machine-" + definition.name + ".scope";
  }

  /// What the hook waits for.
  void prepare(const DomainDefinition& definition) {
    if (const auto refused = engine->prepare(definition); !refused.empty()) throw std::runtime_error(refused);
  }
  /// From the scope's appearance to all vCPUs on their cores.
  void confine(const DomainDefinition& definition) {
    engine->scope_appeared(definition.uuid, scope(definition));
    engine->domain_running(definition);
  }
  void give_back(const DomainDefinition& definition) { engine->scope_vanished(scope(definition)); }
  /// What libvirt does, and the kernel.
  void begin(const DomainDefinition& definition) { host.start_domain(scope(definition), definition.vcpus); }
  void end(const DomainDefinition& definition) { host.stop_domain(scope(definition)); }

  void start(const DomainDefinition& definition) {
    prepare(definition);
    begin(definition);
    confine(definition);
  }
  void stop(const DomainDefinition& definition) {
    end(definition);
    give_back(definition);
  }

  /// As the daemon's flight recorder does.
  Recorder keep() {
    return [this](const Record& record) {
      constexpr std::size_t limit = 4096;
      records.push_back(record);
      if (records.size() > limit) records.pop_front();
    };
  }

  std::deque<Record> records;
  GeneratedHost host;
  PluginRegistry plugins = all_plugins();
  test::TemporaryDirectory folder;
  std::unique_ptr<Engine> engine;
};

/// The first overwrites what threads asked for themselves, the others keep it; the last has remote partitions as well.
struct Kernel {
  const char* release;
  bool partitions = false;
};
constexpr Kernel overwriting_kernel{"6.1.0"};
constexpr Kernel keeping_kernel{"6.6.0"};
constexpr Kernel partitioning_kernel{"6.12.0", true};

/// A cgroup for a hundred threads.
HostSize with_threads(std::int64_t threads, const Kernel& kernel = overwriting_kernel, std::int64_t irqs = 400) {
  return {.threads = static_cast<int>(threads),
          .services = static_cast<int>(threads / 100),
          .kthreads = 2000,
          .irqs = static_cast<int>(irqs),
          .kernel = kernel.release,
          .partitions = kernel.partitions};
}

/// Room for hundreds of domains.
HostSize large(const Kernel& kernel) {
  HostSize size = with_threads(10'000, kernel);
  size.nodes = 8;
  size.cpus_per_node = 128;
  return size;
}

void must(const Status& status) {
  if (!status) throw std::runtime_error(status.error().message());
}

/// Only what clearing cores cannot do without: the lists of threads and interrupts, the masks of those that are in the
/// way, the cpusets of the slices.
void set_all(GeneratedHost& host, const std::vector<int>& movable, const std::vector<std::string>& irqs,
             const CpuSet& cpus) {
  for (const auto* slice : {"init.scope", "system.slice", "user.slice", "machine.slice"})
    must(host.write(fmt::format("sys/fs/cgroup/{}/cpuset.cpus", slice), cpus.to_list() + "\n"));
  for (const int tid : movable) must(host.set_affinity(tid, cpus));
  for (const auto& irq : irqs) must(host.write(irq, cpus.to_list()));
}

std::vector<std::string> irq_files(const GeneratedHost& host) {
  std::vector<std::string> files;
  for (const auto& entry : host.list("proc/irq"))
    if (entry.ends_with('/')) files.push_back(fmt::format("proc/irq/{}smp_affinity_list", entry));
  return files;
}

/// The masks of all threads, one look each.
std::vector<int> movable_threads(const GeneratedHost& host) {
  std::vector<int> movable;
  const auto look = [&](const std::string& cgroup) {
    const auto text = host.read("sys/fs/cgroup/" + cgroup + "cgroup.threads");
    if (!text) return;
    for (std::size_t at = 0; at < text->size(); at = text->find('\n', at) + 1) {
      const int tid = std::atoi(text->c_str() + at);
      if (const auto mask = host.affinity(tid); mask && cgroup.empty() && mask->count() > 1) movable.push_back(tid);
    }
  };
  look("");
  for (const auto& entry : host.list("sys/fs/cgroup/system.slice"))
    if (entry.ends_with('/')) look("system.slice/" + entry);
  return movable;
}

void floor(benchmark::State& state) {
  GeneratedHost host(with_threads(state.range(0), overwriting_kernel, state.range(1)));
  const CpuSet all = host.topology().online;
  for (auto _ : state) {
    set_all(host, movable_threads(host), irq_files(host), all - CpuSet{2, 3});
    set_all(host, movable_threads(host), irq_files(host), all);
  }
}

void clear_and_restore(benchmark::State& state, const Kernel& kernel) {
  Bench bench(with_threads(state.range(0), kernel, state.range(1)));
  for (auto _ : state) {
    if (const auto done = bench.engine->apply("quiet-host", {{"cores", "2-3"}}, nullptr, false); !done)
      throw std::runtime_error(done.error().message());
    must(bench.engine->release(Subject::host(), ""));
  }
}

void read_host(benchmark::State& state) {
  const GeneratedHost host(with_threads(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(read_snapshot(host, host.topology(), {}, Threads::of_plans));
}

using Milliseconds = std::chrono::duration<double, std::milli>;

template <class Work>
Milliseconds took(const Work& work) {
  const auto begun = std::chrono::steady_clock::now();
  work();
  return std::chrono::steady_clock::now() - begun;
}

/// Bytes that are allocated after it and were not before. They may be fewer than before: modulo 2^64, as sums are.
template <class Work>
std::size_t allocated_by(const Work& work) {
  const auto before = mallinfo2();
  work();
  const auto after = mallinfo2();
  return after.uordblks + after.hblkhd - before.uordblks - before.hblkhd;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// A domain starts and stops beside so many others, again and again. What libvirt and the kernel do for it is not in
/// the times, which are milliseconds.
class OneDomainMore {
 public:
  OneDomainMore(const Kernel& kernel, std::int64_t others)
      : bench_(large(kernel)), domain_(Bench::domain(static_cast<unsigned>(others))) {
    for (unsigned number = 0; number < others; ++number) bench_.start(Bench::domain(number));
  }

  /// Once. How long it took.
  double run() {
    const auto prepared = took([&] { bench_.prepare(domain_); });
    bench_.begin(domain_);
    const auto confined = took([&] { bench_.confine(domain_); });
    bench_.end(domain_);
    const auto given_back = took([&] { bench_.give_back(domain_); });
    prepared_.push_back(prepared.count());
    confined_.push_back(confined.count());
    given_back_.push_back(given_back.count());
    all_.push_back((prepared + confined + given_back).count());
    return all_.back();
  }

  /// Medians: a busy machine disturbs them less than means.
  void tell(benchmark::State& state) const {
    state.counters["claims"] = static_cast<double>(bench_.engine->claims().size());
    state.counters["prepared_ms"] = median(prepared_);
    state.counters["confined_ms"] = median(confined_);
    state.counters["given_back_ms"] = median(given_back_);
    state.counters["fastest_ms"] = std::ranges::min(all_);
  }
  [[nodiscard]] double in_all() const { return median(all_); }

 private:
  Bench bench_;
  DomainDefinition domain_;
  std::vector<double> prepared_;
  std::vector<double> confined_;
  std::vector<double> given_back_;
  std::vector<double> all_;
};

void one_domain_more(benchmark::State& state, const Kernel& kernel) {
  OneDomainMore more(kernel, state.range(0));
  for (auto _ : state) state.SetIterationTime(more.run() / 1'000);
  more.tell(state);
}

/// The same beside none and beside so many others in turn: whatever the machine does beside it, it does to both.
void to_the_first(benchmark::State& state, const Kernel& kernel) {
  OneDomainMore first(kernel, 0);
  OneDomainMore nth(kernel, state.range(0));
  for (auto _ : state) state.SetIterationTime((first.run() + nth.run()) / 1'000);
  state.counters["first_ms"] = first.in_all();
  state.counters["nth_ms"] = nth.in_all();
  state.counters["ratio"] = nth.in_all() / first.in_all();
}

/// So many domains start, and then all stop.
void storm(benchmark::State& state) {
  Bench bench(large(keeping_kernel));
  const auto count = static_cast<unsigned>(state.range(0));
  for (auto _ : state) {
    for (unsigned number = 0; number < count; ++number) bench.start(Bench::domain(number));
    for (unsigned number = 0; number < count; ++number) bench.stop(Bench::domain(number));
  }
}

/// What the daemon does when nothing has changed, and what it remembers of so many claims: what is allocated after them
/// and was not before, less what the generated host takes for them.
void sweep(benchmark::State& state) {
  Bench bench(large(keeping_kernel));
  bench.engine->host_changed();
  std::size_t remembered = 0;
  for (unsigned number = 0; number < static_cast<unsigned>(state.range(0)); ++number) {
    const DomainDefinition domain = Bench::domain(number);
    remembered += allocated_by([&] { bench.prepare(domain); });
    bench.begin(domain);
    remembered += allocated_by([&] { bench.confine(domain); });
  }
  for (auto _ : state) bench.engine->host_changed();
  state.counters["remembered_kB"] = static_cast<double>(remembered) / 1'000;
}

void hosts_to_clear(benchmark::internal::Benchmark* benchmark) {
  benchmark->Unit(benchmark::kMillisecond)->ArgNames({"threads", "irqs"});
  for (const std::int64_t threads : {1'000, 10'000, 50'000}) benchmark->Args({threads, 400});
  for (const std::int64_t irqs : {100, 4'000}) benchmark->Args({10'000, irqs});
}

void timed_by_itself(benchmark::internal::Benchmark* benchmark) {
  benchmark->Unit(benchmark::kMillisecond)->UseManualTime();
}

BENCHMARK(floor)->Apply(hosts_to_clear);
BENCHMARK_CAPTURE(clear_and_restore, overwriting, overwriting_kernel)->Apply(hosts_to_clear);
BENCHMARK_CAPTURE(clear_and_restore, keeping, keeping_kernel)->Apply(hosts_to_clear);
BENCHMARK(read_host)->Unit(benchmark::kMillisecond)->Arg(1'000)->Arg(10'000)->Arg(50'000);
BENCHMARK_CAPTURE(one_domain_more, overwriting, overwriting_kernel)->Apply(timed_by_itself)->Arg(0)->Arg(49)->Arg(199);
BENCHMARK_CAPTURE(one_domain_more, keeping, keeping_kernel)->Apply(timed_by_itself)->Arg(0)->Arg(49)->Arg(199);
BENCHMARK_CAPTURE(one_domain_more, partitioning, partitioning_kernel)
    ->Apply(timed_by_itself)
    ->Arg(0)
    ->Arg(49)
    ->Arg(199);
BENCHMARK_CAPTURE(to_the_first, overwriting, overwriting_kernel)->Apply(timed_by_itself)->Arg(49)->Arg(199);
BENCHMARK_CAPTURE(to_the_first, keeping, keeping_kernel)->Apply(timed_by_itself)->Arg(49)->Arg(199);
BENCHMARK_CAPTURE(to_the_first, partitioning, partitioning_kernel)->Apply(timed_by_itself)->Arg(49)->Arg(199);
BENCHMARK(storm)->Unit(benchmark::kMillisecond)->Arg(50);
BENCHMARK(sweep)->Unit(benchmark::kMillisecond)->Arg(1)->Arg(50)->Arg(200);

}  // namespace
}  // namespace acdr::bench
