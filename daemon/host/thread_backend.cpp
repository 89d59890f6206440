// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/knob_backends.hpp"
#include "host/snapshot_readers.hpp"

namespace acdr {
namespace {

class ThreadBackend final : public KnobBackend {
 public:
  ThreadBackend(HostAccess& host, const Topology& topology) : host_(host), topology_(topology) {}

  [[nodiscard]] std::vector<KnobKind> kinds() const override {
    return {KnobKind::thread_affinity, KnobKind::kthread_affinity, KnobKind::thread_policy};
  }

  [[nodiscard]] Result<KnobValue> read(const KnobId& knob) const override {
    ACDR_CHECK(living(knob));
    return read_back(knob);
  }

  [[nodiscard]] Result<KnobValue> read_back(const KnobId& knob) const override {
    ACDR_TRY(const ThreadId id, ThreadId::parse(knob.object));
    if (knob.kind == KnobKind::thread_policy) {
      ACDR_TRY(const Scheduling scheduling, host_.scheduling(id.tid));
      return KnobValue(scheduling.to_string());
    }
    ACDR_TRY(CpuSet cpus, knob.kind == KnobKind::kthread_affinity ? whole_mask(id.tid) : host_.affinity(id.tid));
    return KnobValue(std::move(cpus));
  }

  [[nodiscard]] Status write(const KnobId& knob, const KnobValue& value) override {
    ACDR_TRY(const ThreadId id, living(knob));
    if (knob.kind == KnobKind::thread_policy) {
      ACDR_TRY(const Scheduling scheduling, Scheduling::parse(std::get<std::string>(value)));
      return host_.set_scheduling(id.tid, scheduling);
    }
    return host_.set_affinity(id.tid, std::get<CpuSet>(value));
  }

  /// A change of its cpuset gives a thread the cpuset's CPUs: always before Linux 6.2, and kernel threads to this day;
  /// those keep the ones that are offline. With the last CPU of its mask offline a kernel thread gets all there may be
  /// (cpuset_cpus_allowed_fallback).
  [[nodiscard]] std::vector<KnobValue> kernel_values(const KnobId& knob) const override {
    const auto id = ThreadId::parse(knob.object);
    if (knob.kind == KnobKind::thread_policy || !id) return {};
    const auto cgroup = cgroup_of_thread(host_, id->tid);
    const auto cpus = cgroup ? nearest_effective(host_, *cgroup) : std::nullopt;
    if (knob.kind == KnobKind::thread_affinity) return cpus ? std::vector<KnobValue>{*cpus} : std::vector<KnobValue>();
    std::vector<KnobValue> values;
    if (cpus) values.emplace_back(*cpus | (topology_.possible - topology_.online));
    values.emplace_back(topology_.possible);
    return values;
  }

 private:
  /// sched_getaffinity(2) leaves out the CPUs that are offline. A kernel thread's mask may have some, which it has
  /// again once they are back.
  [[nodiscard]] Result<CpuSet> whole_mask(int tid) const {
    if (topology_.possible.subset_of(topology_.online)) return host_.affinity(tid);
    return allowed_cpus(host_, tid);
  }

  [[nodiscard]] Result<ThreadId> living(const KnobId& knob) const {
    ACDR_TRY(const ThreadId id, ThreadId::parse(knob.object));
    ACDR_TRY(const ThreadState thread, read_thread(host_, id.tid));
    if (thread.id != id) return failure(ErrorKind::not_found, "thread {} is gone", knob.object);
    return id;
  }

  HostAccess& host_;
  const Topology& topology_;
};

}  // namespace

std::unique_ptr<KnobBackend> thread_backend(HostAccess& host, const Topology& topology) {
  return std::make_unique<ThreadBackend>(host, topology);
}

}  // namespace acdr
