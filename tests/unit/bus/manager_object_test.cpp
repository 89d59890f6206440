// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/manager_object.hpp"

#include "unit/bus/support.hpp"

namespace acdr::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ManagerObjectTest : public BusTest {
 protected:
  void SetUp() override {
    auto created = ManagerObject::create(*server.connection, handler, authoriser, "1.2.3");
    ASSERT_TRUE(created) << created.error().message();
    object = std::move(*created);
  }

  std::string error_of(const ManagerClient::Answer& answer) {
    return answer.error ? answer.error->getName() + ": " + answer.error->getMessage() : "none";
  }

  FakeHandler handler;
  FakeAuthoriser authoriser;
  std::unique_ptr<ManagerObject> object;
  ManagerClient manager{*client.connection, server.connection->getUniqueName(), loop};
  const Parameters parameters{{"cores", "2-5"}};
};

TEST_F(ManagerObjectTest, HandsEveryMethodToTheHandler) {
  manager.call("Apply", std::string("vnf"), std::string("web1"), parameters, true);
  manager.call("Release", std::string("web1"), std::string("vnf"));
  manager.call("Plan", std::string("vnf"), std::string("web1"), parameters);
  manager.call("Status", std::string("web1"));
  manager.call("Verify", std::string(""));
  manager.call("ListClasses");
  manager.call("ShowClass", std::string("vnf"), parameters);
  manager.call("Topology");
  manager.call("Log", std::uint32_t{7});
  manager.call("Tag", std::string("web1"), std::string("vnf"), parameters);
  manager.call("TagAndAdapt", std::string("web1"), std::string("vnf"), parameters);
  manager.call("Untag", std::string("web1"));
  manager.call("Reload");
  EXPECT_THAT(handler.asked,
              ElementsAre("apply vnf web1 cores=2-5 true", "release web1 vnf", "plan vnf web1 cores=2-5", "status web1",
                          "verify ", "list_classes", "show_class vnf cores=2-5", "topology", "log 7",
                          "tag web1 vnf cores=2-5", "tag_and_adapt web1 vnf cores=2-5", "untag web1", "reload"));
}

TEST_F(ManagerObjectTest, AnswersWithTheHandlersTextOrWithNothing) {
  EXPECT_EQ(manager.call("Status", std::string("host")).text, R"({"fake": true})");
  EXPECT_EQ(manager.call("Release", std::string("host"), std::string("")).text, "");
}

TEST_F(ManagerObjectTest, SendsErrorsUnderTheirKindWithTheirOneLine) {
  const std::vector<std::pair<ErrorKind, std::string>> names{{ErrorKind::failed, "org.acdr1.Error.Failed"},
                                                             {ErrorKind::usage, "org.acdr1.Error.Usage"},
                                                             {ErrorKind::not_found, "org.acdr1.Error.NotFound"},
                                                             {ErrorKind::refused, "org.acdr1.Error.Refused"},
                                                             {ErrorKind::unreachable, "org.acdr1.Error.Unreachable"}};
  for (const auto& [kind, name] : names) {
    handler.answer = failure(Error(kind, "no room", "release something"));
    EXPECT_EQ(error_of(manager.call("Status", std::string("host"))), name + ": no room; release something");
  }
}

TEST_F(ManagerObjectTest, SurvivesTextThatIsNoUtf8) {
  handler.answer = failure(ErrorKind::failed, "thread \xff\xfe");
  EXPECT_THAT(error_of(manager.call("Status", std::string("host"))), HasSubstr("thread \xef\xbf\xbd"));
  handler.answer = "\"\xff\"";
  EXPECT_EQ(manager.call("Status", std::string("host")).text, "\"\xef\xbf\xbd\"");
}

TEST_F(ManagerObjectTest, AsksForAuthorisationForWhatChangesTheHostOnly) {
  manager.call("Plan", std::string("vnf"), std::string("web1"), parameters);
  manager.call("Status", std::string(""));
  manager.call("Verify", std::string(""));
  manager.call("ListClasses");
  manager.call("ShowClass", std::string("vnf"), parameters);
  manager.call("Topology");
  manager.call("Log", std::uint32_t{7});
  EXPECT_THAT(authoriser.questions, IsEmpty());

  manager.call("Apply", std::string("vnf"), std::string("web1"), parameters, false);
  manager.call("Release", std::string("web1"), std::string("vnf"));
  manager.call("Tag", std::string("web1"), std::string("vnf"), parameters);
  manager.call("TagAndAdapt", std::string("web1"), std::string("vnf"), parameters);
  manager.call("Untag", std::string("web1"));
  manager.call("Reload");
  std::vector<std::string> actions;
  for (const auto& question : authoriser.questions) actions.push_back(question.action);
  EXPECT_THAT(actions, ElementsAre("org.acdr1.apply", "org.acdr1.apply", "org.acdr1.tag", "org.acdr1.tag",
                                   "org.acdr1.tag", "org.acdr1.reload"));
}

