// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/merge.hpp"

#include <sched.h>

#include <algorithm>
#include <optional>

#include "host/access.hpp"

namespace acdr {
namespace {

struct Wanted {
  CpuSet included;
  CpuSet excluded;
  std::optional<CpuSet> confined;
  const Wish* equal = nullptr;
  Count added;
  Count least;
  std::uint32_t real_time = 0;
  CacheWays kept_out;
};

Wanted gather(const std::vector<const Wish*>& wishes) {
  Wanted all;
  for (const Wish* wish : wishes) {
    if (const auto* exclude = std::get_if<Exclude>(&wish->want)) all.excluded |= exclude->cpus;
    if (const auto* include = std::get_if<Include>(&wish->want)) all.included |= include->cpus;
    if (const auto* confine = std::get_if<Confine>(&wish->want))
      all.confined = all.confined ? *all.confined & confine->cpus : confine->cpus;
    if (std::holds_alternative<Equal>(wish->want)) all.equal = wish;
    if (const auto* add = std::get_if<Add>(&wish->want)) all.added.value += add->count.value;
    if (const auto* least = std::get_if<AtLeast>(&wish->want)) all.least = std::max(all.least, least->count);
    if (const auto* least = std::get_if<RealTimeAtLeast>(&wish->want))
      all.real_time = std::max(all.real_time, least->priority);
    if (const auto* exclude = std::get_if<ExcludeWays>(&wish->want)) all.kept_out |= exclude->ways;
  }
  return all;
}

CpuSet within(const CpuSet& cpus, const std::optional<CpuSet>& bounds) {
  if (!bounds) return cpus;
  const CpuSet common = cpus & *bounds;
  return common.empty() ? *bounds : common;
}

Merged merge_cpus(const CpuSet& baseline, const Wanted& wishes, const std::optional<CpuSet>& bounds,
                  const HostCpus& cpus) {
  const CpuSet wanted = within(baseline | wishes.included, bounds) - wishes.excluded;
  // A set that only ever grows (bans, exclusive sets) may be empty; one that was narrowed to nothing may not.
  const bool narrowed = bounds || !wishes.excluded.empty();
  if (wanted.intersects(cpus.online) || !narrowed) return {wanted, {}};
  const CpuSet left = cpus.housekeeping - wishes.excluded;
  const CpuSet& fallback = left.empty() ? cpus.housekeeping : left;
  return {fallback, fmt::format("nothing of {} is left; fell back to the housekeeping CPUs {}", baseline, fallback)};
}

void add_note(std::string& note, const std::string& more) { note += (note.empty() ? "" : "; ") + more; }

/// Processors take no mask with a hole in it, so of what is left the longest run is used.
Merged merge_ways(const CacheWays& baseline, const CacheWays& excluded) {
  Merged merged{baseline, {}};
  CacheWays wanted = baseline;
  for (auto& [cache, mask] : wanted.masks) {
    const std::uint32_t left = mask & ~excluded.of(cache);
    if (left == mask) continue;
    const std::uint32_t run = longest_run(left);
    if (run == 0)
      add_note(merged.note, fmt::format("no way of L3 cache {} is left; it keeps all it has", cache));
    else if (run != left)
      add_note(merged.note,
               fmt::format("ways {:x} of L3 cache {} are not used: masks have no holes", left & ~run, cache));
    if (run != 0) mask = run;
  }
  merged.value = std::move(wanted);
  return merged;
}

/// The children of a thread that was raised are not, whatever their parent had asked for them.
std::string merge_scheduling(const std::string& baseline, std::uint32_t priority) {
  const auto known = Scheduling::parse(baseline);
  // What is not among those known goes before all real-time ones: SCHED_DEADLINE.
  if (!known || known->priority >= priority) return baseline;
  return Scheduling{SCHED_FIFO, true, 0, priority, {}}.to_string();
}

Status agree(const std::vector<const Wish*>& wishes) {
  const Wish* first = nullptr;
  for (const Wish* wish : wishes) {
    const auto* equal = std::get_if<Equal>(&wish->want);
    if (equal == nullptr) continue;
    if (first != nullptr && std::get<Equal>(first->want).value != equal->value)
      return failure(Error(ErrorKind::refused,
                           fmt::format("{} must be {} for {} and {} for {}", wish->knob.to_string(),
                                       to_text(std::get<Equal>(first->want).value), first->why.to_string(),
                                       to_text(equal->value), wish->why.to_string()),
                           "release one of them first"));
    first = wish;
  }
  return {};
}

}  // namespace

std::optional<CpuSet> binding_confinement(std::span<const Wish* const> wishes, const CpuSet& online) {
  std::optional<CpuSet> bounds;
  bool any = false;
  for (const Wish* wish : wishes) {
    const auto* confine = std::get_if<Confine>(&wish->want);
    any |= confine != nullptr;
    if (confine != nullptr && confine->cpus.intersects(online))
      bounds = bounds ? *bounds & confine->cpus : confine->cpus;
  }
  return any && !bounds ? CpuSet() : bounds;
}

Result<Merged> merge(const KnobValue& baseline, const std::vector<const Wish*>& wishes, const HostCpus& cpus) {
  ACDR_CHECK(agree(wishes));
  const Wanted all = gather(wishes);
  if (all.equal != nullptr) return Merged{std::get<Equal>(all.equal->want).value, {}};
  if (const auto* set = std::get_if<CpuSet>(&baseline))
    return merge_cpus(*set, all, binding_confinement(wishes, cpus.online), cpus);
  if (const auto* count = std::get_if<Count>(&baseline))
    return Merged{std::max(Count{count->value + all.added.value}, all.least), {}};
  if (const auto* ways = std::get_if<CacheWays>(&baseline)) return merge_ways(*ways, all.kept_out);
  if (const auto* text = std::get_if<std::string>(&baseline)) return Merged{merge_scheduling(*text, all.real_time), {}};
  return Merged{baseline, {}};
}

bool satisfies(const KnobValue& found, const std::vector<const Wish*>& wishes) {
  const Wanted all = gather(wishes);
  if (all.equal != nullptr) return found == std::get<Equal>(all.equal->want).value;
  if (const auto* count = std::get_if<Count>(&found)) return *count >= std::max(all.added, all.least);
  if (const auto* ways = std::get_if<CacheWays>(&found)) return !ways->intersects(all.kept_out);
  if (const auto* text = std::get_if<std::string>(&found)) return merge_scheduling(*text, all.real_time) == *text;
  const auto* cpus = std::get_if<CpuSet>(&found);
  if (cpus == nullptr) return true;
  return all.included.subset_of(*cpus) && !all.excluded.intersects(*cpus) &&
         (!all.confined || cpus->subset_of(*all.confined));
}

}  // namespace acdr
