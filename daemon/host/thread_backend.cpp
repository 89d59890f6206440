// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/knob_backends.hpp"
#include "host/snapshot_readers.hpp"

namespace acdr {
namespace {

class ThreadBackend final : public KnobBackend {
 public:
  explicit ThreadBackend(HostAccess& host) : host_(host) {}

  [[nodiscard]] std::vector<KnobKind> kinds() const override {
    return {KnobKind::thread_affinity, KnobKind::kthread_affinity, KnobKind::thread_policy};
  }

  [[nodiscard]] Result<KnobValue> read(const KnobId& knob) const override {
    ACDR_TRY(const ThreadId id, living(knob));
    if (knob.kind == KnobKind::thread_policy) {
      ACDR_TRY(const Scheduling scheduling, host_.scheduling(id.tid));
      return KnobValue(scheduling.to_string());
    }
    ACDR_TRY(CpuSet cpus, host_.affinity(id.tid));
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

  /// A change of its cpuset gives a thread the cpuset's CPUs: always before Linux 6.2, and kernel threads to this day.
  [[nodiscard]] Result<KnobValue> kernel_default(const KnobId& knob) const override {
    if (knob.kind == KnobKind::thread_policy) return KnobBackend::kernel_default(knob);
    ACDR_TRY(const ThreadId id, ThreadId::parse(knob.object));
    ACDR_TRY(const std::string text, host_.read(fmt::format("proc/{}/cgroup", id.tid)));
    const auto at = text.rfind("0::/");
    if (at == std::string::npos) return KnobBackend::kernel_default(knob);
    const std::string path = text.substr(at + 4, text.find('\n', at) - at - 4);
    auto cpus = nearest_effective(path);
    if (!cpus) return KnobBackend::kernel_default(knob);
    return KnobValue(std::move(*cpus));
  }

 private:
  [[nodiscard]] Result<ThreadId> living(const KnobId& knob) const {
    ACDR_TRY(const ThreadId id, ThreadId::parse(knob.object));
    ACDR_TRY(const ThreadState thread, read_thread(host_, id.tid));
    if (thread.id != id) return failure(ErrorKind::not_found, "thread {} is gone", knob.object);
    return id;
  }

  /// A cgroup without the cpuset controller is bound by the nearest one above that has it.
  [[nodiscard]] std::optional<CpuSet> nearest_effective(std::string path) const {
    while (true) {
      if (auto cpus = read_cpu_list(host_, cgroup_file(path, "cpuset.cpus.effective"))) return cpus;
      if (path.empty()) return std::nullopt;
      const auto slash = path.rfind('/');
      path.resize(slash == std::string::npos ? 0 : slash);
    }
  }

  HostAccess& host_;
};

}  // namespace

std::unique_ptr<KnobBackend> thread_backend(HostAccess& host) { return std::make_unique<ThreadBackend>(host); }

}  // namespace acdr
