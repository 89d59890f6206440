// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/concerned.hpp"

#include <algorithm>
#include <utility>

#include "engine/knob_groups.hpp"

namespace acdr {
namespace {

using Wishes = std::vector<const Wish*>;

Wishes::const_iterator end_of_knob(Wishes::const_iterator first, const Wishes& wishes) {
  return std::find_if(first, wishes.end(), [&](const Wish* wish) { return wish->knob != (*first)->knob; });
}

const auto& want_of(const Wish* wish) { return wish->want; }

std::unordered_set<KnobId, KnobHash> differences(const Wishes& before, const Wishes& now) {
  std::unordered_set<KnobId, KnobHash> changed;
  auto old = before.begin();
  auto wish = now.begin();
  while (old != before.end() || wish != now.end()) {
    if (old != before.end() && wish != now.end() && *old == *wish) {  // most are the same ones
      ++old;
      ++wish;
      continue;
    }
    const bool gone = wish == now.end() || (old != before.end() && (*old)->knob < (*wish)->knob);
    const bool is_new = !gone && (old == before.end() || (*wish)->knob < (*old)->knob);
    const auto old_end = is_new ? old : end_of_knob(old, before);
    const auto end = gone ? wish : end_of_knob(wish, now);
    if (!std::ranges::equal(old, old_end, wish, end, {}, want_of, want_of))
      changed.insert(gone ? (*old)->knob : (*wish)->knob);
    old = old_end;
    wish = end;
  }
  return changed;
}

int number_of(const std::pair<int, const std::string*>& entry) { return entry.first; }

}  // namespace

Concerned::Concerned(Shared<Area> area, const HostSnapshot& host, const HostPlan& before, const HostPlan& now)
    : area_(std::move(area)), changed_(differences(before.wishes.by_knob(), now.wishes.by_knob())) {
  all_ = before.cpus.online != now.cpus.online;
  for (const auto& knob : changed_) add_threads_of(knob);
  for (const auto* threads : {&host.threads, &host.domain_threads})
    for (const auto& thread : *threads)
      if (!thread.kernel || !thread.cgroup.empty()) cgroups_.emplace_back(thread.id.tid, &thread.cgroup);
  std::ranges::stable_sort(cgroups_, {}, number_of);
}

const std::string* Concerned::cgroup_of(int tid) const {
  const auto found = std::ranges::lower_bound(cgroups_, tid, {}, number_of);
  return found == cgroups_.end() || found->first != tid ? nullptr : found->second;
}

bool Concerned::widen(const KnobId& knob) {
  disturbs_settled_ |= knob.kind == KnobKind::cgroup_cpus && touches_settled(knob.object);
  return add_threads_of(knob);
}

bool Concerned::touches_settled(const std::string& cgroup) const {
  return area_->is_settled(cgroup) || std::ranges::any_of(*area_->settled, [&](const auto& settled) {
           return is_within(settled, cgroup) && !area_->unsettled.contains(settled);
         });
}

bool Concerned::add_threads_of(const KnobId& knob) {
  if (all_ || !moves_threads(knob.kind)) return false;
  // A partition takes its CPUs from every thread. The sets of cgroups stay what they are.
  if (is_partition(knob.kind)) return !std::exchange(all_threads_, true);
  return written_.cgroups.insert(knob.object).second;
}

bool Concerned::exceeds_area() const {
  if (disturbs_settled_) return true;
  if (area_->is_whole()) return false;
  return all_ || all_threads_ ||
         !std::ranges::all_of(written_.cgroups, [this](const auto& cgroup) { return area_->covers(cgroup); });
}

bool Concerned::contains(const KnobId& knob) const {
  if (all_) return true;
  if (is_of_thread(knob.kind)) return contains_thread(knob);
  if (is_of_cgroup(knob.kind) ? walk_.looks_at(knob.object) : area_->is_whole() || area_->devices) return true;
  return changed_.contains(knob);
}

bool Concerned::contains_thread(const KnobId& knob) const {
  static const std::string root;
  const auto id = ThreadId::parse(knob.object);
  if (all_threads_ || changed_.contains(knob) || (id && area_->threads.contains(id->tid))) return true;
  const std::string* cgroup = id ? cgroup_of(id->tid) : nullptr;
  // It is gone, or where nobody has looked; or the kernel binds it, and no cgroup has a say in it.
  if (cgroup == nullptr && knob.kind != KnobKind::kthread_affinity) return area_->is_whole();
  if (cgroup == nullptr) cgroup = &root;
  return walk_.looks_at(*cgroup) || written_.covers(*cgroup);
}

}  // namespace acdr
