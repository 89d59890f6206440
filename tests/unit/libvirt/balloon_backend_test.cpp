// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt/balloon_backend.hpp"

#include <gmock/gmock.h>

namespace acdr {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const KnobId polling{KnobKind::balloon_polling, "web"};
const KnobId size{KnobKind::balloon_size, "web"};
constexpr std::uint64_t whole = 1024 * 1024;
constexpr std::uint64_t half = whole / 2;

DomainRecord record(std::uint64_t kibibytes, int seconds = 5) {
  DomainRecord record;
  record.definition.uuid = "web";
  record.definition.memory = Bytes{whole * 1024};
  record.definition.balloon_size = Bytes{kibibytes * 1024};
  record.definition.balloon_polling = std::chrono::seconds(seconds);
  record.active = true;
  record.state = DomainState::running;
  return record;
}

class BalloonBackendTest : public testing::Test {
 protected:
  BalloonBackendTest() {
    backend.use([this](const KnobId& knob, Count value) {
      calls.push_back(fmt::format("{}={}", knob.to_string(), value.value));
      answers.emplace_back();
      if (prompt) answers.back().set_value(Status());
      return answers.back().get_future();
    });
    backend.listed({record(whole)});
  }
  void answer(Status status) { answers.back().set_value(std::move(status)); }
  [[nodiscard]] std::optional<std::uint64_t> value(const KnobId& knob) const {
    const auto read = backend.read(knob);
    return read ? std::optional(std::get<Count>(*read).value) : std::nullopt;
  }
  [[nodiscard]] ErrorKind why_not(const KnobId& knob) const { return backend.read(knob).error().kind(); }

