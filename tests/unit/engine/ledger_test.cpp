// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ledger.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/source_folder.hpp"
#include "support/temporary_directory.hpp"
#include "support/whole_ledger.hpp"

namespace acdr::test {
namespace {

class LedgerFile : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "ledger.db"; }
  [[nodiscard]] Ledger open(const std::string& boot = "boot-1") const { return Ledger::open(path(), boot).value(); }

  [[nodiscard]] Status keep(const Claims& claims, const LedgerRows& rows) const {
    Ledger ledger = open();
    return commit_all(ledger, claims, rows);
  }

  static Claims claims() {
    Claim claim;
    claim.subject = Subject::domain("uuid-1");
    claim.name = "domain web";
    claim.resolved.edit().name = "vnf";
    claim.resolved.edit().conditionings.push_back({"cleaner-cores",
                                                   {{"cores", CpuSelection{CpuSet{2, 3}}},
                                                    {"count", std::int64_t{2}},
                                                    {"size", Bytes{4096}},
                                                    {"on", true},
                                                    {"word", CpuSelection{std::string("auto")}}},
                                                   "vnf",
                                                   {"vnf.yaml", 3, 5}});
    claim.allocation.cores = {2, 3};
    claim.allocation.vcpu_cpus = {2, 3};
    claim.allocation.node = 1;
    claim.scope = "machine.slice/x.scope";
    return {{claim.key(), claim}};
  }

 private:
  TemporaryDirectory folder_;
};

const LedgerRows rows{{{KnobKind::irq_affinity, "45"}, {CpuSet{1, 2}, KnobValue(CpuSet{1})}},
                      {{KnobKind::cgroup_partition, "x"}, {std::string("member"), std::nullopt}},
                      {{KnobKind::irq_default_affinity, ""}, {CpuSet{}, KnobValue(CpuSet{})}}};

TEST_F(LedgerFile, WhatWasCommittedIsThereAfterReopening) {
  ASSERT_TRUE(keep(claims(), rows));
  const Ledger again = open();
  EXPECT_EQ(again.rows(), rows);
  ASSERT_EQ(again.claims().size(), 1U);
  EXPECT_EQ(serialise(*again.claims().begin()->second), serialise(*claims().begin()->second));
}

TEST_F(LedgerFile, AnotherBootForgetsEverything) {
  ASSERT_TRUE(keep(claims(), rows));
  const Ledger again = open("boot-2");
  EXPECT_TRUE(again.rows().empty());
  EXPECT_TRUE(again.claims().empty());
}

TEST_F(LedgerFile, RowsAndClaimsThatAreLeftOutAreDeleted) {
  Ledger ledger = open();
  ASSERT_TRUE(commit_all(ledger, claims(), rows));
  ASSERT_TRUE(commit_all(ledger, {}, {}));
  EXPECT_TRUE(open().rows().empty());
  EXPECT_TRUE(open().claims().empty());
}

TEST_F(LedgerFile, GarbageIsMovedAsideAndToldOf) {
  std::ofstream(path()) << std::string(5000, 'x');
  const Ledger ledger = open();
  EXPECT_TRUE(ledger.rows().empty());
  EXPECT_THAT(ledger.recovered(), testing::HasSubstr(".broken"));
  EXPECT_TRUE(std::filesystem::exists(path().string() + ".broken"));
}

TEST_F(LedgerFile, ThatCouldBeReadButNotWrittenIsMovedAside) {
  std::filesystem::copy_file(source_folder() / "tests/fuzz/corpus/ledger_file/view", path());
  Ledger ledger = open();
  EXPECT_THAT(ledger.recovered(), testing::HasSubstr(".broken"));
  EXPECT_TRUE(commit_all(ledger, claims(), rows));
}

TEST_F(LedgerFile, WithOtherTablesIsMovedAside) {
  std::filesystem::copy_file(source_folder() / "tests/fuzz/corpus/ledger_file/other-version", path());
  Ledger ledger = open();
  EXPECT_THAT(ledger.recovered(), testing::HasSubstr("of another version"));
  ASSERT_TRUE(commit_all(ledger, claims(), rows));
  EXPECT_EQ(open().rows(), rows);
}

TEST_F(LedgerFile, WithARowWhoseValueIsNotThereIsMovedAside) {
  std::filesystem::copy_file(source_folder() / "tests/fuzz/corpus/ledger_file/value-that-is-not-there", path());
  const Ledger ledger = open();
  EXPECT_THAT(ledger.recovered(), testing::HasSubstr("has a value that is not there"));
  EXPECT_TRUE(ledger.rows().empty());
}

