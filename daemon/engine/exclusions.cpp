// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/exclusions.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/merge.hpp"

namespace acdr {
namespace {

void insert(std::vector<std::size_t>& which, std::size_t index) {
  if (which.empty() || which.back() != index) which.push_back(index);
}

std::vector<std::size_t> without(const std::vector<std::size_t>& which, const std::vector<std::size_t>& others) {
  std::vector<std::size_t> left;
  std::ranges::set_difference(which, others, std::back_inserter(left));
  return left;
}

}  // namespace

Exclusions::Exclusions(std::vector<const Exclusion*> all, const HostSnapshot& host)
    : all_(std::move(all)), host_(host) {
  tasks_ = of_kind(Exclusion::Of::tasks);
  count_tasks();
  ways_.reserve(tasks_.size());
  for (const auto index : tasks_) follow_carriers(index);
  for (auto& [path, way] : ways_) way.onwards = without(way.any, way.there);
}

/// Nobody asks at most passes.
void Exclusions::find_what_stays() {
  if (std::exchange(knows_what_stays_, true)) return;
  if (!tasks_.empty()) sort_bound_threads();
  find_interrupts_that_stay();
}

void Exclusions::count_tasks() {
  all_tasks_ = total(tasks_);
  if (all_tasks_.cpus.empty()) return;
  tasks_on_.resize(all_tasks_.cpus.last() + 1);
  for (const auto index : tasks_)
    for (const unsigned cpu : all_[index]->cpus) ++tasks_on_[cpu];
}

void Exclusions::follow_carriers(std::size_t index) {
  for (const auto& carrier : all_[index]->carriers) {
    Way& way = ways_[carrier];
    insert(way.there, index);
    insert(way.any, index);
    for (auto path = parent_cgroup(carrier); !path.empty(); path = parent_cgroup(path)) insert(ways_[path].any, index);
  }
}

template <class What>
void Exclusions::OnCpus<What>::add(const CpuSet& cpus, const What& what) {
  const unsigned first = cpus.first();
  if (first == cpus.last())
    by_cpu_[first].push_back(&what);
  else
    wide_.emplace_back(cpus, &what);
}

template <class What>
std::vector<const What*> Exclusions::OnCpus<What>::on(const CpuSet& cpus) const {
  std::vector<const What*> found;
  for (const unsigned cpu : cpus)
    if (const auto there = by_cpu_.find(cpu); there != by_cpu_.end())
      found.insert(found.end(), there->second.begin(), there->second.end());
  for (const auto& [set, what] : wide_)
    if (set.intersects(cpus)) found.push_back(what);
  std::ranges::sort(found);
  return found;
}

void Exclusions::sort_bound_threads() {
  for (const auto& thread : host_.threads)
    if (!thread.movable && !thread.affinity.empty()) bound_.add(thread.affinity, thread);
}

Exclusions::Which Exclusions::of_kind(Exclusion::Of what) const {
  Which which;
  for (std::size_t index = 0; index < all_.size(); ++index)
    if (all_[index]->what == what && !all_[index]->cpus.empty()) which.push_back(index);
  return which;
}

Exclusions::Total Exclusions::total(const Which& which) const {
  Total total;
  std::vector<const Reasons*> reasons;
  for (const auto index : which) {
    total.cpus |= all_[index]->cpus;
    reasons.push_back(&all_[index]->why);
  }
  total.why = Reasons::of(reasons);
  return total;
}

Exclusions::Total Exclusions::total_without(const Which& which, const Which& others) const {
  if (which == others) return {};  // the way to all of them
  if (which != tasks_) return total(without(which, others));
  auto [known, is_new] = tasks_without_.try_emplace(others);
  if (is_new) known->second = tasks_but(others);
  return known->second;
}

/// Hundreds of domains each leave out a few of hundreds.
Exclusions::Total Exclusions::tasks_but(const Which& others) const {
  Total left = all_tasks_;
  if (others.size() == 1) {  // most
    const Exclusion& other = *all_[others.front()];
    for (const unsigned cpu : other.cpus)
      if (tasks_on_[cpu] == 1) left.cpus.erase(cpu);
    if (have_reason(other.why.to_string()) == 1) left.why = all_tasks_.why.without(other.why);
    return left;
  }
  std::map<unsigned, unsigned> on;
  std::map<std::string, unsigned> reasons;
  std::vector<const Reasons*> ended;
  for (const auto index : others) {
    const Exclusion& other = *all_[index];
    for (const unsigned cpu : other.cpus)
      if (++on[cpu] == tasks_on_[cpu]) left.cpus.erase(cpu);
    const std::string& why = other.why.to_string();
    if (++reasons[why] == have_reason(why)) ended.push_back(&other.why);
  }
  left.why = all_tasks_.why.without(Reasons::of(ended));
  return left;
}

/// At most passes nobody asks.
unsigned Exclusions::have_reason(const std::string& why) const {
  if (tasks_for_.empty())
    for (const auto index : tasks_) ++tasks_for_[all_[index]->why.to_string()];
  return tasks_for_.at(why);
}

bool Exclusions::any_without(const Which& which, const Which& others, const CpuSet& cpus) const {
  if (which != tasks_) return total(without(which, others)).cpus.intersects(cpus);
  return std::ranges::any_of(cpus, [&](const unsigned cpu) {
    const auto has_it = [&](const std::size_t index) { return all_[index]->cpus.contains(cpu); };
    return cpu < tasks_on_.size() && std::ranges::count_if(others, has_it) < tasks_on_[cpu];
  });
}

const Exclusions::Way* Exclusions::way_through(std::string_view cgroup) const {
  const auto found = ways_.find(cgroup);
  return found == ways_.end() ? nullptr : &found->second;
}

const Exclusions::Which& Exclusions::passing(std::string_view cgroup) const {
  static const Which none;
  if (cgroup.empty()) return tasks_;
  const Way* way = way_through(cgroup);
  return way == nullptr ? none : way->onwards;
}

Exclusions::Which Exclusions::carried(std::string_view cgroup) const {
  Which which;
  for (std::string_view path = cgroup; !path.empty(); path = parent_cgroup(path))
    if (const Way* way = way_through(path)) std::ranges::copy(way->there, std::back_inserter(which));
  std::ranges::sort(which);
  which.erase(std::unique(which.begin(), which.end()), which.end());
  return which;
}

/// No cpuset above the thread takes the CPUs of these from it. Where the kernel overwrites masks, the thread's own must
/// be known before any set is written, and so it has a wish in any case.
Exclusions::Total Exclusions::left_to_thread(const ThreadState& thread) const {
  if (thread.cgroup.empty()) return all_tasks_;
  if (!host_.keeps_thread_masks || thread.kernel) return total_without(tasks_, carried(thread.cgroup));
  const std::string bounded_by = host_.bounding_cgroup(thread.cgroup);
  return bounded_by.empty() ? all_tasks_ : total(passing(bounded_by));
}

void Exclusions::exclude(KnobId knob, const Total& total, std::vector<Wish>& wishes) const {
  if (!total.cpus.empty()) wishes.emplace_back(std::move(knob), Exclude{total.cpus}, total.why);
}

namespace {

/// Wishes for the sets of cgroups, which are asked for in the order of their paths.
class OfCgroups {
 public:
  explicit OfCgroups(const WishList& wishes) : all_(wishes.by_knob()) {
    at_ = std::ranges::lower_bound(all_, KnobId{KnobKind::cgroup_cpus, ""}, {}, knob_of);
  }
  std::span<const Wish* const> operator()(const std::string& path) {
    at_ = std::find_if(at_, all_.end(), [&](const Wish* wish) { return !is_before(wish, path); });
    const auto end = std::find_if(at_, all_.end(), [&](const Wish* wish) {
      return wish->knob.kind != KnobKind::cgroup_cpus || wish->knob.object != path;
    });
    return {at_, end};
  }

