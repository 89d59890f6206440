// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/daemon.hpp"

#include <sys/socket.h>

#include <future>

#include "support/source_folder.hpp"
#include "unit/bus/support.hpp"
#include "unit/ctl/support.hpp"

namespace acdr::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* claim =
    R"({"subject": "host", "name": "host", "class": "vnf", "state": "active", "permanent": true,
  "allocation": {"cores": "2-3", "vcpus": [], "helpers": "", "node": 0, "reasons": []}, "problems": [], "residuals": []})";

/// acdrctl and a daemon with a fake inside, on a bus of their own.
class ClientTest : public testing::Test {
 protected:
  void start_daemon() {
    object = ManagerObject::create(*connection, handler, authoriser, "1").value();
    ASSERT_TRUE(take_bus_name(*connection));
    connection->enterEventLoopAsync();
  }
  void TearDown() override { connection->leaveEventLoop(); }

  Outcome with(Result<std::string> answer, const std::vector<std::string>& arguments) {
    handler.answer = std::move(answer);
    return acdrctl(arguments);
  }

  PrivateBus bus;
  const Environment address{"DBUS_SYSTEM_BUS_ADDRESS", bus.address()};
  const Environment classes{"ACDR_CLASS_PATH", ""};
  FakeHandler handler;
  FakeAuthoriser authoriser;
  std::unique_ptr<sdbus::IConnection> connection = bus.connect();
  std::unique_ptr<ManagerObject> object;
};

TEST_F(ClientTest, AsksForWhatWasTyped) {
  start_daemon();
  with(claim, {"apply", "vnf", "host", "--param", "cores=2-3", "--param=note=a=b", "--permanent"});
  with("", {"release", "web1", "vnf"});
  with("", {"release", "web1"});
  with("{}", {"plan", "--param", "cores=2-3", "vnf", "web1", "--json"});
  with("{}", {"status", "--json"});
  with("{}", {"status", "web1", "--json"});
  with("{}", {"verify", "--json"});
  with("{}", {"class", "list", "--json"});
  with("{}", {"class", "show", "vnf", "--param", "queues=4", "--json"});
  with("{}", {"topology", "--json"});
  with("{}", {"log", "--json"});
  with("{}", {"log", "-n", "7", "--json"});
  with("", {"tag", "web1", "vnf", "--param", "cores=auto"});
  with("{}", {"tag", "web1", "vnf", "--adapt"});
  with("", {"untag", "--", "-odd"});
  with("", {"reload"});
  EXPECT_THAT(handler.asked, ElementsAre("apply vnf host cores=2-3 note=a=b true", "release web1 vnf", "release web1 ",
                                         "plan vnf web1 cores=2-3", "status ", "status web1", "verify ", "list_classes",
                                         "show_class vnf queues=4", "topology", "log 50", "log 7",
                                         "tag web1 vnf cores=auto", "tag_and_adapt web1 vnf", "untag -odd", "reload"));
}

TEST_F(ClientTest, WaitsForAPersonWhoTypesAPassword) {
  start_daemon();
  with("", {"reload"});
  ASSERT_EQ(authoriser.questions.size(), 1U);
  EXPECT_TRUE(authoriser.questions[0].caller.interactive);
}

TEST_F(ClientTest, PrintsTheAnswer) {
  start_daemon();
  const auto json = with(R"({"claims":[]})", {"status", "--json"});
  EXPECT_EQ(json.code, 0);
  EXPECT_EQ(json.out, "{\"claims\":[]}\n");
  EXPECT_EQ(with(R"({"claims":[]})", {"status"}).out, "Nothing is conditioned.\n");
  EXPECT_THAT(with(claim, {"apply", "vnf", "host"}).out, HasSubstr("host     vnf    active, permanent  2-3"));
  EXPECT_EQ(with("", {"reload"}).out, "");
}

TEST_F(ClientTest, VerifyIsZeroOnlyIfItHolds) {
  start_daemon();
  EXPECT_EQ(with(R"({"holds": true, "items": []})", {"verify"}).code, 0);
  EXPECT_EQ(with(R"({"holds": false, "items": []})", {"verify"}).code, 1);
  EXPECT_EQ(with(R"({"holds": false, "items": []})", {"verify", "--json"}).code, 1);
  for (const char* odd : {"{}", "[]", "", R"({"holds": "true"})", R"({"holds": 1})"})
    EXPECT_EQ(with(odd, {"verify", "--json"}).code, 1) << odd;
}