TEST_F(LedgerFile, IsWrittenAgainOnceNobodyElseHoldsIt) {
  Ledger ledger = open();
  {
    SQLite::Database other(path().string(), SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE");
    EXPECT_FALSE(commit_all(ledger, claims(), rows));
  }
  ChangedRows changed(ledger.rows());
  const KnobId knob{KnobKind::irq_affinity, "45"};
  changed.set(knob, {CpuSet{7}, std::nullopt});
  EXPECT_TRUE(ledger.commit({}, changed));
  EXPECT_TRUE(open().rows().contains(knob));
}

TEST_F(LedgerFile, IsThereAsLongAsItsCopyIs) {
  EXPECT_FALSE(Ledger::is_at(path()));
  ASSERT_TRUE(keep(claims(), rows));
  EXPECT_TRUE(Ledger::is_at(path()));
  std::filesystem::remove(path());
  EXPECT_TRUE(Ledger::is_at(path()));
  EXPECT_EQ(open().rows(), rows);
}

TEST_F(LedgerFile, AFolderThatDoesNotExistIsAnError) {
  EXPECT_FALSE(Ledger::open("/not/really/there/ledger.db", "boot-1"));
}

TEST(ChangedRowsTest, AreThoseThereWereButForWhatWasSetOrDropped) {
  const KnobId set{KnobKind::irq_affinity, "45"};
  const KnobId dropped{KnobKind::cgroup_partition, "x"};
  const KnobId added{KnobKind::irq_affinity, "46"};
  const LedgerRow row{CpuSet{7}, std::nullopt};
  ChangedRows changed(rows);
  changed.set(set, row);
  changed.drop(dropped);
  changed.set(added, row);
  changed.set({KnobKind::irq_affinity, "47"}, row);
  changed.drop({KnobKind::irq_affinity, "47"});
  LedgerRows found;
  const auto none = [](std::string_view) { return false; };
  changed.for_each(none, [&](const KnobId& knob, const LedgerRow& each) { EXPECT_TRUE(found.set(knob, each)); });
  EXPECT_EQ(
      found,
      (LedgerRows{{set, row}, {added, row}, {{KnobKind::irq_default_affinity, ""}, {CpuSet{}, KnobValue(CpuSet{})}}}));
  EXPECT_EQ(*changed.find(set), row);
  EXPECT_FALSE(changed.contains(dropped));
  EXPECT_FALSE(changed.contains({KnobKind::irq_affinity, "47"}));
}

/// With one row, which a write is about to change.
class LedgerOfAWrite : public LedgerFile {
 protected:
  void SetUp() override {
    ChangedRows changed(ledger.rows());
    changed.set(knob, begun);
    ASSERT_TRUE(ledger.commit(claims(), changed));
    EXPECT_EQ(ledger.rows().at(knob), begun);
    changed.set(knob, done);
    ledger.put_off(changed);
    EXPECT_EQ(*changed.find(knob), ledger.rows().at(knob));
  }
  [[nodiscard]] static SQLite::Database held(const std::filesystem::path& path) {
    SQLite::Database database(path.string(), SQLite::OPEN_READWRITE);
    database.exec("BEGIN IMMEDIATE");
    return database;
  }

  const KnobId knob{KnobKind::irq_affinity, "45"};
  const LedgerRow begun{CpuSet{7}, std::nullopt};
  const LedgerRow done{CpuSet{7}, KnobValue(CpuSet{6})};
  Ledger ledger = open();
};

TEST_F(LedgerOfAWrite, HasItAsUnderWayInTheFileUntilItIsFlushed) {
  EXPECT_EQ(ledger.rows().at(knob), done);
  EXPECT_EQ(open().rows().at(knob), begun);
  ASSERT_TRUE(ledger.flush());
  EXPECT_EQ(open().rows(), ledger.rows());
}

TEST_F(LedgerOfAWrite, WritesWhatWasPutOffWithTheNextCommit) {
  ChangedRows changed(ledger.rows());
  const KnobId other{KnobKind::irq_affinity, "46"};
  changed.set(other, begun);
  ASSERT_TRUE(ledger.commit(claims(), changed));
  EXPECT_EQ(open().rows(), (LedgerRows{{knob, done}, {other, begun}}));
}

TEST_F(LedgerOfAWrite, WritesOfWhatIsChangedAgainTheLatest) {
  ChangedRows changed(ledger.rows());
  changed.set(knob, begun);
  ASSERT_TRUE(ledger.commit(claims(), changed));
  EXPECT_EQ(open().rows().at(knob), begun);
  changed.drop(knob);
  ledger.put_off(changed);
  EXPECT_TRUE(ledger.rows().empty());
  ASSERT_TRUE(ledger.flush());
  EXPECT_TRUE(open().rows().empty());
}

TEST_F(LedgerOfAWrite, KeepsWhatWasPutOffWhileItCannotBeWritten) {
  {
    const auto other = held(path());
    EXPECT_FALSE(ledger.flush());
    ChangedRows changed(ledger.rows());
    changed.drop(knob);
    EXPECT_FALSE(ledger.commit(claims(), changed));
  }
  EXPECT_EQ(ledger.rows().at(knob), done);
  ASSERT_TRUE(ledger.flush());
  EXPECT_EQ(open().rows().at(knob), done);
}

TEST_F(LedgerFile, RowsMayShareTheirValuesAndPartWithThem) {
  const KnobId first{KnobKind::irq_affinity, "45"};
  const KnobId second{KnobKind::irq_affinity, "46"};
  const LedgerRow shared{CpuSet{1, 2}, KnobValue(CpuSet{1, 2})};
  ASSERT_TRUE(keep({}, {{first, shared}, {second, shared}}));
  EXPECT_EQ(open().rows(), (LedgerRows{{first, shared}, {second, shared}}));
  const LedgerRow other{CpuSet{1, 2}, KnobValue(std::string("1-2"))};
  ASSERT_TRUE(keep({}, {{second, other}}));
  EXPECT_EQ(open().rows(), (LedgerRows{{second, other}}));
}

TEST_F(LedgerFile, ForgetsValuesThatNoRowHas) {
  Ledger ledger = open();
  const KnobId knob{KnobKind::cgroup_cpus, "x"};
  const auto set_to = [&](unsigned cpu) {
    ChangedRows changed(ledger.rows());
    changed.set(knob, {CpuSet{cpu}, KnobValue(CpuSet{cpu})});
    return ledger.commit({}, changed);
  };
  for (unsigned cpu = 1000; cpu < 1200; ++cpu) ASSERT_TRUE(set_to(cpu));
  const auto size = std::filesystem::file_size(path());
  for (unsigned cpu = 1200; cpu < 3000; ++cpu) ASSERT_TRUE(set_to(cpu));
  EXPECT_EQ(std::filesystem::file_size(path()), size);
}

}  // namespace
}  // namespace acdr::test
