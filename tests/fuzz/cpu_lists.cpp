// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "base/cpu_set.hpp"
#include "fuzz/harness.hpp"

namespace acdr::fuzz {
namespace {

template <class Set>
void promise_same_set(const Set& set) {
  promise(Set::parse_list(set.to_list()) == set, "a list gives the set it was made of");
  promise(Set::parse_mask(set.to_mask()) == set, "a mask gives the set it was made of");
  const auto members = set.members();
  promise(members.size() == set.count() && std::ranges::is_sorted(members), "members are counted and in order");
  promise(std::ranges::all_of(members, [&](unsigned one) { return set.contains(one) && one < Set::limit; }),
          "members are members, and possible");
  if (!set.empty()) promise(set.first() == members.front() && set.last() == members.back(), "first and last fit");
}

template <class Set>
void promise_algebra(const Set& a, const Set& b) {
  promise(((a | b) - b).subset_of(a), "what is taken from a union leaves part of the other");
  promise(((a - b) | (a & b)) == a, "difference and intersection make the whole");
  promise((a & b).empty() != a.intersects(b), "an intersection that is not empty intersects");
  promise(a.subset_of(a | b) && b.subset_of(a | b), "a union holds both");
}

template <class Set>
Set read(std::string_view text) {
  const auto list = Set::parse_list(text);
  const auto mask = Set::parse_mask(text);
  promise_plain_error(list);
  promise_plain_error(mask);
  if (list) promise_same_set(*list);
  if (mask) promise_same_set(*mask);
  return list.value_or(mask.value_or(Set()));
}

}  // namespace

void cpu_lists(std::string_view input) {
  const auto [one, other] = pieces<2>(input);
  promise_algebra(read<CpuSet>(one), read<CpuSet>(other));
  promise_algebra(read<NodeSet>(one), read<NodeSet>(other));
}

}  // namespace acdr::fuzz
