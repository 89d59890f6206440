// SPDX-License-Identifier: GPL-2.0-or-later
// A selection costs what its cores cost, and once more for each cache, node and package that it opens. Costs are lists
// of numbers that are compared one after the other; such lists add up like numbers, so the cheapest selection is found
// by a table over "so much room is still needed", filled part by part (a knapsack with opening costs): exact, and in
// steps of pool times need.
#include "engine/placement/search.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ranges>
#include <set>
#include <tuple>

namespace acdr::placement {
namespace {

/// What a cost is made of, in Score's order.
enum Member : std::uint8_t {
  off_wanted_node,
  nodes,
  packages,
  not_isolated,
  not_cleared,
  slowness,
  pinned,
  cores,
  hosts_share,
  caches,
  left_in_nodes,
  left_in_caches,
  members,
};
/// The members three to a word, the first in the highest bits: words then compare and add up as the members would. None
/// comes near a million on a machine with as many CPUs as a set can hold.
constexpr unsigned to_a_word = 3;
constexpr unsigned bits = 21;
using Cost = std::array<std::uint64_t, members / to_a_word>;

void set(Cost& cost, Member member, std::size_t count) {
  cost[member / to_a_word] += static_cast<std::uint64_t>(count) << bits * (to_a_word - 1 - member % to_a_word);
}

/// More than any selection costs.
constexpr Cost impossible{std::uint64_t{1} << 62U};

Cost operator+(const Cost& a, const Cost& b) {
  Cost sum;
  for (std::size_t word = 0; word < sum.size(); ++word) sum[word] = a[word] + b[word];
  return sum;
}

/// A core, or a cache, node or package with what of the pool is in it. It costs to be used at all.
struct Part {
  Cost cost{};
  std::size_t room = 0;    ///< of a core
  std::size_t index = 0;   ///< of a core, in HostView::cores
  std::size_t number = 0;  ///< among all parts
  std::vector<Part> parts;
};

class Tree {
 public:
  Tree(const HostView& view, Favour favour) : view_(view), favour_(favour) {
    for (const auto& node : view.nodes) most_shared_ = std::max(most_shared_, node.shared_cpus);
  }

  /// Package by package.
  [[nodiscard]] Part of(const Selection& pool) {
    Part root;
    Part* package = nullptr;
    Part* node = nullptr;
    Part* cache = nullptr;
    for (const std::size_t index : in_order(pool)) {
      const CoreView& core = view_.cores[index];
      const unsigned package_id = view_.nodes[core.node].package;
      if (package == nullptr || package->index != package_id) {
        package = &add(root, cost_of_package(), package_id);
        node = nullptr;
      }
      if (node == nullptr || node->index != core.node) {
        node = &add(*package, cost_of_node(view_.nodes[core.node]), core.node);
        cache = nullptr;
      }
      if (cache == nullptr || cache->index != core.core->last_level_cache)
        cache = &add(*node, cost_of_cache(core.core->last_level_cache), core.core->last_level_cache);
      add_core(*cache, index);
    }
    return root;
  }

  /// Core by core.
  [[nodiscard]] Part flat(const Selection& pool) {
    Part root;
    for (const std::size_t index : pool) add_core(root, index);
    return root;
  }

  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  [[nodiscard]] Selection in_order(Selection pool) const {
    std::ranges::sort(pool, {}, [this](std::size_t index) {
      const CoreView& core = view_.cores[index];
      return std::tuple(view_.nodes[core.node].package, core.node, core.core->last_level_cache, index);
    });
    return pool;
  }

  Part& add(Part& parent, const Cost& cost, std::size_t index) {
    parent.parts.push_back({.cost = cost, .room = 0, .index = index, .number = count_++, .parts = {}});
    return parent.parts.back();
  }

  void add_core(Part& parent, std::size_t index) {
    const CoreView& core = view_.cores[index];
    Cost cost{};
    set(cost, off_wanted_node, view_.wanted && core.node != *view_.wanted ? 1 : 0);
    set(cost, not_isolated, core.tier != Tier::isolated ? 1 : 0);
    set(cost, not_cleared, core.tier == Tier::shared ? 1 : 0);
    set(cost, slowness, static_cast<std::size_t>(core.slowness));
    set(cost, pinned, core.pinned ? 1 : 0);
    set(cost, cores, 1);
    if (favour_ == Favour::hosts_share) set(cost, hosts_share, shared_cpus_of(view_, core));
    add(parent, cost, index).room = core.room;
  }

  static Cost cost_of_package() {
    Cost cost{};
    set(cost, packages, 1);
    return cost;
  }

