// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/placement/cache_fit.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <tuple>

namespace acdr::placement {
namespace {

/// A cache that would be newly spanned.
struct Cache {
  unsigned index = 0;
  std::size_t candidates = 0;  ///< cores it would contribute
  std::size_t free = 0;        ///< free cores in it, candidates or not: what best fit counts
};

std::vector<Cache> unopened_caches(const HostView& view, const Selection& candidates,
                                   const std::set<unsigned>& opened) {
  std::map<unsigned, std::size_t> counts;
  for (const std::size_t index : candidates) ++counts[view.cores[index].core->last_level_cache];
  std::vector<Cache> caches;
  for (const auto& [cache, count] : counts)
    if (!opened.contains(cache)) caches.push_back({cache, count, view.free_in_cache[cache]});
  return caches;
}

/// How many caches it takes at least: the largest first.
std::size_t fewest(const std::vector<Cache>& caches, std::size_t count) {
  std::vector<std::size_t> sizes;
  for (const auto& cache : caches) sizes.push_back(cache.candidates);
  std::ranges::sort(sizes, std::greater{});
  std::size_t number = 0;
  for (std::size_t covered = 0; covered < count && number < sizes.size(); ++number) covered += sizes[number];
  return number;
}

/// The least free room in any `number` of the caches from `first` on that contribute `count` cores: a table over
/// (first, number, count), filled from the last cache backwards.
class BestFit {
 public:
  BestFit(const std::vector<Cache>& caches, std::size_t number, std::size_t count)
      : caches_(caches), numbers_(number + 1), counts_(count + 1) {
    table_.assign((caches.size() + 1) * numbers_ * counts_, impossible);
    at(caches.size(), 0, 0) = 0;
    for (std::size_t first = caches.size(); first-- > 0;) fill(first);
  }

  /// The caches of the best choice; among equals the lowest-numbered.
  [[nodiscard]] std::set<unsigned> choose() {
    std::set<unsigned> chosen;
    std::size_t number = numbers_ - 1;
    std::size_t count = counts_ - 1;
    for (std::size_t first = 0; first < caches_.size() && number > 0; ++first) {
      if (with(first, number, count) != at(first, number, count)) continue;
      chosen.insert(caches_[first].index);
      count -= std::min(count, caches_[first].candidates);
      --number;
    }
    return chosen;
  }

 private:
  static constexpr std::size_t impossible = std::numeric_limits<std::size_t>::max();

  std::size_t& at(std::size_t first, std::size_t number, std::size_t count) {
    return table_[(first * numbers_ + number) * counts_ + count];
  }

  /// The least room when cache `first` is among the chosen.
  std::size_t with(std::size_t first, std::size_t number, std::size_t count) {
    if (number == 0) return impossible;
    const std::size_t rest = at(first + 1, number - 1, count - std::min(count, caches_[first].candidates));
    return rest == impossible ? impossible : rest + caches_[first].free;
  }

  void fill(std::size_t first) {
    for (std::size_t number = 0; number < numbers_; ++number)
      for (std::size_t count = 0; count < counts_; ++count)
        at(first, number, count) = std::min(at(first + 1, number, count), with(first, number, count));
  }

  const std::vector<Cache>& caches_;
  std::size_t numbers_;
  std::size_t counts_;
  std::vector<std::size_t> table_;
};

/// Largest contribution first, then least free room: exact where all contribute alike (each core with a cache of its
/// own, say), and good enough where a table would be too large to be quick.
std::set<unsigned> choose_in_order(std::vector<Cache> caches, std::size_t number) {
  std::ranges::sort(caches, [](const Cache& a, const Cache& b) {
    return std::tuple(b.candidates, a.free, a.index) < std::tuple(a.candidates, b.free, b.index);
  });
  std::set<unsigned> chosen;
  for (const auto& cache : caches)
    if (chosen.size() < number) chosen.insert(cache.index);
  return chosen;
}

std::set<unsigned> choose_caches(const std::vector<Cache>& caches, std::size_t count) {
  constexpr std::size_t largest_table = 200'000;
  const std::size_t number = fewest(caches, count);
  const bool alike =
      std::ranges::adjacent_find(caches, std::ranges::not_equal_to{}, &Cache::candidates) == caches.end();
  if (alike || number == caches.size() || caches.size() * number * count > largest_table)
    return choose_in_order(caches, number);
  return BestFit(caches, number, count).choose();
}

}  // namespace

Selection fit_in_caches(const HostView& view, const Selection& candidates, std::size_t count,
                        const std::set<unsigned>& opened) {
  const auto cache_of = [&view](std::size_t index) { return view.cores[index].core->last_level_cache; };
  const auto in_opened = static_cast<std::size_t>(
      std::ranges::count_if(candidates, [&](std::size_t index) { return opened.contains(cache_of(index)); }));
  std::set<unsigned> allowed = opened;
  if (in_opened < count) allowed.merge(choose_caches(unopened_caches(view, candidates, opened), count - in_opened));
  Selection picked;
  for (const std::size_t index : candidates)
    if (picked.size() < count && allowed.contains(cache_of(index))) picked.push_back(index);
  return picked;
}

}  // namespace acdr::placement
