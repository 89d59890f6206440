// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

/// libvirt, as far as balloons go.
struct Libvirt {
  struct Balloon {
    std::uint64_t polling = 5;
    std::uint64_t size = 65536;
    std::optional<std::uint64_t> told;  ///< by a guest that does not follow at once
  };
  std::map<std::string, Balloon> running;
  bool listed = true;
  bool answers = true;
  bool guest_follows = true;
};

class FakeBalloons final : public KnobBackend {
 public:
  explicit FakeBalloons(Libvirt& libvirt) : libvirt_(libvirt) {}
  [[nodiscard]] std::vector<KnobKind> kinds() const override {
    return {KnobKind::balloon_polling, KnobKind::balloon_size};
  }
  [[nodiscard]] Result<KnobValue> read(const KnobId& knob) const override {
    if (!libvirt_.listed) return failure(ErrorKind::unreachable, "libvirt has told nothing");
    const auto found = libvirt_.running.find(knob.object);
    if (found == libvirt_.running.end()) return failure(ErrorKind::not_found, "it does not run");
    const auto& balloon = found->second;
    return knob.kind == KnobKind::balloon_polling ? Count{balloon.polling} : Count{balloon.told.value_or(balloon.size)};
  }
  [[nodiscard]] Status write(const KnobId& knob, const KnobValue& value) override {
    if (!libvirt_.answers) return failure(Error(ErrorKind::unreachable, "libvirt does not answer", "wake it"));
    auto& balloon = libvirt_.running.at(knob.object);
    const std::uint64_t number = std::get<Count>(value).value;
    if (knob.kind == KnobKind::balloon_polling)
      balloon.polling = number;
    else if (libvirt_.guest_follows)
      balloon.size = number;
    else
      balloon.told = number;
    return {};
  }
  [[nodiscard]] Status in_effect(const KnobId& knob) const override {
    const auto found = libvirt_.running.find(knob.object);
    if (knob.kind != KnobKind::balloon_size || found == libvirt_.running.end() || !found->second.told) return {};
    return failure(Error(ErrorKind::failed, "the guest does not follow", "wake it"));
  }

 private:
  Libvirt& libvirt_;
};

class Ballooning : public testing::Test {
 protected:
  Ballooning() {
    world.other_knobs = [this] {
      World::KnobBackends backends;
      backends.push_back(std::make_unique<FakeBalloons>(libvirt));
      return backends;
    };
    world.restart();
  }
  /// The domain runs, with this class.
  void run(const std::string& conditioning) {
    world.define("site", conditioning);
    world.start(vm, 1000);
    libvirt.running[vm.uuid];
    told();
  }
  /// libvirt tells of it.
  void told() { world.engine->knobs_changed({polling, size}); }
  void release() { ASSERT_TRUE(world.engine->release(Subject::domain(vm.uuid), "")); }
  Libvirt::Balloon& balloon() { return libvirt.running.at(vm.uuid); }
  [[nodiscard]] ClaimStatus status() const { return world.engine->status().at(0); }
  std::string refusal(const std::string& conditioning, const DomainDefinition* domain) {
    world.define("site", conditioning);
    const auto plan = world.engine->plan("site", {}, domain);
    if (plan) return "";
    EXPECT_EQ(plan.error().kind(), ErrorKind::usage);
    return plan.error().message();
  }

  Libvirt libvirt;
  World world;
  DomainDefinition vm = World::domain("web", 1, "site");
  KnobId polling{KnobKind::balloon_polling, vm.uuid};
  KnobId size{KnobKind::balloon_size, vm.uuid};
};

TEST_F(Ballooning, OffStopsThePollingAndLeavesTheGuestAllItsMemory) {
  libvirt.running[vm.uuid].size = 32768;
  run("ballooning");
  EXPECT_EQ(balloon().polling, 0U);
  EXPECT_EQ(balloon().size, 65536U);
  EXPECT_EQ(status().state, "active");
  EXPECT_THAT(status().residuals, IsEmpty());
  release();
  EXPECT_EQ(balloon().polling, 5U);
  EXPECT_EQ(balloon().size, 32768U);
}

TEST_F(Ballooning, OnPollsAndLeavesTheSizeToOthers) {
  run("ballooning: {mode: \"on\"}");
  EXPECT_EQ(balloon().polling, 10U);
  balloon().size = 40000;
  told();
  EXPECT_EQ(balloon().size, 40000U);
  release();
  EXPECT_EQ(balloon().polling, 5U);
  EXPECT_EQ(balloon().size, 40000U);
}

TEST_F(Ballooning, TunedHoldsASize) {
  run("ballooning: {mode: tuned, size: 48MiB}");
  EXPECT_EQ(balloon().size, 48U << 10);
  EXPECT_EQ(balloon().polling, 5U) << "what is not given is left as it is";
  balloon().size = 40000;
  told();
  EXPECT_EQ(balloon().size, 48U << 10);
  EXPECT_THAT(world.notices, Contains(HasSubstr("balloon:uuid-web:size: somebody else set it to 40000; now 49152")));
  release();
  EXPECT_EQ(balloon().size, 65536U);
}

TEST_F(Ballooning, TunedTakesAShareInWholeMebibytes) {
  run("ballooning: {mode: tuned, percent: 55, polling: 60}");
  EXPECT_EQ(balloon().size, 35U << 10);
  EXPECT_EQ(balloon().polling, 60U);
}

TEST_F(Ballooning, AGuestIsNeverLeftWithMoreThanItHas) {
  run("ballooning: {mode: tuned, size: 1GiB}");
  EXPECT_EQ(balloon().size, 65536U);
  EXPECT_THAT(status().residuals, IsEmpty());
}

