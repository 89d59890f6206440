// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/remote.hpp"

#include <stdio.h>

#include "unit/ctl/support.hpp"

namespace acdr::test {
namespace {

using ctl::find_remote;
using ctl::shell_quote;
using ctl::ssh_command;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(FindRemote, TakesTheHostBeforeTheVerb) {
  const std::vector<std::vector<std::string>> spellings{{"-H", "root@kvm7", "plan", "vnf"},
                                                        {"-Hroot@kvm7", "plan", "vnf"},
                                                        {"--host", "root@kvm7", "plan", "vnf"},
                                                        {"--host=root@kvm7", "plan", "vnf"}};
  for (const auto& arguments : spellings) {
    const auto remote = find_remote(arguments);
    ASSERT_TRUE(remote && *remote) << arguments.front();
    EXPECT_EQ((*remote)->host, "root@kvm7");
    EXPECT_THAT((*remote)->arguments, ElementsAre("plan", "vnf"));
  }
}

TEST(FindRemote, LeavesOtherCommandLinesAlone) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"status"},
                                                    {"plan", "vnf", "host", "--host-root", "/x"},
                                                    {"status", "-H", "x"},
                                                    {"--host-root", "/x"},
                                                    {"--help"}}) {
    const auto remote = find_remote(arguments);
    ASSERT_TRUE(remote);
    EXPECT_FALSE(*remote);
  }
}

TEST(FindRemote, RefusesWhatSshWouldTakeForAnOption) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"-H"},
                                                    {"-H", ""},
                                                    {"--host="},
                                                    {"-H", "-oProxyCommand=reboot", "status"},
                                                    {"-H-oProxyCommand=reboot", "status"},
                                                    {"--host=-x"},
                                                    {"-H", "a", "-H", "b", "status"}}) {
    const auto outcome = acdrctl(arguments);
    EXPECT_EQ(outcome.code, 2) << testing::PrintToString(arguments);
    expect_complaint(outcome, "-H");
  }
}

TEST(SshCommand, EndsSshsOwnOptionsBeforeTheHost) {
  EXPECT_THAT(ssh_command({"root@kvm7", {"plan", "vnf", "my vm", "--json"}}),
              ElementsAre("ssh", "--", "root@kvm7", "acdrctl", "plan", "vnf", "'my vm'", "--json"));
}

TEST(ShellQuote, LeavesPlainWordsReadable) {
  EXPECT_EQ(shell_quote("--param"), "--param");
  EXPECT_EQ(shell_quote("cores=2-5,8"), "cores=2-5,8");
  EXPECT_EQ(shell_quote("/a/b.yaml"), "/a/b.yaml");
}

/// What a shell makes of a command line.
std::string shell_output(const std::string& command) {
  std::string output;
  FILE* pipe = ::popen(command.c_str(), "r");
  for (int c = 0; (c = ::fgetc(pipe)) != EOF;) output += static_cast<char>(c);
  ::pclose(pipe);
  return output;
}

TEST(ShellQuote, IsOneWordToAShellWhateverIsInIt) {
  for (const std::string word :
       {"",  " ", "a b", "'",  "''",  "it's", "\"", "$HOME", "$(id)", "`id`",  "a;id", "a|b", "a&b", "*",
        "?", "~", "#x",  "\\", "\\'", "a\nb", "!x", "-n",    "--",    "{a,b}", "ü",    "<x>", "a\tb"}) {
    EXPECT_EQ(shell_output("printf '[%s]' " + shell_quote(word)), "[" + word + "]");
  }
}

/// ssh as far as it matters: the host's shell gets the words joined by blanks. acdrctl there prints what it got.
class RemoteTest : public testing::Test {
 protected:
  void SetUp() override {
    directory.write_program("ssh",
                            "#!/bin/sh\n[ \"$1\" = -- ] || exit 99\n[ \"$2\" = down ] && exit 255\n"
                            "shift 2\nexec sh -c \"$*\"\n");
  }
  TemporaryDirectory directory;
  const Environment path{"PATH", directory.path().string() + ":/usr/bin:/bin"};
};

TEST_F(RemoteTest, RunsTheSameCommandLineThere) {
  directory.write_program("acdrctl",
                          "#!/bin/sh\nfor word; do echo \"$word\" >> " + directory.file("words") + "; done\nexit 3\n");
  const auto outcome = acdrctl({"-H", "kvm7", "release", "it's; a $(test)", "--bogus"});
  EXPECT_EQ(outcome.code, 3) << "the exit code from there";
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(shell_output("cat " + directory.file("words")), "release\nit's; a $(test)\n--bogus\n");
}

TEST_F(RemoteTest, SaysThatAHostCannotBeReached) {
  const auto outcome = acdrctl({"-H", "down", "status"});
  EXPECT_EQ(outcome.code, 5);
  expect_complaint(outcome, "ssh could not reach down");
}

TEST_F(RemoteTest, SaysThatAcdrIsNotInstalledThere) {
  const auto outcome = acdrctl({"-H", "kvm7", "status"});
  EXPECT_EQ(outcome.code, 5);
  expect_complaint(outcome, "kvm7 has no acdrctl; install acdr there");
}

TEST(Remote, SaysThatThereIsNoSsh) {
  const Environment path("PATH", "/nonexistent");
  const auto outcome = acdrctl({"-H", "kvm7", "status"});
  EXPECT_EQ(outcome.code, 1);
  expect_complaint(outcome, "starting ssh");
}

}  // namespace
}  // namespace acdr::test
