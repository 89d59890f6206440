// SPDX-License-Identifier: GPL-2.0-or-later
#include "service/instance_lock.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "service/daemon.hpp"

namespace acdr {
namespace {

using namespace std::chrono_literals;

class InstanceLockTest : public testing::Test {
 protected:
  InstanceLockTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "acdr-lock-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }
  ~InstanceLockTest() override { std::filesystem::remove_all(folder); }
  [[nodiscard]] Result<InstanceLock> take() const { return InstanceLock::take(folder / "lock", 0ms); }
  std::filesystem::path folder;
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
  const auto lock = InstanceLock::take(folder / "missing" / "lock", 0ms);
  ASSERT_FALSE(lock);
  EXPECT_NE(lock.error().kind(), ErrorKind::refused);
}

TEST_F(InstanceLockTest, ARollbackIsRefusedWhileADaemonIsAtWork) {
  DaemonPaths paths;
  paths.ledger = folder / "ledger.db";
  paths.lock = folder / "lock";
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
