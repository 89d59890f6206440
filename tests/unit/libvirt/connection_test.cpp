// SPDX-License-Identifier: GPL-2.0-or-later
//
// Against libvirt's test driver, which lives in this process: what a second connection to it does, the first one sees.
#include "libvirt/connection.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "libvirt/handles.hpp"
#include "support.hpp"

namespace acdr {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string web_uuid = "0a1b2c3d-0000-4000-8000-00000000000a";
const std::string web_xml = "<domain type='test'><name>web</name><uuid>" + web_uuid +
                            "</uuid><memory>65536</memory><vcpu>2</vcpu><os><type>hvm</type></os>" +
                            "<devices><memballoon model='virtio'/></devices></domain>";

const std::vector<Adaptation> huge_pages{
    {"memoryBacking", "<hugepages><page size='2048' unit='KiB'/></hugepages>", "hugepages"}};

class ConnectionTest : public testing::Test {
 protected:
  ~ConnectionTest() override {
    connection.reset();
    // The driver's state belongs to the process: leave it as it was for the next test.
    if (const auto web = domain(web_uuid)) {
      virDomainDestroy(web.get());
      virDomainUndefine(web.get());
    }
  }

  void connect(const std::string& uri = "test:///default") {
    connection.reset();  // before its mailbox is filled by the next
    connection = std::make_unique<LibvirtConnection>(mailbox, handlers(), uri);
  }
  void connect_and_wait() {
    connect();
    ASSERT_TRUE(run_until([this] { return connects == 1; }));
    other.reset(virConnectOpen("test:///default"));
    ASSERT_NE(other, nullptr);
  }

  LibvirtHandlers handlers() {
    return {.connected =
                [this](const std::vector<DomainRecord>& domains) {
                  listing = domains;
                  ++connects;
                },
            .disconnected = [this](const Error& error) { outages.push_back(error); },
            .lifecycle = [this](const DomainEvent& event) { events.push_back(event); },
            .definition_changed =
                [this](const DomainRecord& record, const std::set<DomainChange>& why) {
                  definitions.push_back(record);
                  changes.insert(why.begin(), why.end());
                }};
  }

  template <class Done>
  bool run_until(Done done) {
    return test::run_until(mailbox->fd(), [this] { mailbox->drain(); }, done);
  }

  /// Makes a call and waits for its answer.
  template <class T, class Call>
  Result<T> answer_to(Call call) {
    std::optional<Result<T>> answer;
    call([&answer](const Result<T>& result) { answer = result; });
    EXPECT_TRUE(run_until([&] { return answer.has_value(); }));
    return answer.value_or(Result<T>(failure(Error(ErrorKind::failed, "no answer"))));
  }
  Result<DomainRecord> find(const std::string& selector) {
    return answer_to<DomainRecord>([&](auto done) { connection->find_domain(selector, done); });
  }
  Status set_tag(const std::string& uuid, const std::optional<ConditioningTag>& tag) {
    return answer_to<void>([&](auto done) { connection->set_tag(uuid, tag, done); });
  }

  Result<std::vector<Adaptation>> adapt(const std::vector<Adaptation>& wanted) {
    return answer_to<std::vector<Adaptation>>([&](auto done) { connection->adapt(web_uuid, wanted, done); });
  }

  DomainHandle define_web() { return DomainHandle(virDomainDefineXML(other.get(), web_xml.c_str())); }
  DomainHandle domain(const std::string& uuid) {
    return DomainHandle(other ? virDomainLookupByUUIDString(other.get(), uuid.c_str()) : nullptr);
  }
  bool seen(DomainEventKind kind, const std::string& detail) const {
    return std::ranges::any_of(events, [&](const auto& event) {
      return event.uuid == web_uuid && event.kind == kind && event.detail == detail;
    });
  }

