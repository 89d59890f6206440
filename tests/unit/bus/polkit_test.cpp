// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/polkit.hpp"

#include <sdbus-c++/IObject.h>
#include <sdbus-c++/Types.h>

#include "unit/bus/support.hpp"

namespace acdr::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// polkit's authority as far as it is asked. It answers when told to.
class FakePolkit {
 public:
  using Subject = sdbus::Struct<std::string, std::map<std::string, sdbus::Variant>>;
  using Answer = sdbus::Struct<bool, bool, std::map<std::string, std::string>>;
  struct Question {
    std::string kind, name, action;
    std::map<std::string, std::string> details;
    std::uint32_t flags = 0;
  };

  explicit FakePolkit(sdbus::IConnection& connection)
      : object_(sdbus::createObject(connection, "/org/freedesktop/PolicyKit1/Authority")) {
    object_->registerMethod("CheckAuthorization")
        .onInterface("org.freedesktop.PolicyKit1.Authority")
        .implementedAs([this](sdbus::Result<Answer>&& result, const Subject& subject, const std::string& action,
                              const std::map<std::string, std::string>& details, std::uint32_t flags,
                              const std::string&) {
          questions.push_back(
              {subject.get<0>(), subject.get<1>().at("name").get<std::string>(), action, details, flags});
          if (hold)
            held.push_back(std::move(result));
          else if (error)
            result.returnError(*error);
          else
            result.returnResults(Answer{authorised, challenge, {}});
        });
    object_->finishRegistration();
    connection.requestName("org.freedesktop.PolicyKit1");
  }

  std::vector<Question> questions;
  bool authorised = false;
  bool challenge = false;
  bool hold = false;  ///< keep the questions instead of answering
  std::vector<sdbus::Result<Answer>> held;
  std::optional<sdbus::Error> error;

 private:
  std::unique_ptr<sdbus::IObject> object_;
};

/// The caller is nobody special, unless a test makes it so.
class PolkitTest : public BusTest {
 protected:
  void start(uid_t always_allowed) {
    auto created = Polkit::create(*server.connection, always_allowed);
    ASSERT_TRUE(created);
    polkit = std::move(*created);
  }
  void SetUp() override { start(geteuid() + 1); }

  Status ask(bool interactive = false) {
    std::optional<Status> verdict;
    polkit->authorise({client.connection->getUniqueName(), interactive}, "org.acdr1.apply", {{"subject", "web1"}},
                      [&](const Status& status) { verdict = status; });
    EXPECT_FALSE(verdict) << "an answer from inside the question";
    EXPECT_TRUE(loop.run_until([&] { return verdict.has_value(); }));
    return verdict.value_or(failure(ErrorKind::failed, "no verdict"));
  }
  std::string refusal() {
    const Status status = ask();
    if (status) return "allowed";
    EXPECT_EQ(status.error().kind(), ErrorKind::refused);
    return status.error().message();
  }

  Peer authority{bus, loop};
  std::unique_ptr<Polkit> polkit;
};

TEST_F(PolkitTest, LetsRootThroughWithoutPolkit) {
  start(geteuid());
  EXPECT_TRUE(ask());
}

TEST_F(PolkitTest, RefusesOthersWhereThereIsNoPolkit) { EXPECT_THAT(refusal(), HasSubstr("polkit does not answer")); }

TEST_F(PolkitTest, AllowsWhatPolkitAllows) {
  FakePolkit fake(*authority.connection);
  fake.authorised = true;
  EXPECT_TRUE(ask());
  ASSERT_EQ(fake.questions.size(), 1U);
  EXPECT_EQ(fake.questions[0].kind, "system-bus-name");
  EXPECT_EQ(fake.questions[0].name, client.connection->getUniqueName());
  EXPECT_EQ(fake.questions[0].action, "org.acdr1.apply");
  EXPECT_EQ(fake.questions[0].details, (std::map<std::string, std::string>{{"subject", "web1"}}));
  EXPECT_EQ(fake.questions[0].flags, 0U);
}

TEST_F(PolkitTest, LetsPolkitAskAPersonOnlyIfTheCallerWaitsForIt) {
  FakePolkit fake(*authority.connection);
  fake.authorised = true;
  EXPECT_TRUE(ask(true));
  EXPECT_EQ(fake.questions.at(0).flags, 1U);
}

TEST_F(PolkitTest, RefusesWhatPolkitRefuses) {
  FakePolkit fake(*authority.connection);
  EXPECT_THAT(refusal(), HasSubstr("polkit does not allow org.acdr1.apply"));
}

TEST_F(PolkitTest, SaysThatAPasswordWouldHelp) {
  FakePolkit fake(*authority.connection);
  fake.challenge = true;
  EXPECT_THAT(refusal(), HasSubstr("org.acdr1.apply needs authentication"));
}

TEST_F(PolkitTest, RefusesWhenPolkitFails) {
  FakePolkit fake(*authority.connection);
  fake.error = sdbus::Error("org.freedesktop.PolicyKit1.Error.Failed", "Action org.acdr1.apply is not registered");
  EXPECT_THAT(refusal(), HasSubstr("Action org.acdr1.apply is not registered"));
}

TEST_F(PolkitTest, RefusesACallerTheBusDoesNotKnow) {
  FakePolkit fake(*authority.connection);
  fake.authorised = true;
  std::optional<Status> verdict;
  polkit->authorise({":1.4711", false}, "org.acdr1.apply", {}, [&](const Status& status) { verdict = status; });
  ASSERT_TRUE(loop.run_until([&] { return verdict.has_value(); }));
  EXPECT_FALSE(*verdict);
  EXPECT_THAT(fake.questions, IsEmpty());
}

TEST_F(PolkitTest, BoundsTheQuestionsThatWait) {
  FakePolkit fake(*authority.connection);
  fake.hold = true;
  const Caller nobody{client.connection->getUniqueName(), true};
  for (std::size_t i = 0; i < most_questions; ++i)
    polkit->authorise(nobody, "org.acdr1.apply", {}, [](const Status&) {});
  ASSERT_TRUE(loop.run_until([&] { return fake.held.size() == most_questions; }));
  EXPECT_THAT(refusal(), HasSubstr("64 requests are waiting for polkit"));
  for (const auto& question : fake.held) question.returnResults({false, false, {}});
  fake.hold = false;
  settle();
  EXPECT_THAT(refusal(), HasSubstr("polkit does not allow"));
}

TEST_F(PolkitTest, GuardsTheManagerEndToEnd) {
  FakePolkit fake(*authority.connection);
  FakeHandler handler;
  const auto object = ManagerObject::create(*server.connection, handler, *polkit, "1");
  ASSERT_TRUE(object);
  ManagerClient manager(*client.connection, server.connection->getUniqueName(), loop);
  const auto denied = manager.call("Reload");
  ASSERT_TRUE(denied.error);
  EXPECT_EQ(denied.error->getName(), "org.acdr1.Error.Refused");
  EXPECT_THAT(handler.asked, IsEmpty());
  fake.authorised = true;
  EXPECT_TRUE(manager.wait(manager.send(true, "Reload")).text);
  EXPECT_EQ(fake.questions.at(1).flags, 1U);
  EXPECT_EQ(handler.asked.size(), 1U);
}

}  // namespace
}  // namespace acdr::test
