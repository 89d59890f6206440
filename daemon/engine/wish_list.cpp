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

using Addresses = std::vector<const std::vector<Wish>*>;

Addresses sorted_addresses(const std::vector<Part>& parts) {
  Addresses addresses;
  addresses.reserve(parts.size());
  for (const Part& part : parts) addresses.push_back(part.get());
  std::ranges::sort(addresses);
  return addresses;
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
  Addresses known = sorted_addresses(earlier.parts_);
  Addresses gone;
  std::ranges::set_difference(known, sorted_addresses(parts), std::back_inserter(gone));
  if (gone.size() <= most_gone) {
    const auto stays = [&](const Wish* wish) {
      return std::ranges::none_of(gone, [&](const auto* part) { return is_in(wish, *part); });
    };
    wishes_.reserve(earlier.wishes_.size());
    std::ranges::copy_if(earlier.wishes_, std::back_inserter(wishes_), stays);
    sorted_ = std::ssize(wishes_);
  } else {
    known.clear();
  }
  for (Part& part : parts)
    if (std::ranges::binary_search(known, part.get()))
      parts_.push_back(std::move(part));
    else
      add(std::move(part));
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