  std::shared_ptr<Mailbox> mailbox = Mailbox::create().value();
  int connects = 0;
  std::vector<DomainRecord> listing;
  std::vector<Error> outages;
  std::vector<DomainEvent> events;
  std::vector<DomainRecord> definitions;
  std::set<DomainChange> changes;
  std::unique_ptr<LibvirtConnection> connection;
  ConnectHandle other;
};

TEST_F(ConnectionTest, ListsAllDomainsOnceConnected) {
  connect_and_wait();
  ASSERT_EQ(listing.size(), 1U);
  EXPECT_EQ(listing[0].definition.name, "test");
  EXPECT_TRUE(listing[0].active);
  EXPECT_EQ(listing[0].state, DomainState::running);
  EXPECT_EQ(listing[0].problem, "");
  EXPECT_TRUE(outages.empty());
}

TEST_F(ConnectionTest, ListsAgainWhenAsked) {
  connect_and_wait();
  const auto web = define_web();
  const auto domains = answer_to<std::vector<DomainRecord>>([&](auto done) { connection->list_all(done); });
  ASSERT_TRUE(domains);
  ASSERT_EQ(domains->size(), 2U);
  const auto& record = (*domains)[0].definition.uuid == web_uuid ? (*domains)[0] : (*domains)[1];
  EXPECT_FALSE(record.active);
  EXPECT_EQ(record.state, DomainState::shut_off);
}

TEST_F(ConnectionTest, TellsOfADomainsLifeInOrder) {
  connect_and_wait();
  const auto web = define_web();
  ASSERT_EQ(virDomainCreate(web.get()), 0);
  ASSERT_EQ(virDomainSuspend(web.get()), 0);
  ASSERT_EQ(virDomainResume(web.get()), 0);
  ASSERT_EQ(virDomainDestroy(web.get()), 0);
  ASSERT_EQ(virDomainUndefine(web.get()), 0);
  ASSERT_TRUE(run_until([&] { return seen(DomainEventKind::undefined, "removed"); }));
  std::vector<std::string> life;
  for (const auto& event : events) life.push_back(fmt::format("{} {}", to_string(event.kind), event.detail));
  EXPECT_THAT(life, testing::ElementsAre("defined added", "started booted", "suspended paused", "resumed unpaused",
                                         "stopped destroyed", "undefined removed"));
  EXPECT_EQ(events[0].name, "web");
}

TEST_F(ConnectionTest, ADefinitionComesWithTheNewsOfIt) {
  connect_and_wait();
  const auto web = define_web();
  ASSERT_TRUE(run_until([&] { return changes.contains(DomainChange::defined); }));
  EXPECT_EQ(definitions.back().definition.uuid, web_uuid);
  EXPECT_EQ(definitions.back().definition.vcpus, 2U);
  ASSERT_EQ(virDomainCreate(web.get()), 0);
  ASSERT_TRUE(run_until([&] { return changes.contains(DomainChange::started); }));
  EXPECT_TRUE(definitions.back().active);
}

TEST_F(ConnectionTest, FindsADomainByUuidNameAndId) {
  connect_and_wait();
  const auto by_name = find("test");
  ASSERT_TRUE(by_name) << by_name.error().message();
  const auto by_uuid = find(by_name->definition.uuid);
  ASSERT_TRUE(by_uuid) << by_uuid.error().message();
  EXPECT_EQ(by_uuid->definition, by_name->definition);
  const auto id = virDomainGetID(domain(by_name->definition.uuid).get());
  const auto found_by_id = find(std::to_string(id));
  ASSERT_TRUE(found_by_id) << found_by_id.error().message();
  EXPECT_EQ(found_by_id->definition.name, "test");
}

TEST_F(ConnectionTest, AMissingDomainIsNotFound) {
  connect_and_wait();
  for (const char* selector : {"nobody", "4711", "0a1b2c3d-0000-4000-8000-0000000000ff", ""}) {
    const auto nobody = find(selector);
    ASSERT_FALSE(nobody) << selector;
    EXPECT_EQ(nobody.error().kind(), ErrorKind::not_found) << nobody.error().message();
    EXPECT_THAT(nobody.error().message(), HasSubstr(selector));
  }
  const auto tagged = set_tag("0a1b2c3d-0000-4000-8000-0000000000ff", ConditioningTag{"c", {}});
  ASSERT_FALSE(tagged);
  EXPECT_EQ(tagged.error().kind(), ErrorKind::not_found) << tagged.error().message();
}

TEST_F(ConnectionTest, WhatIsOneDomainsNameAndAnothersIdIsAmbiguous) {
  connect_and_wait();
  const auto test_domain = DomainHandle(virDomainLookupByName(other.get(), "test"));
  const auto id = std::to_string(virDomainGetID(test_domain.get()));
  const std::string xml = "<domain type='test'><name>" + id + "</name><uuid>" + web_uuid +
                          "</uuid><memory>65536</memory><os><type>hvm</type></os></domain>";
  const DomainHandle numbered(virDomainDefineXML(other.get(), xml.c_str()));
  ASSERT_NE(numbered, nullptr);
  const auto both = find(id);
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().kind(), ErrorKind::usage);
  EXPECT_THAT(both.error().message(), HasSubstr("give the uuid"));
}

