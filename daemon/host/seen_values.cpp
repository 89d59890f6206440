// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/seen_values.hpp"

namespace acdr {

SeenValues::SeenValues(const HostSnapshot& host, Shared<Area> area)
    : host_(host), area_(std::move(area)), whole_masks_(host.topology.possible.subset_of(host.topology.online)) {
  threads_.reserve(host.threads.size());
  for (const auto& thread : host.threads) threads_.emplace(thread.id.tid, &thread);
}

std::optional<KnobValue> SeenValues::of(const KnobId& knob) const {
  switch (knob.kind) {
    case KnobKind::cgroup_cpus:
      return cgroup(knob.object);
    case KnobKind::thread_affinity:
    case KnobKind::kthread_affinity:
      return thread(knob);
    case KnobKind::irq_affinity:
      return interrupt(knob.object);
    case KnobKind::irq_default_affinity:
      return area_->machine ? host_.default_irq_affinity : std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<KnobValue> SeenValues::cgroup(const std::string& path) const {
  const auto found = host_.cgroups.find(path);
  if (found == host_.cgroups.end() || !found->second.has_cpuset || !area_->covers(path)) return std::nullopt;
  const CpuSet& possible = host_.topology.possible;
  return possible.subset_of(found->second.cpus) ? possible : found->second.cpus;
}

const ThreadState* SeenValues::thread_of(const KnobId& knob) const {
  const auto id = ThreadId::parse(knob.object);
  const auto found = id ? threads_.find(id->tid) : threads_.end();
  return found == threads_.end() || found->second->id != *id ? nullptr : found->second;
}

const std::string* SeenValues::cgroup_of(const KnobId& knob) const {
  const ThreadState* thread = thread_of(knob);
  return thread == nullptr ? nullptr : &thread->cgroup;
}

std::optional<KnobValue> SeenValues::thread(const KnobId& knob) const {
  const ThreadState* thread = thread_of(knob);
  if (thread == nullptr || !thread->movable || thread->kernel != (knob.kind == KnobKind::kthread_affinity))
    return std::nullopt;
  if (thread->kernel && !whole_masks_) return std::nullopt;
  if (!area_->looks_at(thread->cgroup) && !area_->threads.contains(thread->id.tid)) return std::nullopt;
  return thread->affinity;
}

std::optional<KnobValue> SeenValues::interrupt(const std::string& number) const {
  if (!area_->machine) return std::nullopt;
  const auto parsed = parse_unsigned(number);
  const IrqState* irq = parsed ? host_.irq(*parsed) : nullptr;
  if (irq == nullptr || irq->affinity.empty()) return std::nullopt;
  return irq->affinity;
}

}  // namespace acdr
