// SPDX-License-Identifier: GPL-2.0-or-later
// What holds for every set, checked against std::set.
#include "base/cpu_set.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace acdr {
namespace {

using Model = std::set<unsigned>;

CpuSet from(const Model& model) {
  CpuSet set;
  for (unsigned cpu : model) set.insert(cpu);
  return set;
}

Model members(const CpuSet& set) { return {set.begin(), set.end()}; }

/// Mostly small machines, so that the sets meet; now and then all 4096 CPUs.
rc::Gen<Model> any_model() {
  const auto cpu =
      rc::gen::weightedOneOf<unsigned>({{3, rc::gen::inRange(0U, 130U)}, {1, rc::gen::inRange(0U, CpuSet::limit)}});
  return rc::gen::container<Model>(cpu);
}

RC_GTEST_PROP(CpuSetProperty, ListsReadBack, ()) {
  const CpuSet set = from(*any_model());
  const auto again = CpuSet::parse_list(set.to_list());
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == set);
}

RC_GTEST_PROP(CpuSetProperty, MasksReadBack, ()) {
  const CpuSet set = from(*any_model());
  const auto again = CpuSet::parse_mask(set.to_mask());
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == set);
}

RC_GTEST_PROP(CpuSetProperty, OperationsAreThoseOfSets, ()) {
  const Model a = *any_model();
  const Model b = *any_model();
  Model both, either, left;
  std::ranges::set_intersection(a, b, std::inserter(both, both.end()));
  std::ranges::set_union(a, b, std::inserter(either, either.end()));
  std::ranges::set_difference(a, b, std::inserter(left, left.end()));
  RC_ASSERT(members(from(a) & from(b)) == both);
  RC_ASSERT(members(from(a) | from(b)) == either);
  RC_ASSERT(members(from(a) - from(b)) == left);
  RC_ASSERT(from(a).intersects(from(b)) == !both.empty());
  RC_ASSERT(from(a).subset_of(from(b)) == left.empty());
}

RC_GTEST_PROP(CpuSetProperty, EqualMembersMakeEqualSets, ()) {
  const Model a = *any_model();
  const Model b = *any_model();
  RC_ASSERT((from(a) == from(b)) == (a == b));
  RC_ASSERT(((from(a) | from(b)) - from(b)) == (from(a) - from(b)));
}

RC_GTEST_PROP(CpuSetProperty, CountsAndEndsAreThoseOfTheMembers, ()) {
  const Model model = *any_model();
  const CpuSet set = from(model);
  RC_ASSERT(set.count() == model.size());
  RC_ASSERT(set.empty() == model.empty());
  if (model.empty()) return;
  RC_ASSERT(set.first() == *model.begin());
  RC_ASSERT(set.last() == *model.rbegin());
}

RC_GTEST_PROP(CpuSetProperty, AnyTextIsReadOrRefusedWithAReason, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123456789-,\n xaf")));
  const auto list = CpuSet::parse_list(text);
  const auto mask = CpuSet::parse_mask(text);
  if (!list) RC_ASSERT(!list.error().message().empty());
  if (!mask) RC_ASSERT(!mask.error().message().empty());
  if (list) RC_ASSERT(CpuSet::parse_list(list->to_list()).value() == *list);
}

}  // namespace
}  // namespace acdr
