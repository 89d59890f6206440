// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/machined.hpp"

#include <sdbus-c++/IObject.h>

#include "unit/bus/support.hpp"

namespace acdr::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

using Bytes16 = std::vector<std::uint8_t>;
const Bytes16 id_one{0x4d, 0xea, 0x22, 0xb3, 0x1d, 0x52, 0xd8, 0xf3, 0x25, 0x16, 0x78, 0x2e, 0x98, 0xab, 0x3f, 0xa0};
constexpr const char* uuid_one = "4dea22b3-1d52-d8f3-2516-782e98ab3fa0";

/// machined, as far as it is asked.
class FakeMachined {
 public:
  using Entry = sdbus::Struct<std::string, std::string, std::string, sdbus::ObjectPath>;

  explicit FakeMachined(sdbus::IConnection& connection)
      : connection_(connection), manager_(sdbus::createObject(connection, "/org/freedesktop/machine1")) {
    manager_->registerMethod("ListMachines").onInterface(interface_).implementedAs([this] {
      std::vector<Entry> list;
      for (const auto& [path, object] : machines_) list.emplace_back("name", "vm", "libvirt-qemu", path);
      return list;
    });
    for (const char* signal : {"MachineNew", "MachineRemoved"})
      manager_->registerSignal(signal).onInterface(interface_).withParameters<std::string, sdbus::ObjectPath>();
    manager_->finishRegistration();
  }

  void start() { connection_.requestName("org.freedesktop.machine1"); }
  void stop() { connection_.releaseName("org.freedesktop.machine1"); }

  static std::string path(const std::string& name) { return "/org/freedesktop/machine1/machine/" + name; }
  void add(const std::string& name, const std::string& service, const Bytes16& id, std::uint32_t leader) {
    auto object = sdbus::createObject(connection_, path(name));
    const std::string machine = "org.freedesktop.machine1.Machine";
    object->registerProperty("Service").onInterface(machine).withGetter([service] { return service; });
    object->registerProperty("Id").onInterface(machine).withGetter([id] { return id; });
    object->registerProperty("Leader").onInterface(machine).withGetter([leader] { return leader; });
    object->finishRegistration();
    machines_[path(name)] = std::move(object);
  }
  void forget(const std::string& name) { machines_.erase(path(name)); }
  void announce(const char* signal, const std::string& name) {
    manager_->emitSignal(signal).onInterface(interface_).withArguments(name, sdbus::ObjectPath(path(name)));
  }

 private:
  const std::string interface_ = "org.freedesktop.machine1.Manager";
  sdbus::IConnection& connection_;
  std::unique_ptr<sdbus::IObject> manager_;
  std::map<std::string, std::unique_ptr<sdbus::IObject>> machines_;
};

class MachinedTest : public BusTest {
 protected:
  void watch() {
    auto watching = Machined::watch(
        *server.connection,
        {[this](const std::string& uuid, int leader) { seen.push_back(fmt::format("+{} {}", uuid, leader)); },
         [this](const std::string& uuid) { seen.push_back("-" + uuid); }});
    ASSERT_TRUE(watching) << watching.error().message();
    machined = std::move(*watching);
  }
  bool sees(std::size_t number) {
    return loop.run_until([&] { return seen.size() >= number; });
  }
  /// Enough turns for every question that one event leads to.
  void settle_all() {
    for (int i = 0; i < 6; ++i) settle();
  }

  Peer peer{bus, loop};
  FakeMachined fake{*peer.connection};
  std::vector<std::string> seen;
  std::unique_ptr<Machined> machined;
};

TEST_F(MachinedTest, TellsOfTheMachinesThatRunAlready) {
  fake.add("one", "libvirt-qemu", id_one, 4711);
  fake.start();
  watch();
  ASSERT_TRUE(sees(1));
  EXPECT_THAT(seen, ElementsAre(std::string("+") + uuid_one + " 4711"));
}

TEST_F(MachinedTest, TellsOfMachinesThatComeAndGo) {
  fake.start();
  watch();
  settle_all();
  fake.add("one", "libvirt-qemu", id_one, 4711);
  fake.announce("MachineNew", "one");
  ASSERT_TRUE(sees(1));
  fake.forget("one");
  fake.announce("MachineRemoved", "one");
  ASSERT_TRUE(sees(2));
  EXPECT_EQ(seen.back(), std::string("-") + uuid_one);
}

