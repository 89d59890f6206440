// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "support/source_folder.hpp"
#include "unit/ctl/support.hpp"

namespace acdr::test {
namespace {

using testing::HasSubstr;

/// What bash offers for a line, one word a line; a trailing "" is a word that has not been begun.
class CompletionTest : public testing::Test {
 protected:
  void SetUp() override {
    directory.write_program("acdrctl", "#!/bin/sh\n[ \"$*\" = 'class list --names' ] && printf 'vnf\\nirq-ban\\n'\n");
    directory.write_program("virsh", "#!/bin/sh\nprintf 'web1\\nmy vm\\n'\n");
  }

  std::string offered(const std::string& words) const {
    const std::string script = "source " + (source_folder() / "ctl/acdrctl.bash").string() + "\nCOMP_WORDS=(acdrctl " +
                               words +
                               ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                               "compopt() { :; }\n_acdrctl\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
    const std::string command = "bash --norc " + directory.write("script", script).string() + " 2>&1";
    std::string output;
    FILE* pipe = ::popen(command.c_str(), "r");
    for (int c = 0; (c = ::fgetc(pipe)) != EOF;) output += static_cast<char>(c);
    ::pclose(pipe);
    return output;
  }

  TemporaryDirectory directory;
  const Environment path{"PATH", directory.path().string() + ":/usr/bin:/bin"};
};

TEST_F(CompletionTest, OffersVerbs) {
  EXPECT_EQ(offered("re"), "release\nreload\n");
  EXPECT_EQ(offered("-H kvm7 unt"), "untag\n");
  EXPECT_EQ(offered("class s"), "show\nschema\n");
  EXPECT_EQ(offered("ga"), "gather\n");
}

TEST_F(CompletionTest, OffersClassesAndSubjectsWhereTheyBelong) {
  EXPECT_EQ(offered("apply ''"), "vnf\nirq-ban\n");
  EXPECT_EQ(offered("apply vnf ''"), "host\nweb1\nmy\\ vm\n");
  EXPECT_EQ(offered("apply --param a=b vnf h"), "host\n");
  EXPECT_EQ(offered("release web1 i"), "irq-ban\n");
  EXPECT_EQ(offered("tag ''"), "web1\nmy\\ vm\n");
  EXPECT_EQ(offered("tag web1 v"), "vnf\n");
  EXPECT_EQ(offered("class show v"), "vnf\n");
}

/// Every option that is offered exists.
TEST_F(CompletionTest, OffersOptionsThatTheVerbHas) {
  for (const std::vector<std::string>& verb : {std::vector<std::string>{},
                                               {"apply"},
                                               {"release"},
                                               {"plan"},
                                               {"status"},
                                               {"verify"},
                                               {"class", "list"},
                                               {"class", "show"},
                                               {"class", "check"},
                                               {"topology"},
                                               {"log"},
                                               {"tag"},
                                               {"untag"},
                                               {"reload"},
                                               {"doctor"},
                                               {"rollback"},
                                               {"gather"}}) {
    std::string words;
    for (const auto& word : verb) words += word + ' ';
    auto help = verb;
    help.push_back("--help");
    const std::string text = acdrctl(help).out;
    std::istringstream options(offered(words + "-"));
    for (std::string option; std::getline(options, option);) EXPECT_THAT(text, HasSubstr(option)) << words;
  }
}

}  // namespace
}  // namespace acdr::test
