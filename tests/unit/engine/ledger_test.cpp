// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/temporary_directory.hpp"

namespace acdr::test {
namespace {

class LedgerFile : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "ledger.db"; }
  [[nodiscard]] Ledger open(const std::string& boot = "boot-1") const { return Ledger::open(path(), boot).value(); }

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
  ASSERT_TRUE(open().commit(claims(), rows));
  const Ledger again = open();
  EXPECT_EQ(again.rows(), rows);
  ASSERT_EQ(again.claims().size(), 1U);
  EXPECT_EQ(serialise(again.claims().begin()->second), serialise(claims().begin()->second));
}

TEST_F(LedgerFile, AnotherBootForgetsEverything) {
  ASSERT_TRUE(open().commit(claims(), rows));
  const Ledger again = open("boot-2");
  EXPECT_TRUE(again.rows().empty());
  EXPECT_TRUE(again.claims().empty());
}

TEST_F(LedgerFile, RowsAndClaimsThatAreLeftOutAreDeleted) {
  Ledger ledger = open();
  ASSERT_TRUE(ledger.commit(claims(), rows));
  ASSERT_TRUE(ledger.commit({}, {}));
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
  std::filesystem::copy_file(std::filesystem::path(ACDR_SOURCE_DIR) / "tests/fuzz/corpus/ledger_file/view", path());
  Ledger ledger = open();
  EXPECT_THAT(ledger.recovered(), testing::HasSubstr(".broken"));
  EXPECT_TRUE(ledger.commit(claims(), rows));
}

TEST_F(LedgerFile, IsThereAsLongAsItsCopyIs) {
  EXPECT_FALSE(Ledger::is_at(path()));
  ASSERT_TRUE(open().commit(claims(), rows));
  EXPECT_TRUE(Ledger::is_at(path()));
  std::filesystem::remove(path());
  EXPECT_TRUE(Ledger::is_at(path()));
  EXPECT_EQ(open().rows(), rows);
}

TEST_F(LedgerFile, AFolderThatDoesNotExistIsAnError) {
  EXPECT_FALSE(Ledger::open("/not/really/there/ledger.db", "boot-1"));
}

}  // namespace
}  // namespace acdr::test
