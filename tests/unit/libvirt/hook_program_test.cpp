// SPDX-License-Identifier: GPL-2.0-or-later
//
// The hook as libvirt runs it: a process with arguments, standard input and an exit code.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <spawn.h>
#include <sys/wait.h>

#include <optional>
#include <thread>

#include "libvirt/hook_protocol.hpp"
#include "libvirt/hook_server.hpp"
#include "support.hpp"

namespace acdr {
namespace {

using testing::HasSubstr;

struct Outcome {
  int exit_code = -1;
  std::string errors;
};

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    read = UniqueFd(ends[0]);
    write = UniqueFd(ends[1]);
  }
  UniqueFd read;
  UniqueFd write;
};

using Arguments = std::vector<std::string>;

/// Starts the program, with the clean environment that libvirt gives its hooks as well.
pid_t start(std::string program, Arguments arguments, const std::string& socket, int input, int errors) {
  std::vector<char*> argv{program.data()};
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::string variable = "ACDR_HOOK_SOCKET=" + socket;
  std::array<char*, 2> environment{variable.data(), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
  pid_t child = -1;
  EXPECT_EQ(::posix_spawn(&child, program.c_str(), &actions, nullptr, argv.data(), environment.data()), 0);
  ::posix_spawn_file_actions_destroy(&actions);
  return child;
}

class HookProgramTest : public testing::Test {
 protected:
  /// `xml` is what libvirt writes; none = a standard input that stays open and silent.
  Outcome run(const Arguments& arguments, const std::optional<std::string>& xml) {
    Pipe input;
    Pipe errors;
    const pid_t child = start(program, arguments, socket, input.read.get(), errors.write.get());
    input.read = UniqueFd();
    errors.write = UniqueFd();
    std::thread writer;
    if (xml) writer = std::thread([&, write = std::move(input.write)] { feed(write.get(), *xml); });
    Outcome outcome;
    outcome.errors = test::read_to_end(errors.read.get());
    int status = 0;
    ::waitpid(child, &status, 0);
    if (writer.joinable()) writer.join();
    outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return outcome;
  }

  static void feed(int fd, std::string_view text) {
    while (!text.empty()) {
      const auto size = ::write(fd, text.data(), text.size());
      if (size <= 0) return;  // it left without reading: its right
      text.remove_prefix(static_cast<std::size_t>(size));
    }
  }

  /// The same, with a daemon that answers `refusal`.
  Outcome run_with_daemon(const std::string& refusal, const std::string& xml) {
    auto server = HookServer::listen(socket,
                                     [&](const HookRequest& request) {
                                       received.push_back(request);
                                       return refusal;
                                     },
                                     {.peer = ::geteuid()})
                      .value();
    bool done = false;
    Outcome outcome;
    Pipe finished;
    std::thread hook([&] {
      outcome = run(begin, xml);
      finished.write = UniqueFd();
    });
    while (!done) {
      std::array<pollfd, 2> entries{pollfd{server->fd(), POLLIN, 0}, pollfd{finished.read.get(), POLLIN, 0}};
      ::poll(entries.data(), entries.size(), test::patience_ms);
      server->dispatch();
      done = entries[1].revents != 0;
    }
    hook.join();
    return outcome;
  }

  void SetUp() override { ::signal(SIGPIPE, SIG_IGN); }

  const Arguments begin{"web", "prepare", "begin", "-"};
  const std::string program = ACDR_HOOK_PROGRAM;
  test::TemporaryDirectory dir;
  std::string socket = dir.file("hook.sock");
  std::vector<HookRequest> received;
};

TEST_F(HookProgramTest, TellsTheDaemonAndLetsTheDomainStart) {
  const auto outcome = run_with_daemon("", "<domain/>\n");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(outcome.errors, "");
  EXPECT_THAT(received, testing::ElementsAre(HookRequest{"prepare", "web", "<domain/>\n"}));
}

TEST_F(HookProgramTest, ShowsARefusalsReasonAndStopsTheStart) {
  const auto outcome = run_with_daemon("no cores left", "<domain/>\n");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.errors, "acdr: no cores left\n");
}