  /// What a node gives to the host's share is told as what it lacks of the most: the number of nodes matters more, so
  /// that all selections compared have it added equally often.
  [[nodiscard]] Cost cost_of_node(const NodeView& node) const {
    Cost cost{};
    set(cost, nodes, 1);
    set(cost, left_in_nodes, node.available.size());
    if (favour_ == Favour::hosts_share) set(cost, hosts_share, most_shared_ - node.shared_cpus);
    return cost;
  }

  [[nodiscard]] Cost cost_of_cache(unsigned cache) const {
    Cost cost{};
    set(cost, caches, 1);
    set(cost, left_in_caches, view_.free_in_cache[cache]);
    return cost;
  }

  const HostView& view_;
  Favour favour_;
  std::size_t most_shared_ = 0;
  std::size_t count_ = 0;
};

/// The least that each need costs, from one part on to the last.
using Row = std::vector<Cost>;

class Cheapest {
 public:
  Cheapest(const Part& root, std::size_t parts, std::size_t room, std::size_t need)
      : root_(root), room_before_(room), need_(need), used_(parts * (need + 1)) {}

  /// Among equals the one with the lowest numbers.
  [[nodiscard]] std::optional<Selection> find() {
    Row row(need_ + 1, impossible);
    row[0] = {};
    add_parts(root_, row);
    if (row[need_] >= impossible) return std::nullopt;
    std::size_t need = need_;
    collect(root_, need);
    std::ranges::sort(found_);
    return std::move(found_);
  }

 private:
  void add_parts(const Part& whole, Row& row) {
    for (const Part& part : whole.parts | std::views::reverse)
      part.parts.empty() ? add_core(part, row) : add(part, row);
  }

  void add(const Part& part, Row& row) {
    Row inside = row;
    add_parts(part, inside);
    for (std::size_t need = most(); need >= least(); --need) offer(part, need, inside[need], row);
  }

  /// From the largest need down: those below are without this core still.
  void add_core(const Part& core, Row& row) {
    room_before_ -= core.room;
    room_from_here_ += core.room;
    for (std::size_t need = most(); need >= least(); --need)
      offer(core, need, row[need - std::min(need, core.room)], row);
  }

  /// Only needs matter that what comes before can leave, and that can be met from here on.
  [[nodiscard]] std::size_t least() const { return need_ > room_before_ ? need_ - room_before_ : 1; }
  [[nodiscard]] std::size_t most() const { return std::min(need_, room_from_here_); }

  void offer(const Part& part, std::size_t need, const Cost& rest, Row& row) {
    const Cost cost = rest + part.cost;
    if (cost > row[need]) return;
    row[need] = cost;
    used_[part.number * (need_ + 1) + need] = true;
  }

  void collect(const Part& whole, std::size_t& need) {
    for (const Part& part : whole.parts) {
      if (!used_[part.number * (need_ + 1) + need]) continue;
      collect(part, need);
      if (!part.parts.empty()) continue;
      found_.push_back(part.index);
      need -= std::min(need, part.room);
    }
  }

  const Part& root_;
  std::size_t room_before_;         ///< of the cores not yet added
  std::size_t room_from_here_ = 0;  ///< of the others
  std::size_t need_;
  std::vector<bool> used_;  ///< by part and need: whether the cheapest selection has it
  Selection found_;
};

std::size_t room_in(const HostView& view, const Selection& pool) {
  std::size_t room = 0;
  for (const std::size_t index : pool) room += view.cores[index].room;
  return room;
}

/// What of the pool is in the caches that the selection is in.
Selection in_the_same_caches(const HostView& view, const Selection& pool, const Selection& selection) {
  std::set<unsigned> caches;
  for (const std::size_t index : selection) caches.insert(view.cores[index].core->last_level_cache);
  Selection inside;
  for (const std::size_t index : pool)
    if (caches.contains(view.cores[index].core->last_level_cache)) inside.push_back(index);
  return inside;
}

}  // namespace

std::optional<Selection> search(const HostView& view, const Selection& pool, std::size_t need, Favour favour) {
  const std::size_t room = room_in(view, pool);
  if (room < need) return std::nullopt;
  Tree tree(view, favour);
  const Part parts = tree.of(pool);
  const auto best = Cheapest(parts, tree.count(), room, need).find();
  if (!best) return std::nullopt;
  // The numbers of cores need not be in the order of their caches; the lowest of these caches are looked for once more.
  const Selection inside = in_the_same_caches(view, pool, *best);
  Tree again(view, favour);
  const Part flat = again.flat(inside);
  return Cheapest(flat, again.count(), room_in(view, inside), need).find();
}

}  // namespace acdr::placement
