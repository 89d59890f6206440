// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/scheduler/scheduler.hpp"

#include <sched.h>

#include <algorithm>
#include <array>

#include "plugins/domain_cgroups.hpp"
#include "plugins/settings.hpp"

namespace acdr {
namespace {

const ConditioningSpec description{
    "scheduler",
    "How the scheduler treats the vCPU threads: policy, priority, time slice, preemption interval",
    {{"policy",
      ParameterType::choice,
      {},
      {},
      {},
      {"other", "batch", "fifo", "rr"},
      "Scheduling policy of the vCPU threads; fifo and rr are real-time"},
     {"priority", ParameterType::integer, std::int64_t{1}, 1, 99, {}, "Priority of the real-time policies"},
     {"nice", ParameterType::integer, std::int64_t{0}, -20, 19, {}, "Nice value of the other policies"},
     {"slice",
      ParameterType::integer,
      {},
      100,
      100000,
      {},
      "Time slice of each vCPU thread in microseconds, where the kernel has one for each task (Linux 6.12)"},
     {"interval",
      ParameterType::integer,
      {},
      100,
      1000000,
      {},
      "How long a task of the host runs before another may preempt it, in microseconds; for the whole host"},
     {"rt-throttling",
      ParameterType::choice,
      std::string("keep"),
      {},
      {},
      {"keep", "off"},
      "off lets real-time tasks use a whole core; keep leaves the kernel's limit (0.95 s each second)"},
     {"bound-threads",
      ParameterType::choice,
      std::string("raise"),
      {},
      {},
      {"raise", "keep"},
      "With a real-time policy: raise lets what the kernel binds to the vCPUs' cores run before them; keep leaves it "
      "waiting while a vCPU does not idle"}}};

constexpr std::uint32_t highest_priority = 99;

/// The kernel's own name of the minimum preemption interval: since 6.6, and before.
constexpr std::array interval_files{"base_slice_ns", "min_granularity_ns"};

bool is_real_time(const std::string& policy) { return policy == "fifo" || policy == "rr"; }

std::uint32_t policy_number(const std::string& policy) {
  if (policy == "fifo") return SCHED_FIFO;
  if (policy == "rr") return SCHED_RR;
  return policy == "batch" ? SCHED_BATCH : SCHED_OTHER;
}

class Scheduler final : public Plugin {
 public:
  [[nodiscard]] const ConditioningSpec& spec() const override { return description; }
  [[nodiscard]] bool needs_cgroups() const override { return true; }

  [[nodiscard]] Status demand(const ParameterValues& parameters, const DomainDefinition*, const HostSnapshot&,
                              Demand&) const override {
    const auto* policy = parameter<std::string>(parameters, "policy");
    if (policy != nullptr && is_real_time(*policy) && parameters.contains("slice"))
      return failure(Error(ErrorKind::usage, fmt::format("scheduler: policy {} has no time slice", *policy),
                           "leave slice out, or use policy other"));
    return {};
  }

  [[nodiscard]] Plan plan(const PlanRequest& request, const HostSnapshot& host) const override {
    Plan plan;
    plan_vcpus(request, host, plan);
    plan_bound_threads(request, host, plan);
    plan_interval(request, host, plan);
    plan_throttling(request, plan);
    return plan;
  }

 private:
  static void plan_vcpus(const PlanRequest& request, const HostSnapshot& host, Plan& plan) {
    const auto* policy = parameter<std::string>(request.parameters, "policy");
    const auto* slice = parameter<std::int64_t>(request.parameters, "slice");
    if (request.domain == nullptr || (policy == nullptr && slice == nullptr)) return;
    Scheduling wanted;
    wanted.policy = policy == nullptr ? SCHED_OTHER : policy_number(*policy);
    if (policy != nullptr && is_real_time(*policy))
      wanted.priority = static_cast<std::uint32_t>(*parameter<std::int64_t>(request.parameters, "priority"));
    else
      wanted.nice = static_cast<std::int32_t>(*parameter<std::int64_t>(request.parameters, "nice"));
    if (slice != nullptr && host.task_slices) wanted.slice = std::chrono::microseconds(*slice);
    if (slice != nullptr && !host.task_slices)
      plan.residuals.push_back({"the vCPU threads keep the kernel's time slice", "this kernel has none for each task",
                                "use interval, or a kernel from 6.12 on"});
    for (const auto& thread : host.domain_threads)
      if (!thread.kernel && vcpu_number(thread.cgroup) && is_within(thread.cgroup, request.domain->scope))
        plan.wishes.push_back(
            {{KnobKind::thread_policy, thread.id.to_string()}, Equal{wanted.to_string()}, request.why, {}});
  }