TEST_F(ConnectionTest, GivesTheXmlItself) {
  connect_and_wait();
  const auto xml = answer_to<std::string>([&](auto done) { connection->domain_xml("test", done); });
  ASSERT_TRUE(xml);
  EXPECT_THAT(*xml, HasSubstr("<name>test</name>"));
}

TEST_F(ConnectionTest, ATagIsWrittenReadAndRemoved) {
  connect_and_wait();
  const ConditioningTag tag{"packet-gateway", {{"queues", "4"}, {"note", "a < b & \"c\""}}};
  const auto web = define_web();
  ASSERT_EQ(virDomainCreate(web.get()), 0);
  const auto written = set_tag(web_uuid, tag);
  ASSERT_TRUE(written) << written.error().message();
  ASSERT_TRUE(run_until([&] { return changes.contains(DomainChange::metadata); }));
  EXPECT_EQ(definitions.back().definition.tag, tag) << definitions.back().definition.tag_error;

  const CString persistent(virDomainGetXMLDesc(web.get(), VIR_DOMAIN_XML_INACTIVE));
  EXPECT_EQ(parse_domain_xml(persistent.get()).value().tag, tag);

  const auto removed = set_tag(web_uuid, std::nullopt);
  ASSERT_TRUE(removed) << removed.error().message();
  EXPECT_EQ(find(web_uuid).value().definition.tag, std::nullopt);
  EXPECT_TRUE(set_tag(web_uuid, std::nullopt)) << "removing what is not there is no error";
}

TEST_F(ConnectionTest, ADomainThatIsShutOffCanBeTagged) {
  connect_and_wait();
  const auto web = define_web();
  const auto written = set_tag(web_uuid, ConditioningTag{"quiet", {}});
  ASSERT_TRUE(written) << written.error().message();
  EXPECT_EQ(find("web").value().definition.tag, (ConditioningTag{"quiet", {}}));
}

TEST_F(ConnectionTest, ATransientDomainCanBeTagged) {
  connect_and_wait();
  const DomainHandle web(virDomainCreateXML(other.get(), web_xml.c_str(), 0));
  ASSERT_NE(web, nullptr);
  const auto written = set_tag(web_uuid, ConditioningTag{"quiet", {}});
  ASSERT_TRUE(written) << written.error().message();
  EXPECT_EQ(find("web").value().definition.tag, (ConditioningTag{"quiet", {}}));
}

TEST_F(ConnectionTest, AnAdaptationIsForThePersistentDefinitionOnly) {
  connect_and_wait();
  const auto web = define_web();
  ASSERT_EQ(virDomainCreate(web.get()), 0);
  const auto adapted = adapt(huge_pages);
  ASSERT_TRUE(adapted) << adapted.error().message();
  EXPECT_EQ(*adapted, huge_pages);
  const CString persistent(virDomainGetXMLDesc(web.get(), VIR_DOMAIN_XML_INACTIVE));
  EXPECT_EQ(parse_domain_xml(persistent.get()).value().huge_page_size->value, 2U << 20);
  EXPECT_FALSE(find(web_uuid).value().definition.huge_page_size) << "it runs with what it was started with";
  const auto again = adapt(huge_pages);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_THAT(*again, IsEmpty());
}

TEST_F(ConnectionTest, ATransientDomainCannotBeAdapted) {
  connect_and_wait();
  const DomainHandle web(virDomainCreateXML(other.get(), web_xml.c_str(), 0));
  ASSERT_NE(web, nullptr);
  const auto adapted = adapt(huge_pages);
  ASSERT_FALSE(adapted);
  EXPECT_EQ(adapted.error().kind(), ErrorKind::refused);
  EXPECT_THAT(adapted.error().message(), HasSubstr("web has no persistent definition"));
}