TEST_F(Ballooning, ParametersThatMeanNothingAreRefused) {
  EXPECT_THAT(refusal("ballooning: {polling: 5}", &vm), HasSubstr("polling means nothing with mode off"));
  EXPECT_THAT(refusal("ballooning: {mode: \"on\", size: 1GiB}", &vm), HasSubstr("size means nothing with mode on"));
  EXPECT_THAT(refusal("ballooning: {mode: tuned}", &vm), HasSubstr("nothing to tune"));
  EXPECT_THAT(refusal("ballooning: {mode: tuned, size: 1GiB, percent: 5}", &vm), HasSubstr("give one of them"));
}

TEST_F(Ballooning, TheHostHasNone) {
  EXPECT_THAT(refusal("ballooning: {mode: \"on\"}", nullptr), HasSubstr("the host has no balloon; apply the class to"));
  EXPECT_EQ(refusal("ballooning", nullptr), "") << "off is true of it already";
}

TEST_F(Ballooning, ADomainWithoutABalloonNeedsNothingToHaveItOff) {
  vm.balloon = false;
  run("ballooning");
  EXPECT_THAT(status().residuals, IsEmpty());
  EXPECT_EQ(balloon().polling, 5U);
}

TEST_F(Ballooning, ADomainWithoutABalloonCannotHaveItDriven) {
  vm.balloon = false;
  run("ballooning: {mode: \"on\"}");
  ASSERT_EQ(status().residuals.size(), 1U);
  EXPECT_THAT(status().residuals[0].remedy, HasSubstr("<memballoon model='virtio'/>"));
}

TEST_F(Ballooning, NothingIsLeftOfADomainThatEnds) {
  run("ballooning");
  libvirt.running.erase(vm.uuid);
  world.stop(vm);
  EXPECT_THAT(world.notices, IsEmpty());
  libvirt.running[vm.uuid];
  world.engine->host_changed();
  EXPECT_EQ(balloon().polling, 5U) << "its next life is its own";
}

TEST_F(Ballooning, ABalloonThatIsSomebodyElsesAtReleaseIsLeftAlone) {
  run("ballooning");
  balloon().polling = 7;
  release();
  EXPECT_EQ(balloon().polling, 7U);
}

TEST_F(Ballooning, LivesThroughARestartDuringWhichLibvirtHasToldNothingYet) {
  run("ballooning");
  libvirt.listed = false;
  world.restart();
  EXPECT_THAT(status().residuals, Contains(testing::Field(&Residual::reason, "libvirt has told nothing")));
  libvirt.listed = true;
  world.engine->host_changed();
  EXPECT_THAT(status().residuals, IsEmpty());
  release();
  EXPECT_EQ(balloon().polling, 5U);
}

TEST_F(Ballooning, WhatWasThereOutlivesARollbackThatCannotReachLibvirt) {
  run("ballooning");
  const auto with_libvirt = world.other_knobs;
  world.other_knobs = nullptr;
  world.restart();
  ASSERT_TRUE(world.engine->release_all());
  EXPECT_EQ(balloon().polling, 0U);
  world.other_knobs = with_libvirt;
  world.restart();
  EXPECT_EQ(balloon().polling, 5U);
}

TEST_F(Ballooning, ALibvirtThatDoesNotAnswerIsAResidualAndTheRestIsDone) {
  libvirt.answers = false;
  world.host.add_file("proc/sys/vm/swappiness", "60");
  run("ballooning\n  - sysctl: {settings: vm.swappiness=10}");
  EXPECT_EQ(world.host.file("proc/sys/vm/swappiness"), "10");
  EXPECT_EQ(status().state, "active");
  ASSERT_EQ(status().residuals.size(), 1U);
  EXPECT_EQ(status().residuals[0],
            (Residual{"balloon:uuid-web:polling is not 0", "libvirt does not answer", "wake it"}));
  libvirt.answers = true;
  told();
  EXPECT_EQ(balloon().polling, 0U);
  EXPECT_THAT(status().residuals, IsEmpty());
  release();
  EXPECT_EQ(balloon().polling, 5U);
}

TEST_F(Ballooning, AGuestThatDoesNotFollowIsToldOnceAndNamed) {
  libvirt.guest_follows = false;
  run("ballooning: {mode: tuned, size: 48MiB}");
  const auto writes = world.records.size();
  told();
  EXPECT_EQ(world.records.size(), writes);
  ASSERT_EQ(status().residuals.size(), 1U);
  EXPECT_EQ(status().residuals[0],
            (Residual{"balloon:uuid-web:size is not 49152", "the guest does not follow", "wake it"}));
  release();
  EXPECT_EQ(balloon().told, 65536U);
}

TEST_F(Ballooning, WhatLibvirtTellsOfOtherBalloonsChangesNothing) {
  run("ballooning");
  balloon().polling = 5;
  world.engine->knobs_changed({{KnobKind::balloon_polling, "uuid-other"}});
  EXPECT_EQ(balloon().polling, 5U);
  told();
  EXPECT_EQ(balloon().polling, 0U);
}

TEST_F(Ballooning, ALiveValueIsNoNewDefinition) {
  run("ballooning: {mode: \"on\"}");
  const auto claim = serialise(*world.engine->claims().begin()->second);
  vm.balloon_polling = std::chrono::seconds(10);
  vm.balloon_size = Bytes{1U << 20};
  world.records.clear();
  world.engine->domain_running(vm);
  EXPECT_EQ(serialise(*world.engine->claims().begin()->second), claim);
  EXPECT_THAT(world.records, IsEmpty());
}

}  // namespace
}  // namespace acdr::test
