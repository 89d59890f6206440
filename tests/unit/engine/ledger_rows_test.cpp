// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ledger_rows.hpp"

#include <gmock/gmock.h>

namespace acdr::test {
namespace {

const LedgerRow row{CpuSet{1, 2}, KnobValue(CpuSet{1})};
const KnobId irq{KnobKind::irq_affinity, "45"};
const KnobId thread{KnobKind::thread_affinity, "7@1"};
const KnobId slice{KnobKind::cgroup_cpus, "system.slice"};
const KnobId scope{KnobKind::cgroup_cpus, "machine.slice/a.scope"};
const KnobId vcpu{KnobKind::cgroup_cpus, "machine.slice/a.scope/libvirt/vcpu0"};
const KnobId partition{KnobKind::cgroup_partition, "machine.slice/a.scope"};
const KnobId other{KnobKind::cgroup_cpus, "machine.slice/b.scope"};
const std::vector<KnobId> all{irq, thread, slice, scope, vcpu, partition, other};

LedgerRows rows_of(const std::vector<KnobId>& knobs) {
  LedgerRows rows;
  for (const auto& knob : knobs) rows.set(knob, row);
  return rows;
}

std::vector<KnobId> listed(const LedgerRows& rows, std::string_view left_out) {
  std::vector<KnobId> knobs;
  rows.for_each([&](std::string_view each) { return each == left_out; },
                [&](const LedgerRows::Entry& entry) { knobs.push_back(entry.first); });
  return knobs;
}

TEST(LedgerRowsTest, AllAreListedOnce) {
  EXPECT_THAT(listed(rows_of(all), "-"), testing::UnorderedElementsAreArray(all));
}

TEST(LedgerRowsTest, TheRowsOfAScopeAreLeftOutTogether) {
  EXPECT_THAT(listed(rows_of(all), "machine.slice/a.scope"), testing::UnorderedElementsAre(irq, thread, slice, other));
}

TEST(LedgerRowsTest, WhatIsInNoScopeIsNotLeftOutWithOne) {
  EXPECT_THAT(listed(rows_of({irq, slice}), "system.slice"), testing::UnorderedElementsAre(irq, slice));
}

TEST(LedgerRowsTest, ARowThatIsDroppedIsNotListedAnyMore) {
  LedgerRows rows = rows_of(all);
  EXPECT_TRUE(rows.drop(vcpu));
  EXPECT_TRUE(rows.drop(irq));
  EXPECT_FALSE(rows.drop(irq));
  EXPECT_THAT(listed(rows, "-"), testing::UnorderedElementsAre(thread, slice, scope, partition, other));
  EXPECT_TRUE(rows.drop(other));
  EXPECT_TRUE(rows.set(other, row));
  EXPECT_THAT(listed(rows, "machine.slice/a.scope"), testing::UnorderedElementsAre(thread, slice, other));
}

TEST(LedgerRowsTest, ARowThatIsSetAgainHasItsNewValueAndIsNotNew) {
  LedgerRows rows = rows_of(all);
  EXPECT_FALSE(rows.set(scope, {CpuSet{3}, std::nullopt}));
  EXPECT_EQ(rows.at(scope).baseline, KnobValue(CpuSet{3}));
  EXPECT_EQ(listed(rows, "-").size(), all.size());
}

TEST(LedgerRowsTest, ACopyDoesNotDependOnWhatItWasMadeFrom) {
  LedgerRows rows = rows_of(all);
  LedgerRows copy = rows;
  for (const auto& knob : all) rows.drop(knob);
  EXPECT_TRUE(rows.empty());
  EXPECT_EQ(copy, rows_of(all));
  EXPECT_THAT(listed(copy, "machine.slice/a.scope"), testing::UnorderedElementsAre(irq, thread, slice, other));
  rows = copy;
  copy = LedgerRows();
  EXPECT_EQ(listed(rows, "-").size(), all.size());
}

}  // namespace
}  // namespace acdr::test
