// SPDX-License-Identifier: GPL-2.0-or-later
// The ledger's disk is full, at any point of a domain's life; the ledger is cut short, or holds something else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <random>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

/// While it lives no file of this process can grow beyond `bytes`, as on a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : ignored_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, ignored_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*ignored_)(int);
};

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
void store(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

const DomainDefinition vm = World::domain("trial", 2, "vnf");

TEST(FullLedgerDisk, ChangesNothingOnTheHostAndTheDomainStartsUnconditioned) {
  World world;
  const std::string before = world.host.state();
  const FullDisk full(0);
  EXPECT_EQ(world.engine->prepare(vm), "");
  EXPECT_EQ(world.host.state(), before);
  ASSERT_EQ(world.engine->status().size(), 1U);
  const ClaimStatus status = world.engine->status().front();
  EXPECT_EQ(status.state, "failed");
  ASSERT_FALSE(status.problems.empty());
  EXPECT_NE(status.problems.front().find("free space in /run"), std::string::npos) << status.problems.front();
}

/// The disk is full from the n-th write to the host on, so in the middle of a pass as well as between two.
TEST(FullLedgerDisk, AtAnyPointOfADomainsLifeLeavesNothingBehindOnceThereIsSpace) {
  World counted;
  const std::size_t from = counted.host.writes;
  counted.start(vm, 1000);
  counted.stop(vm);
  const std::size_t total = counted.host.writes - from;
  ASSERT_GT(total, 10U);
  for (std::size_t last = 0; last < total; ++last) {
    World world;
    const std::string before = world.host.state();
    std::size_t count = 0;
    std::unique_ptr<FullDisk> full;
    if (last == 0) full = std::make_unique<FullDisk>(0);
    world.host.after_write = [&] {
      if (++count == last) full = std::make_unique<FullDisk>(0);
    };
    world.start(vm, 1000);
    world.stop(vm);
    full.reset();
    world.host.after_write = nullptr;
    world.engine->host_changed();
    world.engine->drop_pending_except({});
    ASSERT_EQ(world.host.state(), before) << "full from write " << last << " of " << total;
    ASSERT_TRUE(world.engine->claims().empty());
  }
}

TEST(FullLedgerDisk, WhileADomainsScopeAppearsItsConditioningWaitsForSpace) {
  World world;
  ASSERT_EQ(world.engine->prepare(vm), "");
  world.appear(World::scope(vm));
  {
    const FullDisk full(0);
    EXPECT_TRUE(world.engine->scope_appeared(vm.uuid, World::scope(vm)));
  }
  world.appear(World::scope(vm) + "/libvirt");
  world.appear(World::scope(vm) + "/libvirt/vcpu0", 1001, "CPU 0/KVM");
  world.engine->host_changed();
  EXPECT_EQ(world.engine->status().front().state, "active");
  EXPECT_TRUE(world.host.mask_of(1001).subset_of(world.engine->claims().begin()->second->allocation.cores));
}

TEST(FullLedgerDisk, AfterAPassIsToldOfOnceAndTheLedgerFollowsOnceThereIsSpace) {
  World world;
  world.start(vm, 1000);
  const std::string conditioned = world.host.state();
  {
    const FullDisk full(0);
    world.notices.clear();
    world.engine->flush_ledger();
    world.engine->flush_ledger();
    EXPECT_THAT(world.notices, testing::ElementsAre(testing::HasSubstr("writing the ledger: ")));
  }
  world.engine->flush_ledger();
  const auto ledger = Ledger::open(world.ledger_path(), "boot-1");
  ASSERT_TRUE(ledger.has_value());
  EXPECT_FALSE(ledger->rows().empty());
  for (const auto& [knob, row] : ledger->rows()) EXPECT_TRUE(row.last_applied.has_value()) << knob.to_string();
  EXPECT_EQ(world.host.state(), conditioned);
}

class DamagedLedger : public testing::Test {
 protected:
  /// A domain runs, conditioned, when the daemon dies and its ledger becomes `bytes`.
  void expect_recovered(World& world, std::string_view bytes, const std::string& where) {
    const std::string conditioned = world.host.state();
    const auto claims = world.engine->claims().size();
    world.engine.reset();
    store(world.ledger_path(), bytes);
    std::filesystem::remove(world.ledger_path().string() + ".broken");
    world.restart();
    ASSERT_EQ(world.engine->claims().size(), claims) << where;
    ASSERT_EQ(world.host.state(), conditioned) << where;
    for (const auto& item : world.engine->verify(std::nullopt).items) ASSERT_TRUE(item.holds) << where << item.what;
  }
};

TEST_F(DamagedLedger, CutShortAnywhereKeepsTheClaimAndTheWayBack) {
  World world;
  const std::string before = world.host.state();
  world.start(vm, 1000);
  const std::string whole = bytes_of(world.ledger_path());
  for (std::size_t length = 0; length < whole.size(); length += 509)
    expect_recovered(world, std::string_view(whole).substr(0, length), fmt::format("{} bytes: ", length));
  world.stop(vm);
  EXPECT_EQ(world.host.state(), before);
}

TEST_F(DamagedLedger, GarbageKeepsTheClaimAndTheWayBack) {
  World world;
  const std::string before = world.host.state();
  world.start(vm, 1000);
  const std::string whole = bytes_of(world.ledger_path());
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same garbage each time
  for (int round = 0; round < 60; ++round) {
    std::string bytes = whole;
    const std::size_t from = random() % bytes.size();
    for (std::size_t at = from; at < std::min(bytes.size(), from + 2000); ++at) bytes[at] = static_cast<char>(random());
    expect_recovered(world, bytes, fmt::format("garbage at {}: ", from));
  }
  world.stop(vm);
  EXPECT_EQ(world.host.state(), before);
}

TEST_F(DamagedLedger, WithADamagedCopyIsBegunAnewAndSaysSo) {
  World world;
  world.start(vm, 1000);
  world.engine.reset();
  store(world.ledger_path(), "no database, and long enough to be looked at");
  store(world.ledger_path().string() + ".copy", "neither");
  const auto ledger = Ledger::open(world.ledger_path(), "boot-1");
  ASSERT_TRUE(ledger.has_value());
  EXPECT_TRUE(ledger->claims().empty());
  EXPECT_NE(ledger->recovered().find("what it knew of earlier changes is lost"), std::string::npos);
}

}  // namespace
}  // namespace acdr::test
