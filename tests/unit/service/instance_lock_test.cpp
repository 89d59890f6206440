// SPDX-License-Identifier: GPL-2.0-or-later
#include "service/instance_lock.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "service/daemon.hpp"
#include "support/temporary_directory.hpp"

namespace acdr {
namespace {

using namespace std::chrono_literals;

class InstanceLockTest : public testing::Test {
 protected:
  [[nodiscard]] Result<InstanceLock> take() const { return InstanceLock::take(directory.path() / "lock", 0ms); }
  test::TemporaryDirectory directory;
};

TEST_F(InstanceLockTest, OnlyOneHasIt) {
  auto first = take();
  ASSERT_TRUE(first) << first.error().message();
  const auto second = take();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), ErrorKind::refused);
  EXPECT_NE(second.error().message().find("systemctl stop acdrd.service"), std::string::npos);
  {
    const InstanceLock ended = std::move(*first);
  }
  EXPECT_TRUE(take()) << "a lock file that was left behind stops nobody";
}

TEST_F(InstanceLockTest, WithoutAFolderItFails) {
  const auto lock = InstanceLock::take(directory.path() / "missing" / "lock", 0ms);
  ASSERT_FALSE(lock);
  EXPECT_NE(lock.error().kind(), ErrorKind::refused);
}

TEST_F(InstanceLockTest, ARollbackIsRefusedWhileADaemonIsAtWork) {
  DaemonPaths paths;
  paths.ledger = directory.path() / "ledger.db";
  paths.lock = directory.path() / "lock";
  const auto daemon = take();
  ASSERT_TRUE(daemon);
  EXPECT_TRUE(roll_back(paths)) << "without a ledger there is nothing to do";
  std::ofstream(paths.ledger).put('x');
  const auto done = roll_back(paths);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::refused);
}

}  // namespace
}  // namespace acdr
