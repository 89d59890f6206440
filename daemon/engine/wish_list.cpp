// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/wish_list.hpp"

#include <algorithm>
#include <functional>
#include <iterator>

namespace acdr {
namespace {

using Part = WishList::Part;

const KnobId& knob_of(const Wish* wish) { return wish->knob; }

/// To leave out the wishes of so many parts costs less than to put the others in order.
constexpr std::size_t most_gone = 16;

struct Difference {
  std::vector<Part> kept;
  std::vector<Part> added;
  std::vector<Part> gone;
};

Difference difference(std::vector<Part> before, std::vector<Part> now) {
  const auto address = [](const Part& part) { return part.get(); };
  std::ranges::sort(before, {}, address);
  std::ranges::sort(now, {}, address);
  Difference found;
  std::ranges::set_intersection(now, before, std::back_inserter(found.kept), {}, address, address);
  std::ranges::set_difference(now, before, std::back_inserter(found.added), {}, address, address);
  std::ranges::set_difference(before, now, std::back_inserter(found.gone), {}, address, address);
  return found;
}

bool is_in(const Wish* wish, const std::vector<Wish>& part) {
  return !std::less<>()(wish, part.data()) && std::less<>()(wish, part.data() + part.size());
}

}  // namespace

WishList::WishList(std::vector<Wish> wishes) {
  add(std::move(wishes));
  sort();
}

WishList::WishList(std::vector<Part> parts, const WishList& earlier) {
  std::erase_if(parts, [](const Part& part) { return part->empty(); });
  auto [kept, added, gone] = difference(earlier.parts_, parts);
  if (gone.size() > most_gone) {
    added = std::move(parts);
  } else {
    parts_ = std::move(kept);
    const auto stays = [&](const Wish* wish) {
      return std::ranges::none_of(gone, [&](const Part& part) { return is_in(wish, *part); });
    };
    wishes_.reserve(earlier.wishes_.size());
    std::ranges::copy_if(earlier.wishes_, std::back_inserter(wishes_), stays);
    sorted_ = std::ssize(wishes_);
  }
  for (Part& part : added) add(std::move(part));
  sort();
}

void WishList::add(Part part) {
  if (part->empty()) return;
  for (const Wish& wish : *part) wishes_.push_back(&wish);
  parts_.push_back(std::move(part));
}

/// In runs: mostly all of what is new for one kind of knob comes between two that are there.
void WishList::sort() {
  const auto end_of_sorted = wishes_.cbegin() + sorted_;
  if (end_of_sorted == wishes_.cend()) return;
  std::vector<const Wish*> added(end_of_sorted, wishes_.cend());
  if (!std::ranges::is_sorted(added, {}, knob_of)) std::ranges::stable_sort(added, {}, knob_of);
  std::vector<const Wish*> merged;
  merged.reserve(wishes_.size());
  auto old = wishes_.cbegin();
  for (auto wish = added.cbegin(); wish != added.cend();) {
    const auto old_end = std::ranges::upper_bound(old, end_of_sorted, (*wish)->knob, {}, knob_of);
    merged.insert(merged.end(), old, old_end);
    old = old_end;
    const auto end =
        old == end_of_sorted ? added.cend() : std::ranges::lower_bound(wish, added.cend(), (*old)->knob, {}, knob_of);
    merged.insert(merged.end(), wish, end);
    wish = end;
  }
  merged.insert(merged.end(), old, end_of_sorted);
  wishes_ = std::move(merged);
  sorted_ = std::ssize(wishes_);
}

std::span<const Wish* const> WishList::of(const KnobId& knob) const {
  const auto found = std::ranges::equal_range(wishes_, knob, {}, knob_of);
  return {found.begin(), found.end()};
}

}  // namespace acdr