 private:
  static const KnobId& knob_of(const Wish* wish) { return wish->knob; }
  static bool is_before(const Wish* wish, const std::string& path) {
    return wish->knob.kind == KnobKind::cgroup_cpus && wish->knob.object < path;
  }
  const std::vector<const Wish*>& all_;
  std::vector<const Wish*>::const_iterator at_;
};

}  // namespace

/// Nothing but the carriers keeps the CPUs: every sibling along the ways down to them is narrowed, and with it what is
/// below.
void Exclusions::add_cgroups(const WishList& others, std::vector<Wish>& wishes) const {
  static const Which none;
  const CpuSet& online = host_.topology.online;
  std::unordered_map<std::string_view, Total> of_strangers;
  std::string_view left_alone;  // with all below it: no way goes on there
  OfCgroups wishes_of(others);
  for (const auto& [path, cgroup] : host_.cgroups) {
    if (path.empty() || (!left_alone.empty() && is_within(path, left_alone))) continue;
    const Way* way = way_through(path);
    if (way == nullptr || way->onwards.empty()) left_alone = path;
    if (!cgroup.has_cpuset) continue;
    const std::string_view parent = parent_cgroup(path);
    const Which& candidates = passing(parent);
    if (candidates.empty()) continue;
    const Which& stay = way == nullptr ? none : way->any;
    const auto bounds = binding_confinement(wishes_of(path), online);
    if (bounds && bounds->intersects(online) && !any_without(candidates, stay, *bounds)) continue;
    KnobId knob{KnobKind::cgroup_cpus, path};
    if (way != nullptr) {
      exclude(std::move(knob), total_without(candidates, stay), wishes);
      continue;
    }
    auto [known, is_new] = of_strangers.try_emplace(parent);
    if (is_new) known->second = total(candidates);
    exclude(std::move(knob), known->second, wishes);
  }
}

void Exclusions::add_threads(std::vector<Wish>& wishes) const {
  for (const auto& thread : host_.threads) {
    if (!thread.movable) continue;
    const auto kind = thread.kernel ? KnobKind::kthread_affinity : KnobKind::thread_affinity;
    exclude({kind, thread.id.to_string()}, left_to_thread(thread), wishes);
  }
  if (host_.has_unbound_work_mask)
    exclude({KnobKind::workqueue_mask, std::string(unbound_workqueues)}, all_tasks_, wishes);
}

void Exclusions::add_interrupts(std::vector<Wish>& wishes) const {
  const Total everyone = total(of_kind(Exclusion::Of::interrupts));
  const auto number_of = [](unsigned irq) { return KnobId{KnobKind::irq_affinity, fmt::format("{}", irq)}; };
  // An interrupt without a handler never comes; once it gets one, it starts with the default mask and is planned anew.
  for (const auto& irq : host_.irqs)
    if (irq.mobility == IrqMobility::movable && !irq.actions.empty()) exclude(number_of(irq.number), everyone, wishes);
  if (host_.default_irq_affinity) exclude({KnobKind::irq_default_affinity, ""}, everyone, wishes);
  if (host_.irqbalance && !everyone.cpus.empty())
    wishes.emplace_back(KnobId{KnobKind::irqbalance_banned, *host_.irqbalance}, Include{everyone.cpus}, everyone.why);
  const Total of_nics = total(of_kind(Exclusion::Of::nic_interrupts));
  for (const auto& nic : host_.nics)
    for (const unsigned number : nic.irqs)
      if (const IrqState* irq = host_.irq(number); irq != nullptr && irq->mobility == IrqMobility::movable)
        exclude(number_of(number), of_nics, wishes);
}

void Exclusions::add_wishes(const WishList& others, std::vector<Wish>& wishes) const {
  if (!tasks_.empty()) {
    add_cgroups(others, wishes);
    add_threads(wishes);
  }
  add_interrupts(wishes);
}

bool Exclusions::reaches_cgroups(std::size_t index) const {
  return std::ranges::any_of(host_.cgroups, [&](const auto& entry) {
    const auto& [path, cgroup] = entry;
    if (path.empty() || !cgroup.has_cpuset || !std::ranges::binary_search(passing(parent_cgroup(path)), index))
      return false;
    const Way* way = way_through(path);
    return way == nullptr || !std::ranges::binary_search(way->any, index);
  });
}

std::optional<Residual> Exclusions::bound_threads(const Exclusion& exclusion) const {
  const auto bound = bound_.on(exclusion.cpus);
  if (bound.empty()) return std::nullopt;
  std::set<std::string_view> names;
  for (const ThreadState* thread : bound)
    names.insert(std::string_view(thread->name).substr(0, thread->name.find('/')));
  std::string list;
  for (const auto& name : names) list.append(list.empty() ? "" : ", ").append(name);
  return Residual{fmt::format("{} kernel threads stay allowed on {}: {}", bound.size(), exclusion.cpus, list),
                  "the kernel binds them itself; those of a CPU run only for what happens on that CPU",
                  fmt::format("for fewer of them boot with nohz_full={0} rcu_nocbs={0}", exclusion.cpus)};
}

std::vector<Residual> Exclusions::tasks_left(std::size_t index) const {
  std::vector<Residual> left;
  const Exclusion& exclusion = *all_[index];
  const auto what = [&] { return fmt::format("tasks are not kept off {}", exclusion.cpus); };
  if (!host_.cgroup_v2)
    left.push_back({what(), "this host has no cgroup v2 hierarchy at /sys/fs/cgroup",
                    "boot with systemd.unified_cgroup_hierarchy=1"});
  else if (!reaches_cgroups(index))
    left.push_back({what(), "the cpuset controller is off in every cgroup",
                    "run acdrd through its own unit, whose Delegate=cpuset turns it on"});
  if (auto bound = bound_threads(exclusion)) left.push_back(std::move(*bound));
  return left;
}

namespace {

const CpuSet& arrives_on(const IrqState& irq) { return irq.effective.empty() ? irq.affinity : irq.effective; }

}  // namespace

void Exclusions::find_interrupts_that_stay() {
  for (const auto& irq : host_.irqs) {
    const bool stays = irq.mobility == IrqMobility::fixed || !irq.effective.subset_of(irq.affinity);
    if (stays && !irq.actions.empty() && !arrives_on(irq).empty()) staying_.add(arrives_on(irq), irq);
  }
}

std::vector<Residual> Exclusions::interrupts_left(const CpuSet& cpus) const {
  std::vector<Residual> left;
  for (const IrqState* irq : staying_.on(cpus)) {
    if (irq->mobility == IrqMobility::fixed)
      left.push_back({fmt::format("{} stays on {}", describe(*irq), irq->effective), "the kernel manages its affinity",
                      fmt::format("boot with isolcpus=managed_irq,{}, or give the device fewer queues", cpus)});
    else if (!irq->affinity.intersects(cpus))
      left.push_back({fmt::format("{} may come to {} once more", describe(*irq), irq->effective & cpus),
                      "its new affinity takes effect with its next interrupt", ""});
  }
  return left;
}

std::vector<Residual> Exclusions::residuals(std::size_t index) {
  find_what_stays();
  const Exclusion& exclusion = *all_[index];
  if (exclusion.cpus.empty()) return {};
  if (exclusion.what == Exclusion::Of::tasks) return tasks_left(index);
  return exclusion.what == Exclusion::Of::interrupts ? interrupts_left(exclusion.cpus) : std::vector<Residual>();
}

}  // namespace acdr
