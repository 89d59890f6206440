// SPDX-License-Identifier: GPL-2.0-or-later
// A plan that takes over what was planned before is the one that is made without it.
#include "engine/planner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

struct TwoDomains {
  TwoDomains() {
    for (unsigned number : {1U, 2U})
      world.start(World::domain("web" + std::to_string(number), 2, number == 1 ? "vnf" : "realtime"),
                  static_cast<int>(number) * 1000);
  }
  World world{FakeHost::Kernel::has_partitions};
};

/// Two domains that run, and the plan for them.
class Planning : public testing::Test, public TwoDomains {
 protected:
  [[nodiscard]] HostSnapshot look() const { return read_snapshot(world.host, world.engine->topology()); }
  [[nodiscard]] HostPlan again(const Claims& claims, const HostSnapshot& host, const Area::Scopes& touched = {}) const {
    return plan_claims(claims, host, plugins, EarlierPlan{first, before, touched});
  }
  /// How many conditionings of a claim have the plan they had.
  [[nodiscard]] std::size_t kept(const HostPlan& plan, const Claims::key_type& key) const {
    std::size_t count = 0;
    for (std::size_t index = 0; index < plan.claims.at(key)->conditionings.size(); ++index)
      if (plan.claims.at(key)->conditionings[index].plan == first.claims.at(key)->conditionings[index].plan) ++count;
    return count;
  }

  const PluginRegistry plugins = all_plugins();
  const Claims before = world.engine->claims();
  const HostPlan first = plan_claims(before, look(), plugins);
  const Claims::key_type one = before.begin()->first;
  const Claims::key_type other = std::next(before.begin())->first;
};

std::set<KnobId> knobs_of(const std::vector<WishList::Part>& parts) {
  std::set<KnobId> knobs;
  for (const auto& part : parts)
    for (const Wish& wish : *part) knobs.insert(wish.knob);
  return knobs;
}

/// Of the only domain.
Shared<PlannedClaim> planned_domain(FakeHost::Kernel kernel, const std::string& class_name) {
  World world{kernel};
  world.start(World::domain("web", 2, class_name), 1000);
  const HostSnapshot host = read_snapshot(world.host, world.engine->topology());
  return plan_claims(world.engine->claims(), host, all_plugins()).claims.begin()->second;
}

/// What a pass leaves out with the scope.
TEST(PlannedClaimTest, HasApartWhatItWishesOfItsScope) {
  const auto claim = planned_domain(FakeHost::Kernel::overwrites_masks, "vnf");
  EXPECT_THAT(knobs_of(claim->in_scope), Each(Field(&KnobId::object, StartsWith(claim->scope))));
  EXPECT_THAT(knobs_of(claim->in_scope), Not(IsEmpty()));
  EXPECT_THAT(knobs_of(claim->elsewhere), IsEmpty());
}

TEST(PlannedClaimTest, HasWhatItWishesOfItsSliceElsewhere) {
  const auto claim = planned_domain(FakeHost::Kernel::has_partitions, "vnf");
  EXPECT_THAT(knobs_of(claim->in_scope), Each(Field(&KnobId::object, StartsWith(claim->scope))));
  EXPECT_THAT(knobs_of(claim->in_scope), Not(IsEmpty()));
  EXPECT_THAT(knobs_of(claim->elsewhere), ElementsAre(KnobId{KnobKind::cgroup_exclusive, "machine.slice"}));
}

TEST(PlannedClaimTest, HasAllElsewhereIfNotAllIsLocal) {
  const auto claim = planned_domain(FakeHost::Kernel::overwrites_masks, "realtime");
  EXPECT_THAT(claim->in_scope, IsEmpty()) << "it has policies of threads";
  EXPECT_THAT(knobs_of(claim->elsewhere), Contains(Field(&KnobId::object, StartsWith(claim->scope))));
}

/// Those for the same knob in any order.
bool wants_the_same(const HostPlan& a, const HostPlan& b) {
  return std::ranges::is_permutation(a.wishes.by_knob(), b.wishes.by_knob(), [](const Wish* one, const Wish* another) {
    return one->knob == another->knob && one->want == another->want && one->why == another->why;
  });
}

TEST_F(Planning, TakesOverWhatIsLocalWhereNothingHappened) {
  const HostPlan plan = again(before, look());
  EXPECT_EQ(kept(plan, one), before.at(one)->resolved->conditionings.size()) << "of vnf all";
  EXPECT_EQ(kept(plan, other), 4U) << "of realtime those of vnf";
  EXPECT_TRUE(wants_the_same(plan, first));
}

TEST_F(Planning, HasEachWishOfAClaimOrOfNone) {
  std::size_t count = 0;
  for (const auto& part : first.of_no_claim) count += part->size();
  for (const auto& [key, claim] : first.claims)
    for (const auto* parts : {&claim->in_scope, &claim->elsewhere})
      for (const auto& part : *parts) count += part->size();
  EXPECT_EQ(first.wishes.by_knob().size(), count);
  EXPECT_FALSE(first.of_no_claim.empty());
}

TEST_F(Planning, PlansADomainAnewThatSomethingHappenedTo) {
  const HostPlan plan = again(before, look(), {before.at(one)->scope});
  EXPECT_EQ(kept(plan, one), 0U);
  EXPECT_EQ(kept(plan, other), 4U);
}

TEST_F(Planning, PlansAClaimAnewThatIsAnother) {
  Claims now = before;
  CpuSet& cores = now.at(one).edit().allocation.cores;
  cores.erase(cores.first());
  const HostPlan plan = again(now, look());
  EXPECT_EQ(kept(plan, one), 0U);
  EXPECT_TRUE(wants_the_same(plan, plan_claims(now, look(), plugins)));
}

TEST_F(Planning, PlansAllAnewWithOtherCpusOnline) {
  HostSnapshot host = look();
  host.topology.online.erase(before.at(one)->allocation.cores.first());
  const HostPlan plan = again(before, host);
  EXPECT_EQ(kept(plan, other), 0U);
  EXPECT_TRUE(wants_the_same(plan, plan_claims(before, host, plugins)));
}

TEST_F(Planning, PlansAClaimAnewWhoseHelpersAreAllThatIsLeft) {
  Claims now = before;
  Claim& greedy = now.at(other).edit();
  greedy.allocation.cores |= world.engine->topology().online - before.at(one)->allocation.helpers;
  const HostPlan plan = again(now, look());
  EXPECT_EQ(kept(plan, one), 0U);
  EXPECT_TRUE(wants_the_same(plan, plan_claims(now, look(), plugins)));
}

}  // namespace
}  // namespace acdr::test
