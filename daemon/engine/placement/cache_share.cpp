// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/placement/cache_share.hpp"

#include <algorithm>
#include <tuple>

#include "engine/placement/words.hpp"

namespace acdr::placement {
namespace {

/// One L3 cache as this demand sees it.
struct CacheView {
  unsigned id = 0;
  std::uint32_t free = 0;    ///< ways that the demand may have
  std::uint32_t host = 0;    ///< of the default group
  std::uint32_t device = 0;  ///< that devices fill as well
  unsigned least = 1;        ///< that a group must have
  bool exclusive = true;
};

CacheView view_cache(const HostView& view, unsigned id) {
  const CacheControl& control = *view.occupancy->cache;
  CacheView cache{
      id, *control.l3_ways, 0, control.l3_device_ways, control.l3_least_ways, view.demand->cache->exclusive};
  if (const auto group = control.groups.find(""); group != control.groups.end()) cache.host = group->second.l3.of(id);
  for (const auto& [holder, reserve] : view.occupancy->cache_holders)
    if (cache.exclusive || reserve.exclusive) cache.free &= ~reserve.ways.of(id);
  return cache;
}

/// The best run of so many ways. None if there is none that leaves the host its own.
std::optional<std::uint32_t> choose_run(const CacheView& cache, unsigned count) {
  std::optional<std::uint32_t> best;
  std::tuple<unsigned, int> best_score;
  for (unsigned first = 32 - count; count > 0 && first < 32; --first) {
    const std::uint32_t run = run_of_ways(count, first);
    const unsigned kept = count_ways(longest_run(cache.exclusive ? cache.host & ~run : cache.host));
    if ((run & ~cache.free) != 0 || kept < cache.least) continue;
    const std::tuple score{cache.exclusive ? count_ways(run & cache.device) : 0, -static_cast<int>(kept)};
    if (best && score >= best_score) continue;
    best = run;
    best_score = score;
  }
  return best;
}

Error no_ways(const HostView& view, const CacheView& cache, unsigned count) {
  unsigned most = count - 1;
  while (most > 0 && !choose_run(cache, most)) --most;
  std::string holders;
  for (const auto& [holder, reserve] : view.occupancy->cache_holders)
    if (const auto ways = reserve.ways.of(cache.id); ways != 0 && (cache.exclusive || reserve.exclusive))
      holders += fmt::format("; {} holds {}", holder, count_ways(ways));
  const bool possible = most >= cache.least;
  return {
      ErrorKind::refused,
      fmt::format("the claim needs {} of L3 cache {}{}: {} of {} are free, and {} of them in one run that leaves the "
                  "host its own{}",
                  counted(count, "way"), cache.id, cache.exclusive ? " that nobody else uses" : "",
                  count_ways(cache.free), count_ways(*view.occupancy->cache->l3_ways), most, holders),
      possible ? fmt::format("ask for at most {}", counted(most, "way")) : "release one of them first"};
}

std::string why(const CacheView& cache, std::uint32_t run) {
  std::string text = fmt::format("{} ({:x}) of L3 cache {}, {}", counted(count_ways(run), "way"), run, cache.id,
                                 cache.exclusive ? "which no other group uses" : "shared with the host");
  if ((run & cache.device) == 0) return text + ".";
  return text + fmt::format("; devices fill {} of them as well.", count_ways(run & cache.device));
}

/// How many ways of each cache are needed; 0 where none are, or none can be had.
unsigned ways_needed(const HostView& view) {
  const CacheControl& control = *view.occupancy->cache;
  if (!control.l3_ways || view.demand->cache->ways == 0) return 0;
  return std::max(view.demand->cache->ways, control.l3_least_ways);
}

Result<CacheWays> choose_ways(const HostView& view, Allocation& allocation) {
  const CacheControl& control = *view.occupancy->cache;
  CacheWays ways;
  const unsigned count = ways_needed(view);
  if (count == 0) return ways;
  for (const auto& [id, cpus] : control.caches) {
    if (!cpus.intersects(allocation.cores)) continue;
    const CacheView cache = view_cache(view, id);
    const auto run = choose_run(cache, count);
    if (!run) return failure(no_ways(view, cache, count));
    ways.masks[id] = *run;
    allocation.reasons.push_back(why(cache, *run));
  }
  return ways;
}

/// A CPU is in one resource group.
Status check_cores(const HostView& view, const Allocation& allocation) {
  for (const auto& [holder, cores] : view.occupancy->cache_cores)
    if (const CpuSet both = cores & allocation.cores; !both.empty())
      return failure(Error(ErrorKind::refused,
                           fmt::format("{} {} a share of the cache already, that of {}", cpus_in_words(both),
                                       both.count() == 1 ? "has" : "have", holder),
                           "release that first, or ask for other cores"));
  const std::size_t most = view.occupancy->cache->most_groups;
  if (view.occupancy->cache_groups < most) return {};
  return failure(Error(ErrorKind::refused,
                       fmt::format("all {} of this host are in use", counted(most, "resource group")),
                       "release a claim with a share of the cache, or remove a group below /sys/fs/resctrl"));
}

/// Cores that are shared have one group, so what is asked for it must be the same.
Result<CacheReserve> share_of_fellow(const HostView& view, Allocation& allocation) {
  const SharedCores& shared = *view.occupancy->together;
  const CacheDemand& demand = *view.demand->cache;
  const unsigned least = view.occupancy->cache->l3_least_ways;
  const unsigned count = demand.ways == 0 ? 0 : std::max(demand.ways, least);
  const bool same = std::ranges::all_of(shared.cache->ways.masks,
                                        [&](const auto& entry) { return count_ways(entry.second) == count; });
  const bool neither = shared.cache->ways.masks.empty() && count == 0;
  if (!same || shared.cache->ways.masks.empty() != (count == 0) ||
      (!neither && shared.cache->exclusive != demand.exclusive))
    return failure(
        Error(ErrorKind::refused,
              fmt::format("group {} has one share of the cache for all its members, and {} asked for another",
                          view.demand->together, shared.cache_holder),
              "give the cache conditioning the same parameters in the class of each member"));
  allocation.reasons.push_back(fmt::format("Its share of the cache is that of {}.", shared.cache_holder));
  return *shared.cache;
}

/// None can be had where code and data have ways of their own.
bool can_share(const HostView& view) { return view.occupancy->cache && !view.occupancy->cache->code_and_data; }

}  // namespace

CpuSet cpus_without_ways(const HostView& view) {
  CpuSet cpus;
  if (!view.demand->cache || !can_share(view)) return cpus;
  for (const auto& [holder, cores] : view.occupancy->cache_cores) cpus |= cores;
  const unsigned count = ways_needed(view);
  if (count == 0) return cpus;
  for (const auto& [id, users] : view.occupancy->cache->caches)
    if (!choose_run(view_cache(view, id), count)) cpus |= users;
  return cpus;
}

Result<std::optional<CacheReserve>> place_cache_share(const HostView& view, Allocation& allocation) {
  if (!can_share(view) || allocation.cores.empty()) return std::nullopt;
  if (view.occupancy->together && view.occupancy->together->cache) return share_of_fellow(view, allocation);
  ACDR_CHECK(check_cores(view, allocation));
  ACDR_TRY(CacheWays ways, choose_ways(view, allocation));
  return CacheReserve{std::move(ways), view.demand->cache->exclusive};
}

}  // namespace acdr::placement