TEST_F(MachinedTest, TellsOfAMachineThatIsStartedAgain) {
  fake.start();
  watch();
  settle_all();
  fake.add("one", "libvirt-qemu", id_one, 4711);
  fake.announce("MachineNew", "one");
  ASSERT_TRUE(sees(1));
  fake.forget("one");
  fake.announce("MachineRemoved", "one");
  fake.add("one", "libvirt-qemu", id_one, 4712);
  fake.announce("MachineNew", "one");
  ASSERT_TRUE(sees(3));
  EXPECT_EQ(seen.back(), std::string("+") + uuid_one + " 4712");
}

TEST_F(MachinedTest, LeavesTheMachinesOfOthersAlone) {
  fake.add("container", "systemd-nspawn", id_one, 1);
  fake.add("short", "libvirt-qemu", {1, 2, 3}, 2);
  fake.add("dead", "libvirt-qemu", id_one, 0);
  fake.start();
  watch();
  settle_all();
  EXPECT_THAT(seen, IsEmpty());
}

TEST_F(MachinedTest, WaitsForMachinedToBeStarted) {
  watch();
  settle_all();
  fake.add("one", "libvirt-qemu", id_one, 4711);
  fake.start();
  EXPECT_TRUE(sees(1));
}

TEST_F(MachinedTest, FindsOutWhatWentWhileMachinedWasAway) {
  fake.add("one", "libvirt-qemu", id_one, 4711);
  fake.add("two", "libvirt-qemu", Bytes16(16, 0x22), 4712);
  fake.start();
  watch();
  ASSERT_TRUE(sees(2));
  seen.clear();
  fake.stop();
  settle_all();
  EXPECT_THAT(seen, IsEmpty()) << "machines live on without machined";
  fake.forget("one");
  fake.add("three", "libvirt-qemu", Bytes16(16, 0x33), 4713);
  fake.start();
  ASSERT_TRUE(sees(2));
  EXPECT_THAT(seen, UnorderedElementsAre(std::string("-") + uuid_one, "+33333333-3333-3333-3333-333333333333 4713"));
}

TEST_F(MachinedTest, SurvivesAMachineThatIsGoneBeforeItCouldBeAskedAbout) {
  fake.start();
  watch();
  settle_all();
  fake.announce("MachineNew", "gone");
  fake.announce("MachineRemoved", "gone");
  settle_all();
  EXPECT_THAT(seen, IsEmpty());
}

/// Everybody may send a signal straight to a bus name, whatever was subscribed to.
TEST_F(MachinedTest, BelievesMachinedOnly) {
  fake.add("one", "libvirt-qemu", id_one, 4711);
  fake.start();
  watch();
  ASSERT_TRUE(sees(1));
  seen.clear();
  auto object = sdbus::createObject(*client.connection, "/org/freedesktop/machine1");
  for (const char* forged : {"MachineRemoved", "MachineNew"}) {
    auto signal = object->createSignal("org.freedesktop.machine1.Manager", forged);
    signal << std::string("one") << sdbus::ObjectPath(FakeMachined::path("one"));
    signal.setDestination(server.connection->getUniqueName());
    signal.send();
  }
  auto owner = object->createSignal("org.freedesktop.DBus", "NameOwnerChanged");
  owner << std::string("org.freedesktop.machine1") << std::string("") << client.connection->getUniqueName();
  owner.setDestination(server.connection->getUniqueName());
  owner.send();
  settle_all();
  EXPECT_THAT(seen, IsEmpty());
  fake.announce("MachineRemoved", "one");
  EXPECT_TRUE(sees(1)) << "the real one is still believed";
}

TEST(UuidFrom, WritesSixteenBytesAsLibvirtDoes) {
  EXPECT_EQ(uuid_from(id_one), uuid_one);
  EXPECT_EQ(uuid_from({}), "");
  EXPECT_EQ(uuid_from(Bytes16(17, 1)), "");
}

}  // namespace
}  // namespace acdr::test
