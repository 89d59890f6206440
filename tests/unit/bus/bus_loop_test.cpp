// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/bus_loop.hpp"

#include <sdbus-c++/IObject.h>

#include <thread>

#include "unit/bus/support.hpp"

namespace acdr::test {
namespace {

using namespace std::chrono_literals;

class BusLoopTest : public BusTest {};

TEST_F(BusLoopTest, ProcessesMessagesThatWereReadByASynchronousCall) {
  int signals = 0;
  auto proxy = sdbus::createProxy(*server.connection, client.connection->getUniqueName(), "/x");
  proxy->uponSignal("Tick").onInterface("org.test").call([&] { ++signals; });
  proxy->finishRegistration();
  auto object = sdbus::createObject(*client.connection, "/x");
  object->registerSignal("Tick").onInterface("org.test");
  object->finishRegistration();
  for (int i = 0; i < 3; ++i) object->emitSignal("Tick").onInterface("org.test");
  // The client's own synchronous call flushes the signals; the server's reads them while it waits for its answer.
  const auto ask_driver = [](Peer& peer) {
    std::string id;
    sdbus::createProxy(*peer.connection, "org.freedesktop.DBus", "/org/freedesktop/DBus")
        ->callMethod("GetId")
        .onInterface("org.freedesktop.DBus")
        .storeResultsTo(id);
  };
  ask_driver(client);
  ask_driver(server);
  EXPECT_EQ(signals, 0);
  // Nothing more comes over the socket, so the loop must not wait for it.
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(loop.run_until([&] { return signals == 3; }));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 90ms);
}

TEST_F(BusLoopTest, EndsCallsThatAreNeverAnsweredAtTheirTimeout) {
  auto object = sdbus::createObject(*client.connection, "/x");
  std::vector<sdbus::Result<>> unanswered;
  object->registerMethod("Never").onInterface("org.test").implementedAs([&](sdbus::Result<>&& result) {
    unanswered.push_back(std::move(result));
  });
  object->finishRegistration();
  auto proxy = sdbus::createProxy(*server.connection, client.connection->getUniqueName(), "/x");
  std::string error;
  const auto begin = std::chrono::steady_clock::now();
  proxy->callMethodAsync("Never")
      .onInterface("org.test")
      .withTimeout(150ms)
      .uponReplyInvoke([&](const sdbus::Error* failed) { error = failed == nullptr ? "none" : failed->getName(); });
  ASSERT_TRUE(loop.run_until([&] { return !error.empty(); }));
  EXPECT_NE(error, "none");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 150ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

TEST_F(BusLoopTest, SendsMoreThanTheSocketTakesAtOnce) {
  auto object = sdbus::createObject(*server.connection, "/x");
  object->registerMethod("Echo").onInterface("org.test").implementedAs([](const std::string& text) { return text; });
  object->finishRegistration();
  // sd-bus asks for 8 MiB of socket buffer, dbus-daemon takes 32 MiB a message.
  const std::string big(24U << 20, 'x');
  auto proxy = sdbus::createProxy(*client.connection, server.connection->getUniqueName(), "/x");
  std::size_t size = 0;
  proxy->callMethodAsync("Echo")
      .onInterface("org.test")
      .withArguments(big)
      .withTimeout(Loop::patience)
      .uponReplyInvoke([&](const sdbus::Error*, const std::string& text) { size = text.size(); });
  ASSERT_TRUE(loop.run_until([&] { return size > 0; }));
  EXPECT_EQ(size, big.size());
}

TEST_F(BusLoopTest, TellsOnceWhenTheBusIsGone) {
  bus.stop();
  ASSERT_TRUE(loop.run_until([&] { return !server.lost.empty(); }));
  EXPECT_THAT(server.lost, testing::HasSubstr("the connection to the bus is lost"));
  server.lost.clear();
  for (int i = 0; i < 3; ++i) sd_event_run(loop.get(), 1000);
  EXPECT_EQ(server.lost, "");
}

TEST_F(BusLoopTest, LetsGoOfTheLoopWhenItEnds) {
  server.bus_loop.reset();
  auto proxy = sdbus::createProxy(*client.connection, server.connection->getUniqueName(), "/");
  std::string error;
  proxy->callMethodAsync("Ping")
      .onInterface("org.freedesktop.DBus.Peer")
      .withTimeout(100ms)
      .uponReplyInvoke([&](const sdbus::Error* failed) { error = failed == nullptr ? "none" : failed->getName(); });
  ASSERT_TRUE(loop.run_until([&] { return !error.empty(); }));
  EXPECT_NE(error, "none");
}

}  // namespace
}  // namespace acdr::test
