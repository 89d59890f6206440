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
  if (!std::ranges::is_sorted(wishes_, {}, knob_of)) std::ranges::stable_sort(wishes_, {}, knob_of);
}

}  // namespace acdr