TEST_F(ClientTest, ErrorsHaveTheirExitCodeAndTheDaemonsOneLine) {
  start_daemon();
  const std::vector<std::pair<ErrorKind, int>> codes{{ErrorKind::failed, 1},
                                                     {ErrorKind::usage, 2},
                                                     {ErrorKind::not_found, 3},
                                                     {ErrorKind::refused, 4},
                                                     {ErrorKind::unreachable, 5}};
  for (const auto& [kind, code] : codes)
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"apply", "vnf", "host"}, {"status"}, {"verify"}, {"reload"}}) {
      const auto outcome = with(failure(Error(kind, "no room", "release something")), command);
      EXPECT_EQ(outcome.code, code);
      EXPECT_EQ(outcome.out, "");
      EXPECT_EQ(outcome.err, "acdrctl: no room; release something\n");
    }
}

TEST_F(ClientTest, MissingPermissionIsARefusal) {
  start_daemon();
  authoriser.verdict = failure(ErrorKind::refused, "polkit does not allow org.acdr1.reload");
  const auto outcome = acdrctl({"reload"});
  EXPECT_EQ(outcome.code, 4);
  expect_complaint(outcome, "polkit does not allow");
  EXPECT_THAT(handler.asked, IsEmpty());
}

TEST_F(ClientTest, AnAnswerOfAnotherShapeIsAFailure) {
  start_daemon();
  const auto outcome = with(R"({"something": "else"})", {"status"});
  EXPECT_EQ(outcome.code, 1);
  expect_complaint(outcome, "of the same version");
}

TEST_F(ClientTest, ADaemonThatIsNotThereIsFive) {
  for (const std::vector<std::string>& command : {std::vector<std::string>{"apply", "vnf", "host"},
                                                  {"release", "host"},
                                                  {"plan", "vnf", "host"},
                                                  {"status"},
                                                  {"verify"},
                                                  {"topology"},
                                                  {"log"},
                                                  {"tag", "a", "b"},
                                                  {"untag", "a"},
                                                  {"reload"}}) {
    const auto outcome = acdrctl(command);
    EXPECT_EQ(outcome.code, 5) << command.front();
    expect_complaint(outcome, "acdrd does not answer on the system bus");
  }
}

TEST_F(ClientTest, ABusThatIsNotThereIsFive) {
  const Environment no_bus("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent");
  const auto outcome = acdrctl({"status"});
  EXPECT_EQ(outcome.code, 5);
  expect_complaint(outcome, "connecting to the system bus");
}

TEST(Client, ADaemonThatDiesMeanwhileIsFive) {
  const PrivateBus bus;
  const Environment address("DBUS_SYSTEM_BUS_ADDRESS", bus.address());
  Loop loop;
  FakeHandler handler;
  FakeAuthoriser authoriser;
  handler.hold = true;
  auto daemon = std::make_unique<Peer>(bus, loop);
  auto object = ManagerObject::create(*daemon->connection, handler, authoriser, "1").value();
  ASSERT_TRUE(take_bus_name(*daemon->connection));
  auto outcome = std::async(std::launch::async, [] { return acdrctl({"status"}); });
  ASSERT_TRUE(loop.run_until([&] { return !handler.held.empty(); }));
  // As after SIGKILL: the object, which would answer, is let go only when its connection cannot send any more.
  daemon->bus_loop.reset();
  ::shutdown(daemon->connection->getEventLoopPollData().fd, SHUT_RDWR);
  EXPECT_EQ(outcome.get().code, 5);
}

TEST_F(ClientTest, ClassesAreReadLocallyWhenTheDaemonIsNotThere) {
  const Environment path("ACDR_CLASS_PATH", source_folder() / "classes");
  EXPECT_EQ(acdrctl({"class", "list"}).code, 0);
  EXPECT_EQ(acdrctl({"class", "show", "vnf"}).code, 0);
  start_daemon();
  EXPECT_EQ(acdrctl({"class", "list"}).code, 0);
  EXPECT_THAT(handler.asked, IsEmpty()) << "directories that were named are the ones that are meant";
}

}  // namespace
}  // namespace acdr::test