TEST_F(ManagerObjectTest, TellsTheAuthoriserWhoAsksForWhat) {
  manager.call("Apply", std::string("vnf"), std::string("web1"), parameters, false);
  manager.wait(manager.send(true, "Untag", std::string("web1")));
  ASSERT_EQ(authoriser.questions.size(), 2U);
  EXPECT_EQ(authoriser.questions[0].caller.bus_name, client.connection->getUniqueName());
  EXPECT_FALSE(authoriser.questions[0].caller.interactive);
  EXPECT_TRUE(authoriser.questions[1].caller.interactive);
  EXPECT_EQ(authoriser.questions[0].details, (Parameters{{"class", "vnf"}, {"subject", "web1"}}));
}

TEST_F(ManagerObjectTest, DoesNothingWithoutAuthorisation) {
  authoriser.verdict = failure(ErrorKind::refused, "not you");
  EXPECT_EQ(error_of(manager.call("Apply", std::string("vnf"), std::string("host"), parameters, false)),
            "org.acdr1.Error.Refused: not you");
  EXPECT_EQ(error_of(manager.call("Release", std::string("host"), std::string(""))),
            "org.acdr1.Error.Refused: not you");
  EXPECT_EQ(error_of(manager.call("Tag", std::string("a"), std::string("b"), parameters)),
            "org.acdr1.Error.Refused: not you");
  EXPECT_EQ(error_of(manager.call("Untag", std::string("a"))), "org.acdr1.Error.Refused: not you");
  EXPECT_EQ(error_of(manager.call("Reload")), "org.acdr1.Error.Refused: not you");
  EXPECT_THAT(handler.asked, IsEmpty());
}

TEST_F(ManagerObjectTest, RefusesWhatIsTooLong) {
  const std::string fits(4096, 'x');
  const std::string long_text(4097, 'x');
  Parameters many;
  for (int i = 0; i < 65; ++i) many[std::to_string(i)] = "1";

  const auto refused = [&](const ManagerClient::Answer& answer) {
    EXPECT_TRUE(answer.error && answer.error->getName() == "org.acdr1.Error.Usage") << error_of(answer);
  };
  refused(manager.call("Apply", long_text, std::string("host"), parameters, false));
  refused(manager.call("Apply", std::string("vnf"), long_text, parameters, false));
  refused(manager.call("Apply", std::string("vnf"), std::string("host"), many, false));
  refused(manager.call("Plan", std::string("vnf"), std::string("host"), Parameters{{long_text, "1"}}));
  refused(manager.call("ShowClass", std::string("vnf"), Parameters{{"a", long_text}}));
  refused(manager.call("Release", long_text, std::string("")));
  refused(manager.call("Release", std::string("host"), long_text));
  refused(manager.call("Tag", long_text, std::string("vnf"), parameters));
  refused(manager.call("Untag", long_text));
  refused(manager.call("Status", long_text));
  refused(manager.call("Verify", long_text));
  EXPECT_THAT(handler.asked, IsEmpty());
  EXPECT_THAT(authoriser.questions, IsEmpty());

  many.erase("0");
  many["1"] = fits;
  EXPECT_TRUE(manager.call("Apply", fits, fits, many, false).text);
}

TEST_F(ManagerObjectTest, AnswersInTheOrderTheHandlerDoes) {
  handler.hold = true;
  const auto first = manager.send(false, "Status", std::string("a"));
  const auto second = manager.send(false, "Status", std::string("b"));
  ASSERT_TRUE(loop.run_until([&] { return handler.held.size() == 2; }));
  handler.held[1]("two");
  EXPECT_EQ(manager.wait(second).text, "two");
  EXPECT_FALSE(first->text);
  handler.held[0]("one");
  EXPECT_EQ(manager.wait(first).text, "one");
}

TEST_F(ManagerObjectTest, AnswersOnceHoweverOftenTheHandlerDoes) {
  handler.hold = true;
  const auto answer = manager.send(false, "Status", std::string("a"));
  ASSERT_TRUE(loop.run_until([&] { return !handler.held.empty(); }));
  handler.held[0]("one");
  handler.held[0]("two");
  EXPECT_EQ(manager.wait(answer).text, "one");
  settle();
}

