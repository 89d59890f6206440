// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/rollback.hpp"

#include <unistd.h>

#include "unit/ctl/support.hpp"

namespace acdr::test {
namespace {

class RollbackTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may roll back";
  }
  std::string daemon(const std::string& commands) const {
    return directory.write_program("acdrd", "#!/bin/sh\n" + commands + "\n");
  }
  TemporaryDirectory directory;
};

TEST_F(RollbackTest, RunsTheDaemonForNothingButThat) {
  const auto code = ctl::roll_back(daemon("[ \"$*\" = --rollback ]"));
  ASSERT_TRUE(code) << code.error().message();
  EXPECT_EQ(*code, 0);
}

TEST_F(RollbackTest, EndsAsTheDaemonDoes) {
  EXPECT_EQ(ctl::roll_back(daemon("exit 4")), 4);
  EXPECT_EQ(ctl::roll_back(daemon("exit 1")), 1);
  EXPECT_FALSE(ctl::roll_back(daemon("kill -KILL $$")));
}

TEST_F(RollbackTest, ADaemonThatIsNotInstalledIsAFailure) {
  const auto code = ctl::roll_back(directory.file("missing"));
  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().kind(), ErrorKind::failed);
}

}  // namespace
}  // namespace acdr::test
