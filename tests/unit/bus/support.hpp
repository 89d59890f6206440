// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <systemd/sd-event.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bus/authoriser.hpp"
#include "bus/bus_loop.hpp"
#include "bus/errors.hpp"
#include "bus/manager_object.hpp"
#include "bus/message_flags.hpp"
#include "support/private_bus.hpp"

namespace acdr::test {

/// An sd_event loop that runs until something has happened.
class Loop {
 public:
  Loop() { sd_event_new(&loop_); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop() { sd_event_unref(loop_); }
  [[nodiscard]] sd_event* get() const { return loop_; }

  /// Ten seconds are not enough for 48 MiB under a sanitizer on a slow machine.
  static constexpr std::chrono::seconds patience{200};
  /// False if it has not happened by then.
  bool run_until(const std::function<bool()>& happened) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!happened()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      sd_event_run(loop_, 100'000);
    }
    return true;
  }

 private:
  sd_event* loop_ = nullptr;
};

/// A connection on the loop.
struct Peer {
  Peer(const PrivateBus& bus, const Loop& loop) : connection(bus.connect()) {
    auto attached = BusLoop::attach(loop.get(), *connection, [this](const Error& error) { lost = error.message(); });
    if (attached) bus_loop = std::move(*attached);
  }
  std::string lost;
  std::unique_ptr<sdbus::IConnection> connection;
  std::unique_ptr<BusLoop> bus_loop;
};

/// Several connections to one bus, all on this thread.
class BusTest : public testing::Test {
 protected:
  PrivateBus bus;
  Loop loop;
  Peer server{bus, loop};
  Peer client{bus, loop};

  /// A round trip: what the server had been sent before is processed.
  void settle() {
    auto proxy = sdbus::createProxy(*client.connection, server.connection->getUniqueName(), "/");
    bool answered = false;
    proxy->callMethodAsync("Ping").onInterface("org.freedesktop.DBus.Peer").uponReplyInvoke([&](const sdbus::Error*) {
      answered = true;
    });
    ASSERT_TRUE(loop.run_until([&] { return answered; }));
  }
};

/// Calls of org.acdr1.Manager, with what they answered.
class ManagerClient {
 public:
  ManagerClient(sdbus::IConnection& connection, const std::string& destination, Loop& loop)
      : loop_(loop), proxy_(sdbus::createProxy(connection, destination, manager_path)) {}

  struct Answer {
    std::optional<std::string> text;  ///< "" of a method that answers with nothing
    std::optional<sdbus::Error> error;
  };

  /// Sends a call; its answer comes to the returned place.
  template <class... Arguments>
  std::shared_ptr<Answer> send(bool interactive, const std::string& method, const Arguments&... arguments) {
    auto message = proxy_->createMethodCall(manager_interface, method);
    (void)(static_cast<sdbus::Message&>(message) << ... << arguments);
    if (interactive) allow_interaction(message);
    auto answer = std::make_shared<Answer>();
    proxy_->callMethod(message, [answer](sdbus::MethodReply& reply, const sdbus::Error* error) {
      if (error != nullptr)
        answer->error = *error;
      else if (reply.isEmpty())
        answer->text = "";
      else
        reply >> answer->text.emplace();
    });
    return answer;
  }

  template <class... Arguments>
  Answer call(const std::string& method, const Arguments&... arguments) {
    return wait(send(false, method, arguments...));
  }

  Answer wait(const std::shared_ptr<Answer>& answer) {
    EXPECT_TRUE(loop_.run_until([&] { return answer->text || answer->error; })) << "no answer";
    return *answer;
  }

 private:
  Loop& loop_;
  std::unique_ptr<sdbus::IProxy> proxy_;
};

/// A daemon that writes down what it is asked, and answers with `answer`, at once or when told to.
class FakeHandler : public ManagerHandler {
 public:
  std::vector<std::string> asked;
  Result<std::string> answer = R"({"fake": true})";
  bool hold = false;  ///< keep the replies instead of answering
  std::vector<Reply> held;
  unsigned claims = 3;
  bool connected = true;

  void apply(const std::string& class_name, const std::string& subject, const Parameters& parameters, bool permanent,
             Reply reply) override {
    take(fmt::format("apply {} {}{} {}", class_name, subject, words(parameters), permanent), reply);
  }
  void release(const std::string& subject, const std::string& class_name, Reply reply) override {
    take(fmt::format("release {} {}", subject, class_name), reply);
  }
  void plan(const std::string& class_name, const std::string& subject, const Parameters& parameters,
            Reply reply) override {
    take(fmt::format("plan {} {}{}", class_name, subject, words(parameters)), reply);
  }
  void status(const std::string& subject, Reply reply) override { take("status " + subject, reply); }
  void verify(const std::string& subject, Reply reply) override { take("verify " + subject, reply); }
  void list_classes(Reply reply) override { take("list_classes", reply); }
  void show_class(const std::string& class_name, const Parameters& parameters, Reply reply) override {
    take("show_class " + class_name + words(parameters), reply);
  }
  void topology(Reply reply) override { take("topology", reply); }
  void log(unsigned most, Reply reply) override { take(fmt::format("log {}", most), reply); }
  void tag(const std::string& domain, const std::string& class_name, const Parameters& parameters,
           Reply reply) override {
    take(fmt::format("tag {} {}{}", domain, class_name, words(parameters)), reply);
  }
  void tag_and_adapt(const std::string& domain, const std::string& class_name, const Parameters& parameters,
                     Reply reply) override {
    take(fmt::format("tag_and_adapt {} {}{}", domain, class_name, words(parameters)), reply);
  }
  void untag(const std::string& domain, Reply reply) override { take("untag " + domain, reply); }
  void reload(Reply reply) override { take("reload", reply); }
  unsigned claim_count() const override { return claims; }
  bool libvirt_connected() const override { return connected; }

 private:
  void take(const std::string& what, const Reply& reply) {
    asked.push_back(what);
    if (hold)
      held.push_back(reply);
    else
      reply(answer);
  }
  static std::string words(const Parameters& parameters) {
    std::string text;
    for (const auto& [name, value] : parameters) text += fmt::format(" {}={}", name, value);
    return text;
  }
};

/// An authoriser that writes down what it is asked.
class FakeAuthoriser : public Authoriser {
 public:
  struct Question {
    Caller caller;
    std::string action;
    Parameters details;
  };
  std::vector<Question> questions;
  Status verdict;
  void authorise(const Caller& caller, const std::string& action, const Parameters& details, Verdict done) override {
    questions.push_back({caller, action, details});
    done(verdict);
  }
};

}  // namespace acdr::test