TEST_F(ConnectionTest, APasswordInTheDefinitionIsKept) {
  connect_and_wait();
  const std::string secret = "<devices><graphics type='vnc' passwd='open sesame'/></devices></domain>";
  const DomainHandle web(virDomainDefineXML(
      other.get(), (web_xml.substr(0, web_xml.size() - std::string("</domain>").size()) + secret).c_str()));
  ASSERT_NE(web, nullptr);
  const auto adapted = adapt(huge_pages);
  ASSERT_TRUE(adapted) << adapted.error().message();
  const CString persistent(virDomainGetXMLDesc(web.get(), VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE));
  EXPECT_THAT(persistent.get(), HasSubstr("open sesame"));
}

TEST_F(ConnectionTest, AnElementThatLibvirtDoesNotKnowIsNotWritten) {
  connect_and_wait();
  const auto web = define_web();
  const auto adapted = adapt({{"memoryBacking", "<hugebooks/>", "hugepages"}});
  ASSERT_FALSE(adapted);
  EXPECT_THAT(adapted.error().message(), HasSubstr("adapting the definition of domain web: "));
}

TEST_F(ConnectionTest, APinThatTheDriverRefusesIsAnErrorWithItsReason) {
  connect_and_wait();
  const auto uuid = listing.at(0).definition.uuid;
  const auto pinned = answer_to<void>([&](auto done) { connection->pin_vcpu(uuid, 0, CpuSet{0}, done); });
  ASSERT_FALSE(pinned) << "the test driver learnt live pins: test them";
  EXPECT_EQ(pinned.error().kind(), ErrorKind::failed);
  EXPECT_THAT(pinned.error().message(), HasSubstr("pinning vCPU 0 of domain test to 0: "));
}

TEST_F(ConnectionTest, AnEmulatorPinIsReadBack) {
  connect_and_wait();
  const auto uuid = listing.at(0).definition.uuid;
  const auto pinned = answer_to<void>([&](auto done) { connection->pin_emulator(uuid, CpuSet{1}, done); });
  ASSERT_TRUE(pinned) << pinned.error().message();
  const auto pins = answer_to<DomainPins>([&](auto done) { connection->vcpu_pins(uuid, done); });
  ASSERT_TRUE(pins) << pins.error().message();
  EXPECT_EQ(pins->emulator, CpuSet{1});
}

TEST_F(ConnectionTest, APinToNoCpuIsRefusedBeforeLibvirtSeesIt) {
  connect_and_wait();
  const auto uuid = listing.at(0).definition.uuid;
  const auto pinned = answer_to<void>([&](auto done) { connection->pin_iothread(uuid, 1, CpuSet{}, done); });
  ASSERT_FALSE(pinned);
  EXPECT_EQ(pinned.error().kind(), ErrorKind::usage);
}

TEST_F(ConnectionTest, PinsAreReadAsFarAsTheDriverKnowsThem) {
  connect_and_wait();
  const auto uuid = listing.at(0).definition.uuid;
  const auto pins = answer_to<DomainPins>([&](auto done) { connection->vcpu_pins(uuid, done); });
  ASSERT_TRUE(pins) << pins.error().message();
  EXPECT_EQ(pins->vcpus.size(), listing.at(0).definition.vcpus);
  EXPECT_FALSE(pins->vcpus.at(0).empty());
}

TEST_F(ConnectionTest, ABalloonIsSetOnTheRunningDomainAloneAndItsDefinitionTold) {
  connect_and_wait();
  const auto web = define_web();
  ASSERT_EQ(virDomainCreate(web.get()), 0);
  auto answer = connection->set_balloon({KnobKind::balloon_polling, web_uuid}, Count{5});
  const auto set = answer.get();  // without the mailbox
  ASSERT_TRUE(set) << set.error().message();
  ASSERT_TRUE(run_until([&] { return changes.contains(DomainChange::balloon); }));
  EXPECT_EQ(definitions.back().definition.balloon_polling, std::chrono::seconds(5));
  const CString persistent(virDomainGetXMLDesc(web.get(), VIR_DOMAIN_XML_INACTIVE));
  EXPECT_EQ(parse_domain_xml(persistent.get()).value().balloon_polling, std::chrono::seconds(0));
}

TEST_F(ConnectionTest, ABalloonsSizeIsSet) {
  connect_and_wait();
  const auto web = define_web();
  ASSERT_EQ(virDomainCreate(web.get()), 0);
  const auto set = connection->set_balloon({KnobKind::balloon_size, web_uuid}, Count{32768}).get();
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_EQ(find(web_uuid).value().definition.balloon_size, Bytes{32ULL << 20});
}