TEST_F(HookProgramTest, CarriesTheLargestXml) {
  EXPECT_EQ(run_with_daemon("", std::string(hook_xml_limit, 'x')).exit_code, 0);
  ASSERT_EQ(received.size(), 1U);
  EXPECT_EQ(received[0].xml.size(), hook_xml_limit);
}

TEST_F(HookProgramTest, EveryOtherPhaseEndsWithoutReadingOrAsking) {
  const auto silent = test::silent_server(socket);
  for (const char* phase : {"start begin", "started begin", "stopped end", "release end", "reconnect begin",
                            "prepare end", "migrate begin"}) {
    const std::string_view words = phase;
    const auto blank = words.find(' ');
    const auto outcome =
        run({"web", std::string(words.substr(0, blank)), std::string(words.substr(blank + 1)), "-"}, std::nullopt);
    EXPECT_EQ(outcome.exit_code, 0) << phase;
    EXPECT_EQ(outcome.errors, "") << phase;
  }
  EXPECT_EQ(run({}, std::nullopt).exit_code, 0);
  EXPECT_EQ(run({"web", "prepare"}, std::nullopt).exit_code, 0);
}

TEST_F(HookProgramTest, WithoutADaemonTheDomainStarts) {
  const auto outcome = run(begin, "<domain/>");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.errors, HasSubstr("web starts without acdr: connecting to"));
}

TEST_F(HookProgramTest, ADaemonThatNeverAnswersDoesNotStopTheDomain) {
  const auto silent = test::silent_server(socket);
  const auto outcome = run(begin, "<domain/>");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.errors, HasSubstr("time is up"));
}

TEST_F(HookProgramTest, ADaemonThatNeverReadsDoesNotStopTheDomain) {
  const auto silent = test::silent_server(socket);
  const auto outcome = run(begin, std::string(hook_xml_limit, 'x'));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.errors, HasSubstr("time is up"));
}

TEST_F(HookProgramTest, AnInputThatNeverEndsDoesNotStopTheDomain) {
  const auto outcome = run(begin, std::nullopt);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.errors, HasSubstr("reading the domain XML: time is up"));
}

TEST_F(HookProgramTest, WhatCannotBeSentDoesNotStopTheDomain) {
  EXPECT_THAT(run(begin, std::string(hook_xml_limit + 1, 'x')).errors, HasSubstr("more than"));
  EXPECT_EQ(run(begin, std::string(hook_xml_limit + 1, 'x')).exit_code, 0);
  EXPECT_EQ(run(begin, "").exit_code, 0);
  EXPECT_EQ(run({"a\nb", "prepare", "begin", "-"}, "<domain/>").exit_code, 0);
}

/// Answers one connection with `reply`, whatever is asked.
Outcome with_reply(const std::string& socket, const std::string& reply, const std::function<Outcome()>& run) {
  const auto server = test::silent_server(socket);
  std::thread answer([&] {
    const UniqueFd client(::accept4(server.get(), nullptr, nullptr, SOCK_CLOEXEC));
    test::read_to_end(client.get());
    test::write_all(client.get(), reply);
  });
  const auto outcome = run();
  answer.join();
  ::unlink(socket.c_str());
  return outcome;
}

TEST_F(HookProgramTest, ADaemonThatAsksForPatienceIsHeardOut) {
  const auto allowed = with_reply(socket, "wait\nok\n", [&] { return run(begin, "<domain/>"); });
  EXPECT_EQ(allowed.exit_code, 0);
  EXPECT_EQ(allowed.errors, "");
  const auto refused = with_reply(socket, "wait\nrefuse no room\n", [&] { return run(begin, "<domain/>"); });
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(refused.errors, "acdr: no room\n");
}

TEST_F(HookProgramTest, AnAnswerThatIsNoneDoesNotStopTheDomain) {
  for (const std::string& reply :
       std::initializer_list<std::string>{"", "ok", "wait\n", "refuse", "refuse half a li", "maybe\n",
                                          "refuse a\nrefuse b\n", std::string(100'000, 'r')}) {
    const auto outcome = with_reply(socket, reply, [&] { return run(begin, "<domain/>"); });
    EXPECT_EQ(outcome.exit_code, 0) << reply;
    EXPECT_THAT(outcome.errors, HasSubstr("starts without acdr")) << reply;
  }
}

}  // namespace
}  // namespace acdr