  /// Softirqs that were handed to ksoftirqd, and with them RCU's grace periods, and the work that everybody queues on
  /// each CPU and waits for, are done by threads that the kernel binds: behind a real-time vCPU that never idles they
  /// wait for good, and then so does the whole host (docs/kernel-notes.md).
  static void plan_bound_threads(const PlanRequest& request, const HostSnapshot& host, Plan& plan) {
    const auto* policy = parameter<std::string>(request.parameters, "policy");
    if (request.domain == nullptr || policy == nullptr || !is_real_time(*policy)) return;
    const auto priority = static_cast<std::uint32_t>(*parameter<std::int64_t>(request.parameters, "priority"));
    const CpuSet& cores = request.allocation.cores;
    const char* remedy = nullptr;
    if (*parameter<std::string>(request.parameters, "bound-threads") == "keep")
      remedy = "ask for bound-threads: raise";
    else if (priority == highest_priority)
      remedy = "ask for a priority below 99: there is none above it";
    else if (cores.empty())
      remedy = "ask for dedicated-cores as well: they are raised on the cores of the claim";
    if (remedy != nullptr) {
      plan.residuals.push_back(
          {"kernel threads that are bound to a CPU wait while a vCPU there does not idle, and the host with them",
           "the vCPU threads are real-time, and these are not", remedy});
      return;
    }
    for (const auto& thread : host.threads)
      if (!thread.movable && !thread.affinity.empty() && thread.affinity.subset_of(cores))
        plan.wishes.push_back(
            {{KnobKind::thread_policy, thread.id.to_string()}, RealTimeAtLeast{priority + 1}, request.why, {}});
  }

  static void plan_interval(const PlanRequest& request, const HostSnapshot& host, Plan& plan) {
    const auto* interval = parameter<std::int64_t>(request.parameters, "interval");
    if (interval == nullptr) return;
    const auto* file =
        std::ranges::find_if(interval_files, [&](const char* name) { return host.scheduler_tunables.contains(name); });
    if (file == interval_files.end()) {
      plan.residuals.push_back({"the preemption interval stays the kernel's",
                                "its tunables are not below /sys/kernel/debug/sched",
                                "mount debugfs, and boot a kernel with CONFIG_SCHED_DEBUG"});
      return;
    }
    plan.wishes.push_back(setting(KnobKind::sysfs, std::string("kernel/debug/sched/") + *file,
                                  fmt::format("{}", *interval * 1000), request, "it is gone"));
  }

  static void plan_throttling(const PlanRequest& request, Plan& plan) {
    const auto* policy = parameter<std::string>(request.parameters, "policy");
    const auto* throttling = parameter<std::string>(request.parameters, "rt-throttling");
    if (throttling != nullptr && *throttling == "off") {
      plan.wishes.push_back(setting(KnobKind::sysctl, "kernel.sched_rt_runtime_us", "-1", request,
                                    "this kernel does not limit real-time tasks"));
    } else if (policy != nullptr && is_real_time(*policy)) {
      plan.residuals.push_back({"a vCPU that never idles is stopped for a moment in each second",
                                "the kernel keeps 5 % of each core for other tasks (kernel.sched_rt_runtime_us)",
                                "ask for rt-throttling: off"});
    }
  }
};

}  // namespace

std::unique_ptr<Plugin> scheduler() { return std::make_unique<Scheduler>(); }

}  // namespace acdr
