// SPDX-License-Identifier: GPL-2.0-or-later
// Every write of nine shipped classes fails once, with every error a kernel file may give; and the daemon dies before
// and after every write. Afterwards the host is the baseline or fully conditioned, never between, and status says
// which.
#include <gtest/gtest.h>

#include <array>
#include <cerrno>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

using Kernel = FakeHost::Kernel;

constexpr std::array kernels{Kernel::overwrites_masks, Kernel::keeps_masks, Kernel::has_partitions,
                             Kernel::keeps_kthread_masks};
constexpr std::array errors{EBUSY, EIO, EPERM, ENOSPC, EROFS, ENOENT, EINVAL};
const std::vector<std::string> classes{"cleaner-cores", "dedicated-cores", "emulator-isolation", "vnf",   "realtime",
                                       "latency",       "throughput",      "balanced",           "nested"};

/// A host with everything the shipped classes set.
struct Trial {
  explicit Trial(Kernel kernel) : world(kernel) {
    for (const auto* name : {"numa_balancing", "timer_migration", "nmi_watchdog", "sched_rt_runtime_us"})
      world.host.add_file(std::string("proc/sys/kernel/") + name, "1");
    for (const auto* name : {"stat_interval", "dirty_ratio", "dirty_background_ratio"})
      world.host.add_file(std::string("proc/sys/vm/") + name, "20");
    for (const auto* name : {"run", "pages_to_scan", "sleep_millisecs"})
      world.host.add_file(std::string("sys/kernel/mm/ksm/") + name, "1");
    for (const auto* name : {"enabled", "defrag", "khugepaged/defrag"})
      world.host.add_file(std::string("sys/kernel/mm/transparent_hugepage/") + name, "1");
    for (unsigned cpu = 0; cpu < 8; ++cpu) {
      const std::string folder = fmt::format("sys/devices/system/cpu/cpu{}/", cpu);
      world.host.add_file(folder + "cpufreq/scaling_governor", "schedutil");
      world.host.add_file(folder + "power/pm_qos_resume_latency_us", "0");
    }
    before = world.host.state();
  }

  void run(const DomainDefinition& vm) {
    world.start(vm, 1000);
    world.stop(vm);
  }

  World world;
  std::string before;
};

/// How the host looks with the domain running and nothing conditioned.
std::string unconditioned(Kernel kernel, const DomainDefinition& vm) {
  Trial trial(kernel);
  DomainDefinition plain = vm;
  plain.tag.reset();
  trial.world.start(plain, 1000);
  return trial.world.host.state();
}

std::size_t writes_of(Kernel kernel, const DomainDefinition& vm) {
  Trial trial(kernel);
  const std::size_t from = trial.world.host.writes;
  trial.run(vm);
  return trial.world.host.writes - from;
}

/// What status calls active is conditioned to the last knob, what it calls failed is not conditioned at all; in between
/// is only what it calls degraded, with the reason.
void expect_that_status_is_right(const Trial& trial, const std::string& plain, const std::string& where) {
  const auto status = trial.world.engine->status();
  ASSERT_EQ(status.size(), 1U) << where;
  if (status[0].state == "active") {
    for (const auto& item : trial.world.engine->verify(std::nullopt).items)
      EXPECT_TRUE(item.holds) << where << ": " << item.what << ": " << item.detail;
  } else {
    EXPECT_FALSE(status[0].problems.empty()) << where;
    if (status[0].state != "degraded") {
      EXPECT_EQ(trial.world.host.state(), plain) << where << ": " << status[0].state;
    }
  }
}

class EveryWrite : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Of, EveryWrite, testing::ValuesIn(classes), [](const auto& one) {
  std::string name = one.param;
  std::erase(name, '-');
  return name;
});

TEST_P(EveryWrite, MayFailOnceWithAnyError) {
  const auto vm = World::domain("trial", 2, GetParam());
  for (const auto kernel : kernels) {
    const std::size_t total = writes_of(kernel, vm);
    ASSERT_GT(total, 0U);
    for (std::size_t failing = 1; failing <= total; ++failing) {
      Trial trial(kernel);
      std::size_t count = 0;
      const int error = errors.at((failing + static_cast<std::size_t>(kernel)) % errors.size());
      trial.world.host.fail_write = [&](const std::string&) { return ++count == failing ? error : 0; };
      trial.run(vm);
      trial.world.host.fail_write = nullptr;
      trial.world.engine->host_changed();
      ASSERT_EQ(trial.world.host.state(), trial.before)
          << "write " << failing << ", error " << error << ", kernel " << static_cast<int>(kernel);
      ASSERT_TRUE(trial.world.engine->claims().empty());
    }
  }
}

TEST_P(EveryWrite, ThatFailsForGoodIsInTheStatus) {
  const auto vm = World::domain("trial", 2, GetParam());
  for (const auto kernel : kernels) {
    const std::string plain = unconditioned(kernel, vm);
    std::set<std::string> paths;
    Trial clean(kernel);
    clean.world.host.fail_write = [&](const std::string& path) {
      paths.insert(path);
      return 0;
    };
    clean.world.start(vm, 1000);
    for (const auto& path : paths) {
      // A single thread, interrupt or partition that refuses is a residual, and no failure.
      if (path.starts_with("thread") || path.starts_with("proc/irq/") || path.ends_with("partition") ||
          path.ends_with("exclusive"))
        continue;
      Trial trial(kernel);
      trial.world.host.fail_write = [&](const std::string& tried) { return tried == path ? EIO : 0; };
      trial.world.start(vm, 1000);
      expect_that_status_is_right(trial, plain, fmt::format("{} on kernel {}", path, static_cast<int>(kernel)));
    }
  }
}

struct Killed {};

enum class When { before_the_write, after_it };

TEST_P(EveryWrite, MayBeTheDaemonsLast) {
  const auto vm = World::domain("trial", 2, GetParam());
  for (const auto kernel : kernels) {
    const std::size_t total = writes_of(kernel, vm);
    for (const auto when : {When::before_the_write, When::after_it})
      for (std::size_t last = 1; last <= total; ++last) {
        Trial trial(kernel);
        std::size_t count = 0;
        if (when == When::before_the_write)
          trial.world.host.fail_write = [&](const std::string&) -> int { return ++count == last ? throw Killed() : 0; };
        else
          trial.world.host.after_write = [&] { ++count == last ? throw Killed() : 0; };
        EXPECT_THROW(trial.run(vm), Killed);
        trial.world.host.fail_write = nullptr;
        trial.world.host.after_write = nullptr;
        const std::string where = fmt::format("write {} of {} on kernel {}", last, total, static_cast<int>(kernel));
        trial.world.restart();
        trial.world.start(vm, 1000, false);
        for (const auto& item : trial.world.engine->verify(std::nullopt).items)
          EXPECT_TRUE(item.holds) << where << ": " << item.what << ": " << item.detail;
        trial.world.host.remove_cgroup(World::scope(vm));
        trial.world.engine->host_changed();
        trial.world.engine->drop_pending_except({});
        ASSERT_EQ(trial.world.host.state(), trial.before) << where;
      }
  }
}

}  // namespace
}  // namespace acdr::test