TEST_F(ManagerObjectTest, AnswersWhenTheHandlerForgetsTo) {
  handler.hold = true;
  const auto answer = manager.send(false, "Status", std::string("a"));
  ASSERT_TRUE(loop.run_until([&] { return !handler.held.empty(); }));
  handler.held.clear();
  EXPECT_THAT(error_of(manager.wait(answer)), HasSubstr("org.acdr1.Error.Failed"));
}

TEST_F(ManagerObjectTest, AnswersWhatStillWaitsWhenItEndsAndOutlivesItsReplies) {
  handler.hold = true;
  const auto answer = manager.send(false, "Status", std::string("a"));
  ASSERT_TRUE(loop.run_until([&] { return !handler.held.empty(); }));
  object.reset();
  EXPECT_THAT(error_of(manager.wait(answer)), HasSubstr("org.acdr1.Error.Unreachable"));
  handler.held[0]("late");
}

TEST_F(ManagerObjectTest, BoundsTheCallsThatWait) {
  handler.hold = true;
  for (std::size_t i = 0; i < most_waiting_calls; ++i) manager.send(false, "Topology");
  EXPECT_THAT(error_of(manager.call("Topology")), HasSubstr("org.acdr1.Error.Refused: 256 requests are waiting"));
  handler.held.clear();
  handler.hold = false;
  EXPECT_TRUE(manager.call("Topology").text);
}

TEST_F(ManagerObjectTest, EmitsItsSignals) {
  auto proxy = sdbus::createProxy(*client.connection, server.connection->getUniqueName(), manager_path);
  std::vector<std::string> seen;
  proxy->uponSignal("ClaimChanged")
      .onInterface(manager_interface)
      .call([&](const std::string& s, const std::string& t) { seen.push_back(s + " " + t); });
  proxy->uponSignal("Notice").onInterface(manager_interface).call([&](const std::string& text) {
    seen.push_back(text);
  });
  proxy->finishRegistration();
  object->claim_changed("host", "active");
  object->notice("irqbalance \xff moved IRQ 45");
  ASSERT_TRUE(loop.run_until([&] { return seen.size() == 2; }));
  EXPECT_THAT(seen, ElementsAre("host active", "irqbalance \xef\xbf\xbd moved IRQ 45"));
}

TEST_F(ManagerObjectTest, ShowsItsPropertiesAndTellsOfTheirChange) {
  auto proxy = sdbus::createProxy(*client.connection, server.connection->getUniqueName(), manager_path);
  using Properties = std::map<std::string, sdbus::Variant>;
  Properties all;
  proxy->callMethodAsync("GetAll")
      .onInterface("org.freedesktop.DBus.Properties")
      .withArguments(std::string(manager_interface))
      .uponReplyInvoke([&](const sdbus::Error*, const Properties& properties) { all = properties; });
  ASSERT_TRUE(loop.run_until([&] { return !all.empty(); }));
  EXPECT_EQ(all.at("Version").get<std::string>(), "1.2.3");
  EXPECT_EQ(all.at("ClaimCount").get<std::uint32_t>(), 3U);
  EXPECT_TRUE(all.at("LibvirtConnected").get<bool>());

  Properties changed;
  proxy->uponSignal("PropertiesChanged")
      .onInterface("org.freedesktop.DBus.Properties")
      .call([&](const std::string&, const Properties& properties, const std::vector<std::string>&) {
        changed = properties;
      });
  proxy->finishRegistration();
  handler.claims = 4;
  object->properties_changed();
  ASSERT_TRUE(loop.run_until([&] { return !changed.empty(); }));
  EXPECT_EQ(changed.at("ClaimCount").get<std::uint32_t>(), 4U);
}

TEST_F(ManagerObjectTest, TakesTheBusNameOnce) {
  EXPECT_TRUE(take_bus_name(*server.connection));
  const auto second = take_bus_name(*client.connection);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message(), HasSubstr("taking the bus name org.acdr1"));
}

TEST_F(ManagerObjectTest, AnswersArgumentsOfTheWrongTypeWithAnError) {
  EXPECT_TRUE(manager.call("Log", std::string("many")).error);
  EXPECT_TRUE(manager.call("Status", std::uint32_t{1}).error);
  EXPECT_TRUE(manager.call("NoSuchMethod").error);
  EXPECT_TRUE(manager.call("Topology").text);
}

}  // namespace
}  // namespace acdr::test
