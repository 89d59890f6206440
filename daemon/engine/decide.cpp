// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/decide.hpp"

#include <algorithm>
#include <tuple>

#include "engine/knob_groups.hpp"

namespace acdr {
namespace {

bool is_kernels(const Observation& seen) {
  return std::ranges::find(seen.kernel_values, seen.found) != seen.kernel_values.end();
}

/// Where a value found comes from, when it is not what we last applied.
bool is_foreign(const LedgerRow& row, const Observation& seen) {
  if (!row.last_applied) return false;  // our own write was cut short
  return seen.found != *row.last_applied && seen.found != row.baseline && !is_kernels(seen);
}

/// Masks of threads and interrupts are refused with none of their CPUs online.
bool needs_an_online_cpu(KnobKind kind) { return is_thread_mask(kind) || kind == KnobKind::irq_affinity; }

/// What a knob is given back as: its baseline, or what the kernel itself would have made of it meanwhile.
KnobValue given_back(const KnobId& knob, const LedgerRow& row, const Observation& seen, const CpuSet& online) {
  const auto* cpus = std::get_if<CpuSet>(&row.baseline);
  const bool can_be = cpus == nullptr || cpus->intersects(online) || !needs_an_online_cpu(knob.kind);
  return can_be || seen.kernel_values.empty() ? row.baseline : seen.kernel_values.back();
}

/// What was written already, and the kernel left out for now, is written again once those CPUs are online.
void put_off_what_is_offline(Decision& decision, const LedgerRow& row, const CpuSet& online) {
  if (row.last_applied == decision.found && lacks_only_offline(decision.knob, decision.found, decision.desired, online))
    decision.desired = decision.found;
}

/// The baseline once somebody else has set the knob to `found`: what they will want back, less what the live wishes
/// take from it or add to it. A text that is against a wish is drift, and changes nothing about the baseline.
KnobValue adopted(const LedgerRow& row, const KnobValue& found, const std::vector<const Wish*>& wishes) {
  const bool adds =
      std::ranges::any_of(wishes, [](const Wish* wish) { return std::holds_alternative<Add>(wish->want); });
  if (const auto* count = std::get_if<Count>(&found); count != nullptr && adds) {
    const std::uint64_t known = std::get<Count>(*row.last_applied).value - std::get<Count>(row.baseline).value;
    return Count{count->value - std::min(count->value, known)};
  }
  const bool is_set = std::holds_alternative<CpuSet>(found) || std::holds_alternative<CacheWays>(found);
  return is_set || satisfies(found, wishes) ? found : row.baseline;
}

Result<Decision> decide_wanted(const KnobId& knob, const LedgerRow* row, const Observation& seen,
                               const std::vector<const Wish*>& wishes, const HostCpus& cpus) {
  Decision decision{.knob = knob, .found = seen.found, .baseline = seen.without_us.value_or(seen.found)};
  if (row != nullptr) {
    decision.cut_short = !row->last_applied;
    decision.foreign = is_foreign(*row, seen);
    decision.drifted = row->last_applied && seen.found != *row->last_applied && !is_kernels(seen);
    decision.baseline = decision.foreign ? adopted(*row, seen.found, wishes) : row->baseline;
  }
  ACDR_TRY(const Merged merged, merge(decision.baseline, wishes, cpus));
  decision.desired = merged.value;
  if (row != nullptr) put_off_what_is_offline(decision, *row, cpus.online);
  decision.note = merged.note;
  std::vector<const Reasons*> why;
  why.reserve(wishes.size());
  for (const Wish* wish : wishes) why.push_back(&wish->why);
  decision.why = Reasons::of(why);
  return decision;
}

/// A value of another type is from another version of acdr, or damage: nothing can be made of it.
bool is_readable(const LedgerRow& row, const KnobValue& found) {
  return row.baseline.index() == found.index() && (!row.last_applied || row.last_applied->index() == found.index());
}

Decision decide_release(const KnobId& knob, const LedgerRow& row, const Observation& seen, const CpuSet& online) {
  Decision decision{
      .knob = knob, .found = seen.found, .baseline = row.baseline, .desired = row.baseline, .release = true};
  if (is_readable(row, seen.found)) decision.desired = given_back(knob, row, seen, online);
  decision.foreign = is_foreign(row, seen);
  if (!is_readable(row, seen.found)) {
    decision.leave = true;
    decision.note =
        fmt::format("the ledger has '{}' of it, which is none of its values; left alone", to_text(row.baseline));
    return decision;
  }
  decision.leave = decision.foreign;
  if (decision.leave)
    decision.note = fmt::format("somebody else set it to {}; left alone (it was {} before)", to_text(seen.found),
                                to_text(row.baseline));
  else
    put_off_what_is_offline(decision, row, online);
  return decision;
}

bool is_absent(const KnobValue& value) { return to_text(value) == absent_group; }
bool is_reserve(KnobKind kind) {
  return kind == KnobKind::module_parameter || kind == KnobKind::huge_pages || kind == KnobKind::cgroup_mems;
}
bool is_tuning(KnobKind kind) {
  return is_queue(kind) || is_flow_rule(kind) || is_balloon(kind) || kind == KnobKind::sysctl ||
         kind == KnobKind::sysfs || kind == KnobKind::thread_policy;
}

template <class Set>
bool is_part(const KnobValue& from, const KnobValue& to) {
  const auto* part = std::get_if<Set>(&from);
  const auto* whole = std::get_if<Set>(&to);
  return part != nullptr && whole != nullptr && part->subset_of(*whole) && *part != *whole;
}

/// Whether the write takes CPUs, or ways of a cache, from others. A ban and an exclusive set take by growing.
bool narrows(const Decision& decision) {
  const bool growing = grows(decision.found, decision.desired);
  if (std::holds_alternative<CacheWays>(decision.found)) return !growing;
  if (!std::holds_alternative<CpuSet>(decision.found) || !std::holds_alternative<CpuSet>(decision.desired))
    return to_text(decision.desired) != "member";
  const bool taken_by_growing = decision.knob.kind == KnobKind::irqbalance_banned || is_partition(decision.knob.kind);
  return growing == taken_by_growing;
}

enum class Phase { reserve, give_up, narrow, widen, take, threads, tune };

/// A resource group goes before its ways are others' again, and comes once they are nobody else's.
Phase phase_of_group(const Decision& decision) {
  if (is_absent(decision.desired)) return Phase::give_up;
  return is_absent(decision.found) ? Phase::take : Phase::narrow;
}

Phase phase_of(const Decision& decision) {
  if (is_reserve(decision.knob.kind)) return Phase::reserve;
  if (is_tuning(decision.knob.kind)) return Phase::tune;
  if (is_thread_mask(decision.knob.kind)) return Phase::threads;
  if (is_partition(decision.knob.kind)) return narrows(decision) ? Phase::take : Phase::give_up;
  if (decision.knob.kind == KnobKind::cache_group) return phase_of_group(decision);
  return narrows(decision) ? Phase::narrow : Phase::widen;
}

/// A NIC that no longer steers may forget its rules: it is told so after they were taken back one by one.
int kind_order(const Decision& decision) {
  const bool stops = decision.knob.kind == KnobKind::flow_steering && to_text(decision.desired) == "off";
  return static_cast<int>(stops ? KnobKind::flow_rule : decision.knob.kind) + (stops ? 1 : 0);
}

int depth(const KnobId& knob) { return static_cast<int>(std::ranges::count(knob.object, '/')); }

using Rank = std::tuple<Phase, int, int>;

Rank rank(const Decision& decision) {
  const Phase phase = phase_of(decision);
  const bool upward = phase == Phase::narrow || phase == Phase::give_up;
  const int kind = kind_order(decision);
  const int level = depth(decision.knob);
  if (phase == Phase::widen) return {phase, -kind, level};
  // A partition is given up before its exclusive set, and taken after it.
  if (phase == Phase::give_up) return {phase, -kind, -level};
  return {phase, kind, upward ? -level : level};
}

}  // namespace

bool grows(const KnobValue& from, const KnobValue& to) {
  return is_part<CpuSet>(from, to) || is_part<CacheWays>(from, to);
}

bool lacks_only_offline(const KnobId& knob, const KnobValue& found, const KnobValue& wanted, const CpuSet& online) {
  const auto* has = std::get_if<CpuSet>(&found);
  const auto* all = std::get_if<CpuSet>(&wanted);
  return knob.kind == KnobKind::kthread_affinity && has != nullptr && all != nullptr && *has != *all &&
         has->subset_of(*all) && !(*all - *has).intersects(online);
}

void write_order(std::vector<Decision>& decisions) {
  std::vector<std::pair<Rank, std::size_t>> order;
  order.reserve(decisions.size());
  for (std::size_t index = 0; index < decisions.size(); ++index) order.emplace_back(rank(decisions[index]), index);
  std::ranges::sort(order, [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : decisions[a.second].knob < decisions[b.second].knob;
  });
  std::vector<Decision> sorted;
  sorted.reserve(decisions.size());
  for (const auto& [rank, index] : order) sorted.push_back(std::move(decisions[index]));
  decisions = std::move(sorted);
}

Result<std::vector<Decision>> decide(const PassInput& input) {
  std::vector<Decision> decisions;
  decisions.reserve(input.observed.size());
  for (const auto& [knob, seen] : input.observed) {
    const auto of_knob = input.wishes.of(knob);
    const LedgerRow* row = input.rows.find(knob);
    if (!of_knob.empty()) {
      const bool known = row != nullptr && is_readable(*row, seen.found);
      ACDR_TRY(auto decision, decide_wanted(knob, known ? row : nullptr, seen,
                                            std::vector(of_knob.begin(), of_knob.end()), input.cpus));
      decisions.push_back(std::move(decision));
    } else if (row != nullptr) {
      decisions.push_back(decide_release(knob, *row, seen, input.cpus.online));
    }
  }
  write_order(decisions);
  return decisions;
}

}  // namespace acdr