  BalloonBackend backend{std::chrono::milliseconds(0)};
  bool prompt = true;  ///< libvirt answers at once
  std::vector<std::string> calls;
  std::vector<std::promise<Status>> answers;
};

TEST_F(BalloonBackendTest, ReadsWhatLibvirtLastTold) {
  EXPECT_EQ(value(polling), 5U);
  EXPECT_EQ(value(size), whole);
  EXPECT_THAT(backend.told(record(half)), ElementsAre(size));
  EXPECT_EQ(value(size), half);
  EXPECT_THAT(backend.told(record(half)), IsEmpty());
}

TEST_F(BalloonBackendTest, BeforeTheFirstListingNothingIsKnown) {
  BalloonBackend fresh;
  EXPECT_EQ(fresh.read(polling).error().kind(), ErrorKind::unreachable);
  fresh.listed({});
  EXPECT_EQ(fresh.read(polling).error().kind(), ErrorKind::not_found);
}

TEST_F(BalloonBackendTest, OnlyARunningDomainHasABalloon) {
  auto without = record(whole);
  without.definition.balloon = false;
  auto off = record(whole);
  off.active = false;
  auto starting = record(whole);
  starting.starting = true;
  for (const auto& other : {without, off, starting}) {
    EXPECT_THAT(backend.told(other), ElementsAre(polling, size));
    EXPECT_EQ(why_not(polling), ErrorKind::not_found);
    EXPECT_THAT(backend.told(record(whole)), ElementsAre(polling, size));
  }
  backend.gone("web");
  EXPECT_EQ(why_not(size), ErrorKind::not_found);
}

TEST_F(BalloonBackendTest, ADefinitionThatCannotBeReadChangesNothing) {
  DomainRecord broken;
  broken.definition.uuid = "web";
  broken.problem = "not well-formed";
  EXPECT_THAT(backend.told(broken), IsEmpty());
  backend.listed({broken});
  EXPECT_EQ(value(polling), 5U);
}

TEST_F(BalloonBackendTest, WhatWasSetIsReadBack) {
  ASSERT_TRUE(backend.write(polling, Count{0}));
  EXPECT_EQ(value(polling), 0U);
  EXPECT_THAT(backend.told(record(whole, 0)), IsEmpty());
  EXPECT_THAT(calls, ElementsAre("balloon:web:polling=0"));
}

TEST_F(BalloonBackendTest, WhatLibvirtRefusesIsAnErrorAndChangesNothing) {
  prompt = false;
  backend.use([](const KnobId&, Count) {
    std::promise<Status> refusal;
    refusal.set_value(failure(ErrorKind::failed, "no"));
    return refusal.get_future();
  });
  EXPECT_FALSE(backend.write(polling, Count{0}));
  EXPECT_EQ(value(polling), 5U);
}

TEST_F(BalloonBackendTest, AGuestOnItsWayCountsAsBeingThere) {
  ASSERT_TRUE(backend.write(size, Count{half}));
  EXPECT_EQ(value(size), half);
  ASSERT_FALSE(backend.in_effect(size));
  EXPECT_EQ(backend.in_effect(size).error().what(), "the guest is at 1048576 KiB");
  EXPECT_THAT(backend.told(record(half + 4096)), IsEmpty());
  EXPECT_EQ(value(size), half);
  EXPECT_THAT(backend.told(record(half)), ElementsAre(size)) << "it is there: nothing is missing any more";
  EXPECT_TRUE(backend.in_effect(size));
}

TEST_F(BalloonBackendTest, AGuestThatMovesTheOtherWayFollowsSomebodyElse) {
  ASSERT_TRUE(backend.write(size, Count{half}));
  EXPECT_THAT(backend.told(record(half + 4096)), IsEmpty());
  EXPECT_THAT(backend.told(record(half + 8192)), ElementsAre(size));
  EXPECT_EQ(value(size), half + 8192);
  EXPECT_TRUE(backend.in_effect(size));
}

TEST_F(BalloonBackendTest, AGuestKeepsWhatItWasToldWhileLibvirtWasAway) {
  ASSERT_TRUE(backend.write(size, Count{half}));
  backend.listed({record(whole)});
  EXPECT_EQ(value(size), half);
}

TEST_F(BalloonBackendTest, ASizeThatIsTakenBackBeforeTheGuestMovedIsInEffect) {
  ASSERT_TRUE(backend.write(size, Count{half}));
  ASSERT_TRUE(backend.write(size, Count{whole}));
  EXPECT_TRUE(backend.in_effect(size));
  EXPECT_THAT(calls, ElementsAre("balloon:web:size=524288", "balloon:web:size=1048576"));
}

TEST_F(BalloonBackendTest, WithoutAnAnswerTheKnobIsUnknownAndNothingElseIsAsked) {
  prompt = false;
  const auto set = backend.write(polling, Count{0});
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().kind(), ErrorKind::unreachable);
  EXPECT_NE(set.error().remedy(), "");
  EXPECT_EQ(why_not(polling), ErrorKind::unreachable);
  EXPECT_EQ(value(size), whole);
  EXPECT_EQ(backend.write(size, Count{half}).error().kind(), ErrorKind::unreachable);
  EXPECT_THAT(calls, ElementsAre("balloon:web:polling=0"));
}

TEST_F(BalloonBackendTest, ALateAnswerIsNews) {
  prompt = false;
  ASSERT_FALSE(backend.write(polling, Count{0}));
  answer(Status());
  EXPECT_THAT(backend.told(record(whole, 0)), ElementsAre(polling));
  EXPECT_EQ(value(polling), 0U);

  ASSERT_FALSE(backend.write(polling, Count{5}));
  answer(failure(ErrorKind::unreachable, "libvirtd died"));
  backend.listed({record(whole, 0)});
  EXPECT_EQ(value(polling), 0U);
}

TEST_F(BalloonBackendTest, ALateAnswerForADomainThatEndedIsForgotten) {
  prompt = false;
  ASSERT_FALSE(backend.write(size, Count{half}));
  answer(Status());
  backend.gone("web");
  EXPECT_EQ(why_not(size), ErrorKind::not_found);
}

}  // namespace
}  // namespace acdr
