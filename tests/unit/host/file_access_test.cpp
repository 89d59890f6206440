// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/access.hpp"
#include "support/temporary_directory.hpp"

namespace acdr::test {
namespace {

class FilesOfAHost : public testing::Test {
 protected:
  TemporaryDirectory folder;
  std::unique_ptr<HostAccess> host = recorded_access(folder.path());
};

TEST_F(FilesOfAHost, AreReadWholeWhateverTheirSize) {
  for (const std::size_t size : {0U, 1U, 2047U, 2048U, 4096U, 16384U, 16385U, 100'000U}) {
    const std::string text(size, 'x');
    folder.write("proc/file", text);
    EXPECT_EQ(host->read("proc/file").value(), text) << size;
  }
}

TEST_F(FilesOfAHost, AreAllListedInOrderFoldersWithASlash) {
  std::vector<std::string> names;
  for (int number = 1000; number < 3000; ++number) {
    folder.write(fmt::format("proc/{}/stat", number), "");
    names.push_back(fmt::format("{}/", number));
  }
  folder.write("proc/version", "");
  names.push_back("version");
  EXPECT_EQ(host->list("proc"), names);
  EXPECT_TRUE(host->list("proc/version").empty());
  EXPECT_TRUE(host->list("not/there").empty());
}

}  // namespace
}  // namespace acdr::test