TEST_F(ConnectionTest, ABalloonThatCannotBeSetIsAnErrorWithItsReason) {
  connect_and_wait();
  const KnobId polling{KnobKind::balloon_polling, web_uuid};
  const auto missing = connection->set_balloon(polling, Count{5}).get();
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind(), ErrorKind::not_found);
  const auto web = define_web();
  const auto off = connection->set_balloon(polling, Count{5}).get();
  ASSERT_FALSE(off);
  EXPECT_THAT(off.error().message(), HasSubstr("polling the balloon of domain web every 5 s: "));
  test::TemporaryDirectory dir;
  connect("test://" + dir.file("missing.xml"));
  ASSERT_TRUE(run_until([&] { return outages.size() == 1; }));
  EXPECT_EQ(connection->set_balloon(polling, Count{5}).get().error().kind(), ErrorKind::unreachable);
}

TEST_F(ConnectionTest, AnOutageIsToldOnceAndEndsByItselfOrWhenAsked) {
  test::TemporaryDirectory dir;
  const auto file = dir.file("node.xml");
  connect("test://" + file);
  ASSERT_TRUE(run_until([&] { return outages.size() == 1; }));
  EXPECT_EQ(outages[0].kind(), ErrorKind::unreachable);
  EXPECT_THAT(outages[0].message(), HasSubstr("connecting to libvirt at test://"));
  std::ofstream(file) << "<node><domain type='test'>" << web_xml.substr(web_xml.find("<name>")) << "</node>";
  connection->reconnect_now();
  ASSERT_TRUE(run_until([&] { return connects == 1; }));
  ASSERT_EQ(listing.size(), 1U);
  EXPECT_EQ(listing[0].definition.name, "web");
  EXPECT_EQ(outages.size(), 1U);
}

TEST_F(ConnectionTest, CallsWithoutAConnectionFailAtOnce) {
  test::TemporaryDirectory dir;
  connect("test://" + dir.file("missing.xml"));
  ASSERT_TRUE(run_until([&] { return outages.size() == 1; }));
  const auto found = find("web");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind(), ErrorKind::unreachable);
}

TEST_F(ConnectionTest, NothingIsToldAfterItsEnd) {
  connect_and_wait();
  bool called = false;
  connection->find_domain("test", [&](const Result<DomainRecord>&) { called = true; });
  connection.reset();
  mailbox->drain();
  EXPECT_FALSE(called);
}

TEST_F(ConnectionTest, MayEndInsideItsOwnHandler) {
  connect_and_wait();
  connection->find_domain("test", [&](const Result<DomainRecord>&) { connection.reset(); });
  EXPECT_TRUE(run_until([&] { return connection == nullptr; }));
}

TEST_F(ConnectionTest, ALibvirtdThatHangsDoesNotKeepItFromEnding) {
  test::TemporaryDirectory dir;
  const auto silent = test::silent_server(dir.file("sock"));
  connect("qemu+unix:///system?mode=direct&socket=" + dir.file("sock"));
  pollfd arrival{silent.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&arrival, 1, test::patience_ms), 1);
  const auto found = find("web");  // answered, although the worker is stuck in virConnectOpen
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind(), ErrorKind::unreachable);
  connection.reset();
  EXPECT_EQ(connects, 0);
}

TEST_F(ConnectionTest, ALibvirtdThatHangsUpIsAnOutage) {
  test::TemporaryDirectory dir;
  auto server = test::silent_server(dir.file("sock"));
  connect("qemu+unix:///system?mode=direct&socket=" + dir.file("sock"));
  UniqueFd(::accept4(server.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_TRUE(run_until([&] { return outages.size() == 1; }));
  EXPECT_EQ(outages[0].kind(), ErrorKind::unreachable);
}

TEST_F(ConnectionTest, LibvirtPrintsNothingByItself) {
  testing::internal::CaptureStderr();
  test::TemporaryDirectory dir;
  connect("qemu+unix:///system?mode=direct&socket=" + dir.file("missing"));
  ASSERT_TRUE(run_until([&] { return outages.size() == 1; }));
  connection.reset();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace acdr
