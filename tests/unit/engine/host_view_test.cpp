// SPDX-License-Identifier: GPL-2.0-or-later
// What a look is at, and what it takes for known.
#include "engine/host_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/engine_world.hpp"
#include "support/whole_ledger.hpp"

namespace acdr::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const std::string one = "machine.slice/machine-one.scope";
const std::string other = "machine.slice/machine-other.scope";

constexpr int kswapd = 30;  ///< of the machine

PassReport wrote_to(const std::string& cgroup) {
  PassReport report;
  report.cgroups_written = {cgroup};
  return report;
}

/// A host on which two claimed domains run, which has been looked at.
class View : public testing::Test, public Machine {
 protected:
  View() : Machine(FakeHost::Kernel::keeps_masks) {
    for (const auto& scope : {one, other}) host.add_cgroup(scope);
    host.add_thread(1000, "qemu", one);
    host.add_thread(2000, "qemu", other);
    claim({{"one", one}, {"other", other}});
    view.look({});
    view.planned(*ledger.scopes());
  }

  void claim(const std::map<std::string, std::string>& scopes) {
    Claims claims;
    for (const auto& [uuid, scope] : scopes) {
      Claim claim;
      claim.subject = Subject::domain(uuid);
      claim.scope = scope;
      claims.emplace(claim.key(), claim);
    }
    ASSERT_TRUE(commit_all(ledger, claims, {}));
  }
  [[nodiscard]] const ThreadState* thread(int tid) const {
    for (const auto* threads : {&view.last()->threads, &view.last()->domain_threads})
      for (const auto& thread : *threads)
        if (thread.id.tid == tid) return &thread;
    return nullptr;
  }

  TemporaryDirectory folder;
  Ledger ledger = Ledger::open(folder.path() / "ledger.db", "boot-1").value();
  std::vector<std::string> notices;
  Result<Topology> machine = shape;
  HostView view{host, ledger, shape, [this] { return machine; },
                [this](const std::string& text) { notices.push_back(text); }};
};

TEST_F(View, ALookForADomainTakesOtherDomainsForKnown) {
  host.add_cgroup(one + "/new");
  host.add_cgroup(other + "/new");
  const HostSnapshot& seen = view.look({Look::quick, Subject::domain("one")});
  EXPECT_TRUE(seen.cgroups.contains(one + "/new"));
  EXPECT_FALSE(seen.cgroups.contains(other + "/new"));
  EXPECT_THAT(view.looked_at(), ElementsAre(one));
}

TEST_F(View, ALookIsAtWhatWasWrittenSinceTheLast) {
  view.written(wrote_to(other + "/libvirt"));
  host.add_cgroup(other + "/new");
  EXPECT_TRUE(view.look({Look::quick, Subject::domain("one")}).cgroups.contains(other + "/new"));
  EXPECT_THAT(view.looked_at(), UnorderedElementsAre(one, other));
  host.add_cgroup(other + "/newer");
  EXPECT_FALSE(view.look({Look::quick, Subject::domain("one")}).cgroups.contains(other + "/newer")) << "only once";
}

TEST_F(View, WhatWasWrittenAboveADomainIsWrittenForIt) {
  view.written(wrote_to("machine.slice"));
  view.look({Look::quick, Subject::host()});
  EXPECT_THAT(view.looked_at(), UnorderedElementsAre(one, other));
}

TEST_F(View, ANearLookIsAtTheWholeDomainThatACgroupIsOf) {
  host.add_cgroup(one + "/new");
  host.add_cgroup(one + "/another");
  host.add_cgroup("system.slice/new.service");
  const HostSnapshot& seen = view.look({.depth = Look::near, .cgroups = {one + "/new"}});
  EXPECT_TRUE(seen.cgroups.contains(one + "/another"));
  EXPECT_FALSE(seen.cgroups.contains("system.slice/new.service"));
  EXPECT_FALSE(view.area()->is_whole());
}

TEST_F(View, ANearLookIsAtTheMachineOnlyIfItWasWrittenTo) {
  view.look({.depth = Look::near, .cgroups = {one}});
  EXPECT_FALSE(view.area()->machine);
  PassReport report;
  report.machine_written = true;
  view.written(report);
  view.look({.depth = Look::near, .cgroups = {one}});
  EXPECT_TRUE(view.area()->machine);
  view.look({.depth = Look::near, .cgroups = {one}});
  EXPECT_FALSE(view.area()->machine) << "only once";
}

TEST_F(View, ALookAtDevicesIsAtTheMachineAndNoCgroup) {
  host.add_irq(40, "new", "0-7");
  host.add_cgroup("system.slice/new.service");
  const HostSnapshot& seen = view.look({.depth = Look::near, .devices = true});
  EXPECT_NE(seen.irq(40), nullptr);
  EXPECT_FALSE(seen.cgroups.contains("system.slice/new.service"));
}

TEST_F(View, WhatWasJustLookedAtIsNotLookedAtAgain) {
  host.add_cgroup("system.slice/new.service");
  EXPECT_FALSE(view.look({.depth = Look::none}).cgroups.contains("system.slice/new.service"));
  view.forget();
  EXPECT_TRUE(view.look({.depth = Look::none}).cgroups.contains("system.slice/new.service"))
      << "unless it was forgotten";
}

TEST_F(View, AScopeThatIsGoneIsUnseen) {
  host.remove_cgroup(other);
  view.look({Look::quick, Subject::domain("one")});
  EXPECT_THAT(view.unseen_scopes(), ElementsAre(other));
  view.look({});
  EXPECT_THAT(view.unseen_scopes(), ElementsAre(other)) << "also for a look at everything";
}

TEST_F(View, TheScopeOfAClaimMadeSinceIsUnseenUntilItIsLookedAt) {
  const Area::Scopes before = *ledger.scopes();
  const std::string late = "machine.slice/machine-late.scope";
  host.add_cgroup(late);
  claim({{"one", one}, {"other", other}, {"late", late}});
  view.planned(before);
  EXPECT_THAT(view.unseen_scopes(), ElementsAre(late));
  view.look({Look::quick, Subject::domain("one")});
  EXPECT_THAT(view.unseen_scopes(), IsEmpty());
  EXPECT_TRUE(view.last()->cgroups.contains(late));
}

TEST_F(View, MasksThatWereWrittenAreKnown) {
  ASSERT_NE(thread(kswapd), nullptr);
  PassReport report;
  report.masks = {{kswapd, CpuSet{1}}};
  view.written(report);
  EXPECT_EQ(thread(kswapd)->affinity, CpuSet{1});
}

TEST_F(View, WithOtherCpusOnlineAllIsLookedAtOnTheMachineAsItIsNow) {
  machine->online.erase(7);
  host.take_offline(7);
  host.add_cgroup(other + "/new");
  EXPECT_TRUE(view.look({Look::quick, Subject::domain("one")}).cgroups.contains(other + "/new"));
  EXPECT_EQ(view.topology().online, shape.online - CpuSet{7});
  EXPECT_THAT(notices, IsEmpty());
}

TEST_F(View, AMachineThatCannotBeReadStaysAsItWas) {
  machine = failure(ErrorKind::failed, "hwloc does not load");
  host.take_offline(7);
  view.look({});
  EXPECT_EQ(view.topology().online, shape.online);
  EXPECT_THAT(notices, ElementsAre(testing::HasSubstr("hwloc does not load")));
}

}  // namespace
}  // namespace acdr::test
