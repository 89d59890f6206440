// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/ctl/support.hpp"

namespace acdr::test {
namespace {

using testing::HasSubstr;

struct Wrong {
  std::vector<std::string> arguments;
  std::string complaint;
};

/// None of these may get as far as the bus, which is not there: that would be 5.
TEST(Usage, WrongInputIsExplainedOnOneLineAndEndsWithTwo) {
  const Environment no_bus("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent");
  const std::vector<Wrong> table{
      {{}, "see acdrctl --help"},
      {{"bogus"}, "there is no 'acdrctl bogus'"},
      {{"--bogus"}, "see acdrctl --help"},
      {{"apply"}, "see acdrctl apply --help"},
      {{"apply", "vnf"}, "SUBJECT is required"},
      {{"apply", "vnf", "host", "extra"}, "extra"},
      {{"apply", "vnf", "host", "--param"}, "--param"},
      {{"apply", "vnf", "host", "--param", "cores"}, "'cores' is not of the form NAME=VALUE"},
      {{"apply", "vnf", "host", "--param", "=2"}, "'=2' is not of the form NAME=VALUE"},
      {{"apply", "vnf", "host", "--param", "a=1", "--param", "a=2"}, "--param a is given twice"},
      {{"apply", "vnf", "web1", "--permanent"}, "--permanent is for the host only"},
      {{"release"}, "SUBJECT is required"},
      {{"plan", "vnf"}, "SUBJECT is required"},
      {{"plan", "vnf", "host", "--host-root"}, "--host-root"},
      {{"status", "a", "b"}, "b"},
      {{"status", "--yaml"}, "--yaml"},
      {{"verify", "--quick"}, "--quick"},
      {{"class"}, "see acdrctl class --help"},
      {{"class", "bogus"}, "there is no 'acdrctl class bogus'"},
      {{"class", "show"}, "CLASS is required"},
      {{"log", "-n", "many"}, "many"},
      {{"log", "-n", "-1"}, "see acdrctl log --help"},
      {{"log", "-n", "0"}, "see acdrctl log --help"},
      {{"log", "-n", "99999999999"}, "see acdrctl log --help"},
      {{"tag", "web1"}, "CLASS is required"},
      {{"untag"}, "DOMAIN is required"},
      {{"reload", "now"}, "now"},
      {{"rollback"}, "--all is required"},
      {{"status", "-H", "host"}, "-H"},
  };
  for (const auto& wrong : table) {
    SCOPED_TRACE(testing::PrintToString(wrong.arguments));
    const auto outcome = acdrctl(wrong.arguments);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_EQ(outcome.out, "");
    expect_complaint(outcome, wrong.complaint);
  }
}

TEST(Usage, NothingThatIsTypedReachesTheTerminalRaw) {
  expect_complaint(acdrctl({"\033[31mred\n\xc2\x9b"}), "there is no 'acdrctl ?[31mred ?'");
}

TEST(Usage, EveryVerbHasHelpWithAnExample) {
  const std::vector<std::vector<std::string>> verbs{
      {"apply"},         {"release"},       {"plan"},           {"status"},          {"verify"},
      {"class", "list"}, {"class", "show"}, {"class", "check"}, {"class", "schema"}, {"topology"},
      {"log"},           {"tag"},           {"untag"},          {"reload"},          {"doctor"},
      {"rollback"},      {"gather"}};
  for (auto words : verbs) {
    std::string command = "acdrctl";
    for (const auto& word : words) command += ' ' + word;
    words.push_back("--help");
    const auto outcome = acdrctl(words);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.err, "");
    EXPECT_THAT(outcome.out, HasSubstr("Usage: " + command));
    EXPECT_THAT(outcome.out, HasSubstr("Example:\n  " + command));
  }
}

TEST(Usage, OfTheProgram) {
  const auto help = acdrctl({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, HasSubstr("Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 refused, 5 daemon"));
  const auto version = acdrctl({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_TRUE(version.out.starts_with("acdrctl ")) << version.out;
}

TEST(ExitCode, IsTheKindOfTheError) {
  EXPECT_EQ(ctl::exit_code(ErrorKind::failed), 1);
  EXPECT_EQ(ctl::exit_code(ErrorKind::usage), 2);
  EXPECT_EQ(ctl::exit_code(ErrorKind::not_found), 3);
  EXPECT_EQ(ctl::exit_code(ErrorKind::refused), 4);
  EXPECT_EQ(ctl::exit_code(ErrorKind::unreachable), 5);
}

TEST(Output, ThatCannotBeWrittenIsAFailure) {
  std::ofstream full("/dev/full");
  std::ostringstream err;
  EXPECT_EQ(ctl::run({"class", "schema"}, {full, err, ctl::Style{false}}), 1);
  EXPECT_EQ(err.str(), "acdrctl: writing the output failed\n");
}

}  // namespace
}  // namespace acdr::test
