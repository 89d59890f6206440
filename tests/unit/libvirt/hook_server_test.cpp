// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/hook_server.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <thread>
#include <vector>

#include "support.hpp"

namespace acdr {
namespace {

using test::connect_to;
using test::read_to_end;
using test::run_until;
using test::write_all;

const std::string request_text = "acdr-hook/1 prepare web\n<domain/>\n";

class HookServerTest : public testing::Test {
 protected:
  void listen(HookServer::Options options) {
    server.reset();
    server = HookServer::listen(path, [this](const HookRequest& request) { return handle(request); }, options).value();
  }
  void listen() { listen({.peer = ::geteuid()}); }

  std::string handle(const HookRequest& request) {
    requests.push_back(request);
    if (asks_for_patience) server->ask_for_patience();
    return refusal;
  }

  /// Dispatches until `done`.
  template <class Done>
  void serve_until(Done done) {
    ASSERT_TRUE(run_until(server->fd(), [this] { server->dispatch(); }, done));
  }
  /// What a client that sends `text` and shuts down its side reads.
  std::string exchange(const std::string& text) {
    const auto client = connect_to(path);
    std::thread writer([&] {
      write_all(client.get(), text);
      ::shutdown(client.get(), SHUT_WR);
    });
    serve_until([&] { return server->clients() == 1; });
    serve_until([&] { return server->clients() == 0; });
    writer.join();
    return read_to_end(client.get());
  }

  test::TemporaryDirectory dir;
  std::string path = dir.file("hook.sock");
  std::string refusal;
  bool asks_for_patience = false;
  std::vector<HookRequest> requests;
  std::unique_ptr<HookServer> server;
};

TEST_F(HookServerTest, AnswersOkWhereTheHandlerHasNoObjection) {
  listen();
  EXPECT_EQ(exchange(request_text), "ok\n");
  EXPECT_THAT(requests, testing::ElementsAre(HookRequest{"prepare", "web", "<domain/>\n"}));
}

TEST_F(HookServerTest, PassesTheHandlersRefusalOn) {
  listen();
  refusal = "class 'quiet' needs 4 cores, 2 are free";
  EXPECT_EQ(exchange(request_text), "refuse class 'quiet' needs 4 cores, 2 are free\n");
}

TEST_F(HookServerTest, AsksForPatienceBeforeItAnswersAndNobodyOtherwise) {
  listen();
  server->ask_for_patience();
  asks_for_patience = true;
  EXPECT_EQ(exchange(request_text), "wait\nok\n");
}

TEST_F(HookServerTest, TakesRequestsOfTheLargestSize) {
  listen();
  EXPECT_EQ(exchange("acdr-hook/1 prepare web\n" + std::string(hook_xml_limit, 'x')), "ok\n");
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].xml.size(), hook_xml_limit);
}

TEST_F(HookServerTest, ClosesWithoutAnAnswerOnWhatItDoesNotUnderstand) {
  listen();
  EXPECT_EQ(exchange("hello\n"), "");
  EXPECT_EQ(exchange(""), "");
  EXPECT_EQ(exchange("acdr-hook/1 prepare web\n" + std::string(hook_request_limit, 'x')), "");
  EXPECT_TRUE(requests.empty());
}

TEST_F(HookServerTest, WaitsForTheEndOfARequest) {
  listen();
  const auto client = connect_to(path);
  write_all(client.get(), request_text);
  serve_until([&] { return server->clients() == 1; });
  server->dispatch();
  EXPECT_TRUE(requests.empty());
  ::shutdown(client.get(), SHUT_WR);
  serve_until([&] { return server->clients() == 0; });
  EXPECT_EQ(requests.size(), 1U);
}

TEST_F(HookServerTest, AHookThatHasGivenUpIsNotActedUpon) {
  listen();
  auto client = connect_to(path);
  write_all(client.get(), request_text);
  client = UniqueFd();
  serve_until([&] { return server->clients() == 1; });
  serve_until([&] { return server->clients() == 0; });
  EXPECT_TRUE(requests.empty()) << "its domain runs by now, or failed to start";
}

TEST_F(HookServerTest, OneSlowClientDoesNotHoldUpAnother) {
  listen();
  const auto slow = connect_to(path);
  write_all(slow.get(), "acdr-hook/1 prep");
  serve_until([&] { return server->clients() == 1; });
  const auto quick = connect_to(path);
  write_all(quick.get(), request_text);
  ::shutdown(quick.get(), SHUT_WR);
  serve_until([&] { return requests.size() == 1; });
  EXPECT_EQ(read_to_end(quick.get()), "ok\n");
  EXPECT_EQ(server->clients(), 1U);
}

TEST_F(HookServerTest, DropsAClientWhoseTimeIsUp) {
  listen({.peer = ::geteuid(), .time = std::chrono::milliseconds(20)});
  const auto client = connect_to(path);
  serve_until([&] { return server->clients() == 1; });
  serve_until([&] { return server->clients() == 0; });
  EXPECT_EQ(read_to_end(client.get()), "");
}

TEST_F(HookServerTest, TurnsAwayMoreClientsThanItsLimit) {
  listen({.peer = ::geteuid(), .clients = 1});
  const auto first = connect_to(path);
  const auto second = connect_to(path);
  serve_until([&] { return server->clients() == 1; });
  EXPECT_EQ(read_to_end(second.get()), "");
  EXPECT_EQ(server->clients(), 1U);
}

TEST_F(HookServerTest, ListensToItsOnePeerOnly) {
  listen({.peer = ::geteuid() + 1});
  const auto client = connect_to(path);
  write_all(client.get(), request_text);
  server->dispatch();
  EXPECT_EQ(server->clients(), 0U);
  EXPECT_EQ(read_to_end(client.get()), "");
  EXPECT_TRUE(requests.empty());
}

TEST_F(HookServerTest, TheSocketIsPrivateFromTheStartAndGoneAtTheEnd) {
  const mode_t before = ::umask(0);
  listen();
  ::umask(before);
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode, S_IFSOCK | 0600U);
  server.reset();
  EXPECT_NE(::stat(path.c_str(), &status), 0);
}

TEST_F(HookServerTest, ReplacesTheSocketOfADaemonThatWasKilled) {
  const auto left_behind = test::silent_server(path);
  listen();
  EXPECT_EQ(exchange(request_text), "ok\n");
}

TEST_F(HookServerTest, SaysWhatItCouldNotBind) {
  const auto failed = HookServer::listen(dir.file("no/such/dir"), [](const HookRequest&) { return ""; });
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message(), testing::HasSubstr("no/such/dir: No such file or directory"));
  const auto too_long = HookServer::listen(std::string(200, 'x'), [](const HookRequest&) { return ""; });
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().kind(), ErrorKind::usage);
}

}  // namespace
}  // namespace acdr
