// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/wish_list.hpp"

#include <algorithm>

namespace acdr {
namespace {

const KnobId& knob_of(const Wish* wish) { return wish->knob; }

}  // namespace

WishList::WishList(std::vector<Wish> wishes) {
  add(std::move(wishes));
  sort();
}

void WishList::add(Part part) {
  if (part->empty()) return;
  for (const Wish& wish : *part) wishes_.push_back(&wish);
  parts_.push_back(std::move(part));
}

void WishList::sort() {
  const auto added = wishes_.begin() + sorted_;
  if (added == wishes_.end()) return;
  if (!std::ranges::is_sorted(added, wishes_.end(), {}, knob_of))
    std::ranges::stable_sort(added, wishes_.end(), {}, knob_of);
  std::ranges::inplace_merge(wishes_, added, {}, knob_of);
  sorted_ = std::ssize(wishes_);
}

std::span<const Wish* const> WishList::of(const KnobId& knob) const {
  const auto found = std::ranges::equal_range(wishes_, knob, {}, knob_of);
  return {found.begin(), found.end()};
}

}  // namespace acdr
