// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "support/engine_world.hpp"

namespace acdr::test {
namespace {

using Kernel = FakeHost::Kernel;

class EngineOn : public testing::TestWithParam<Kernel> {
 protected:
  World world{GetParam()};
  const std::string before = world.host.state();
};
INSTANTIATE_TEST_SUITE_P(EveryKernel, EngineOn,
                         testing::Values(Kernel::overwrites_masks, Kernel::keeps_masks, Kernel::has_partitions,
                                         Kernel::keeps_kthread_masks));

CpuSet cores_of(const World& world, const std::string& uuid) {
  return world.engine->claims().at({Subject::domain(uuid), ""})->allocation.cores;
}
CpuSet helpers_of(const World& world, const std::string& uuid) {
  return world.engine->claims().at({Subject::domain(uuid), ""})->allocation.helpers;
}

TEST_P(EngineOn, AHostClassClearsItsCoresAndReleaseRestoresEverything) {
  ASSERT_TRUE(world.engine->apply("cleaner-cores", {{"cores", "5-6"}}, nullptr, false));
  EXPECT_EQ(world.host.effective("system.slice"), CpuSet::range(0, 4) | CpuSet{7});
  EXPECT_EQ(world.host.mask_of(1), CpuSet::range(0, 4) | CpuSet{7});
  EXPECT_EQ(world.host.mask_of(31), (CpuSet{4, 7}));
  EXPECT_EQ(world.host.mask_of(501), CpuSet::range(2, 4));
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(EngineOn, IrqBanMovesMovableInterruptsAndNamesTheOthers) {
  const auto status = world.engine->apply("irq-ban", {{"cores", "4-5"}}, nullptr, false);
  ASSERT_TRUE(status) << status.error().message();
  EXPECT_FALSE(world.host.irq_mask(25).intersects(CpuSet{4, 5}));
  EXPECT_EQ(world.host.irq_mask(35), (CpuSet{4, 5}));
  ASSERT_FALSE(status->residuals.empty());
  EXPECT_THAT(status->residuals.front().what, testing::HasSubstr("IRQ 35"));
  ASSERT_TRUE(world.engine->release(Subject::host(), "irq-ban"));
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(EngineOn, ATaggedDomainRunsOnItsCoresFromTheFirstInstructionOn) {
  const auto vm = World::domain("web", 2, "vnf");
  world.start(vm, 1000);
  const CpuSet cores = cores_of(world, vm.uuid);
  EXPECT_EQ(cores.count(), 2U);
  EXPECT_EQ(world.host.mask_of(1001) | world.host.mask_of(1002), cores);
  EXPECT_EQ(world.host.mask_of(1001).count(), 1U);
  EXPECT_EQ(world.host.mask_of(1000), helpers_of(world, vm.uuid));
  EXPECT_FALSE(world.host.mask_of(500).intersects(cores));
  const auto report = world.engine->verify(std::nullopt);
  for (const auto& item : report.items) EXPECT_TRUE(item.holds) << item.what << ": " << item.detail;
  world.stop(vm);
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(EngineOn, OfADomainThatStartsOnlyItsOwnSliceIsLookedAtOnceTheCoresAreClear) {
  const auto vm = World::domain("web", 2, "vnf");
  ASSERT_EQ(world.engine->prepare(vm), "");
  world.appear(World::scope(vm));
  std::vector<std::string> read;
  world.host.fail_read = [&](const std::string& path) {
    read.push_back(path);
    return 0;
  };
  world.engine->scope_appeared(vm.uuid, World::scope(vm));
  EXPECT_THAT(read, testing::Contains(testing::HasSubstr(World::scope(vm))));
  EXPECT_THAT(read, testing::Each(testing::Not(testing::HasSubstr("system.slice"))));
  // Where interrupts come to is looked at once after they were moved.
  read.clear();
  world.appear(World::scope(vm) + "/libvirt");
  world.engine->cgroups_appeared({World::scope(vm) + "/libvirt"});
  EXPECT_THAT(read, testing::Not(testing::IsEmpty()));
  EXPECT_THAT(read, testing::Each(testing::Not(testing::HasSubstr("proc/irq"))));
  world.host.fail_read = nullptr;
}

TEST_P(EngineOn, ANewKernelThreadHasItsMaskAgainAfterwardsAlsoWhereThatWasOnNoClaimedCore) {
  const auto vm = World::domain("web", 2, "vnf");
  world.start(vm, 1000);
  const CpuSet mask = CpuSet::range(3, 7) - cores_of(world, vm.uuid);
  world.host.add_kthread(40, "late", mask.to_list());
  world.engine->kernel_thread_appeared(40);
  EXPECT_EQ(world.host.mask_of(40), mask);
  world.stop(vm);
  EXPECT_EQ(world.host.mask_of(40), mask);
}

TEST_P(EngineOn, ANewKernelThreadIsKeptOffClaimedCoresWithoutALookAtAnyOther) {
  const auto vm = World::domain("web", 2, "vnf");
  world.start(vm, 1000);
  world.host.add_kthread(40, "late", "0-7");
  std::vector<std::string> read;
  world.host.fail_read = [&](const std::string& path) {
    read.push_back(path);
    return 0;
  };
  world.engine->kernel_thread_appeared(40);
  world.host.fail_read = nullptr;
  EXPECT_FALSE(world.host.mask_of(40).intersects(cores_of(world, vm.uuid)));
  EXPECT_THAT(read, testing::Each(testing::Not(testing::HasSubstr("system.slice"))));
  EXPECT_THAT(read, testing::Each(testing::Not(testing::HasSubstr("proc/30/"))));
}

TEST_P(EngineOn, AnInterruptThatCannotBeReadOnceMoreStaysInTheBooks) {
  const CpuSet mask = world.host.irq_mask(25);
  ASSERT_TRUE(world.engine->apply("irq-ban", {{"cores", "4-5"}}, nullptr, false));
  const CpuSet moved = world.host.irq_mask(25);
  const std::string file = "proc/irq/25/smp_affinity_list";
  static_cast<void>(world.host.write(file, mask.to_list()));
  int reads = 0;
  world.host.fail_read = [&](const std::string& path) { return path == file && ++reads > 1 ? EMFILE : 0; };
  world.engine->host_changed();
  world.host.fail_read = nullptr;
  ASSERT_GT(reads, 1);
  static_cast<void>(world.host.write(file, moved.to_list()));
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  EXPECT_EQ(world.host.irq_mask(25), mask);
}

TEST_P(EngineOn, AMaskThatAnAdminGaveAThreadOfADomainOutlivesTheStartOfAnother) {
  const auto vm = World::domain("web", 2, "vnf", {{"helpers", "2"}});
  world.start(vm, 1000);
  const CpuSet helpers = helpers_of(world, vm.uuid);
  ASSERT_GT(helpers.count(), 1U);
  ASSERT_TRUE(world.host.set_affinity(1000, CpuSet{helpers.first()}));
  world.engine->host_changed();
  const CpuSet by_hand{helpers.last()};
  ASSERT_TRUE(world.host.set_affinity(1000, by_hand));
  world.start(World::domain("db", 1, "vnf"), 2000);
  ASSERT_TRUE(world.engine->release(Subject::domain(vm.uuid), ""));
  EXPECT_EQ(world.host.mask_of(1000), by_hand);
}

TEST_P(EngineOn, AMaskThatAThreadOfADomainTookOutlivesTheStartAndTheEndOfAnother) {
  world.define("merging", "{ksm: {run: \"off\"}}");
  const auto vm = World::domain("web", 2, "merging");
  world.start(vm, 1000);
  ASSERT_TRUE(world.host.set_affinity(1001, CpuSet{1, 3, 5, 7}));
  const auto other = World::domain("db", 2, "vnf");
  world.start(other, 2000);
  EXPECT_EQ(world.host.mask_of(1001), CpuSet({1, 3, 5, 7}) - cores_of(world, other.uuid));
  world.stop(other);
  EXPECT_EQ(world.host.mask_of(1001), (CpuSet{1, 3, 5, 7}));
}

TEST_P(EngineOn, AnInterruptThatIsJustBeingMovedAndReadsAsBeforeIsNotTakenForSomebodyElses) {
  ASSERT_TRUE(world.engine->apply("irq-ban", {{"cores", "4-5"}}, nullptr, false));
  const std::string file = "proc/irq/25/smp_affinity_list";
  const std::string moved = world.host.irq_mask(25).to_list();
  int reads = 0;
  const auto write = [&](const std::string& text) { static_cast<void>(world.host.write(file, text)); };
  world.host.fail_read = [&](const std::string& path) {
    if (path == file) write(++reads == 1 ? "5" : moved);
    return 0;
  };
  world.notices.clear();
  world.engine->host_changed();
  world.host.fail_read = nullptr;
  EXPECT_GT(reads, 1);
  EXPECT_TRUE(world.notices.empty()) << world.notices.front();
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(EngineOn, ADomainIsConditionedWithoutTheHookToo) {
  const auto vm = World::domain("web", 2, "vnf");
  world.start(vm, 1000, false);
  EXPECT_EQ(world.host.mask_of(1001) | world.host.mask_of(1002), cores_of(world, vm.uuid));
  world.stop(vm);
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(EngineOn, AHotPluggedVcpuGetsACoreOfItsOwnAndTheOthersStayWhereTheyAre) {
  auto vm = World::domain("web", 2, "vnf");
  vm.vcpus = 4;
  world.start(vm, 1000);
  const CpuSet first = cores_of(world, vm.uuid);
  vm.current_vcpus = 3;
  EXPECT_FALSE(world.engine->is_plugged_in(vm.uuid, World::scope(vm) + "/libvirt/vcpu1"));
  EXPECT_TRUE(world.engine->is_plugged_in(vm.uuid, World::scope(vm) + "/libvirt/vcpu2"));
  world.appear(World::scope(vm) + "/libvirt/vcpu2", 1003, "CPU 2/KVM");
  world.engine->host_changed();
  EXPECT_TRUE(world.host.mask_of(1003).subset_of(first | helpers_of(world, vm.uuid))) << "until libvirt tells of it";
  world.engine->domain_running(vm);
  EXPECT_EQ(cores_of(world, vm.uuid).count(), 3U);
  EXPECT_EQ(world.host.mask_of(1001) | world.host.mask_of(1002), first);
  EXPECT_EQ(world.host.mask_of(1003), cores_of(world, vm.uuid) - first);
  EXPECT_FALSE(world.host.mask_of(500).intersects(cores_of(world, vm.uuid)));
  EXPECT_FALSE(world.host.mask_of(1000).intersects(cores_of(world, vm.uuid)));
  world.stop(vm);
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(EngineOn, AHotPluggedVcpuForWhichNoCoreIsFreeStaysOnThoseOfTheDomainAndStatusSaysSo) {
  auto vm = World::domain("web", 3, "vnf");
  const auto other = World::domain("other", 3, "vnf");
  world.start(vm, 1000);
  world.start(other, 2000);
  const CpuSet cores = cores_of(world, vm.uuid);
  vm.vcpus = vm.current_vcpus = 6;
  world.appear(World::scope(vm) + "/libvirt/vcpu3", 1004, "CPU 3/KVM");
  world.engine->domain_running(vm);
  EXPECT_EQ(cores_of(world, vm.uuid), cores);
  EXPECT_TRUE(world.host.mask_of(1004).subset_of(cores | helpers_of(world, vm.uuid)));
  std::vector<Residual> residuals;
  for (const auto& status : world.engine->status()) std::ranges::copy(status.residuals, std::back_inserter(residuals));
  EXPECT_THAT(residuals, testing::Contains(testing::Field(&Residual::what, "vCPU 3 has no core of its own")));
  world.stop(vm);
  world.stop(other);
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(EngineOn, AFileThatSomebodyElseWroteToIsPutRightAtOnce) {
  ASSERT_TRUE(world.engine->apply("cleaner-cores", {{"cores", "5-6"}}, nullptr, false));
  const std::string file = "sys/fs/cgroup/system.slice/cpuset.cpus";
  EXPECT_TRUE(world.engine->held_files().contains(file));
  ASSERT_TRUE(world.host.write(file, "0-7\n"));
  world.engine->file_written(file);
  EXPECT_FALSE(world.host.effective("system.slice").intersects(CpuSet{5, 6}));
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  EXPECT_TRUE(world.engine->held_files().empty());
}

TEST_P(EngineOn, AWriteThatChangedNothingCausesNoPass) {
  ASSERT_TRUE(world.engine->apply("cleaner-cores", {{"cores", "5-6"}}, nullptr, false));
  std::size_t reads = 0;
  world.host.fail_read = [&](const std::string&) { return ++reads, 0; };
  world.engine->file_written("sys/fs/cgroup/system.slice/cpuset.cpus");
  EXPECT_EQ(reads, 1U);
  world.engine->file_written("sys/fs/cgroup/system.slice/cpu.weight");
  EXPECT_EQ(reads, 1U);
}

TEST_P(EngineOn, SomebodyWhoSetsAKnobAgainAndAgainIsGivenUpAndNamedInStatus) {
  ASSERT_TRUE(world.engine->apply("cleaner-cores", {{"cores", "5-6"}}, nullptr, false));
  const std::string file = "sys/fs/cgroup/system.slice/cpuset.cpus";
  for (std::size_t round = 0; round < 2 * Fights::most_repairs; ++round) {
    ASSERT_TRUE(world.host.write(file, round % 2 == 0 ? "0-7\n" : "0-6\n"));
    world.engine->file_written(file);
  }
  EXPECT_EQ(
      std::ranges::count_if(world.records, [](const Record& record) { return record.knob.object == "system.slice"; }),
      1 + static_cast<std::ptrdiff_t>(Fights::most_repairs));
  EXPECT_EQ(std::ranges::count_if(
                world.notices,
                [](const auto& text) { return text.starts_with("cgroup:system.slice:cpus: somebody else sets it"); }),
            1);
  EXPECT_EQ(world.engine->status().front().state, "degraded");
  EXPECT_THAT(world.engine->status().front().problems, testing::Contains(testing::HasSubstr("system.slice:cpus")));
}

TEST_P(EngineOn, UntilAllVcpusAreConfinedTheWholeScopeKeepsToTheCores) {
  const auto vm = World::domain("web", 2, "vnf");
  ASSERT_EQ(world.engine->prepare(vm), "");
  world.host.add_cgroup(World::scope(vm));
  ASSERT_TRUE(world.engine->scope_appeared(vm.uuid, World::scope(vm)));
  world.host.add_cgroup(World::scope(vm) + "/libvirt");
  world.host.add_cgroup(World::scope(vm) + "/libvirt/vcpu0");
  world.engine->host_changed();
  EXPECT_EQ(world.host.effective(World::scope(vm)), cores_of(world, vm.uuid));
}

TEST_P(EngineOn, TwoDomainsStopInEitherOrderAndTheHostIsAsBefore) {
  const auto a = World::domain("a", 2, "vnf");
  const auto b = World::domain("b", 2, "vnf");
  for (const bool a_first : {true, false}) {
    world.start(a, 1000);
    world.start(b, 2000);
    EXPECT_FALSE(cores_of(world, a.uuid).intersects(cores_of(world, b.uuid)));
    world.stop(a_first ? a : b);
    world.stop(a_first ? b : a);
    EXPECT_EQ(world.host.state(), before);
  }
}

TEST_P(EngineOn, ClaimsOutliveTheDaemonAndGoWithDomainsThatDiedMeanwhile) {
  const auto a = World::domain("a", 2, "vnf");
  const auto b = World::domain("b", 2, "vnf");
  world.start(a, 1000);
  world.start(b, 2000);
  const auto conditioned = world.host.state();
  world.restart();
  EXPECT_EQ(world.host.state(), conditioned);
  world.host.remove_cgroup(World::scope(a));
  world.host.remove_cgroup(World::scope(b));
  world.restart();
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(EngineOn, ThreadsThatPinnedThemselvesMeanwhileKeepTheirMask) {
  const auto vm = World::domain("web", 2, "vnf", {{"cores", "2-3"}});
  world.start(vm, 1000);
  world.host.add_thread(600, "late", "system.slice/a.service", "4-5");
  world.stop(vm);
  EXPECT_EQ(world.host.mask_of(600), (CpuSet{4, 5}));
}

TEST_P(EngineOn, MasksThatTheKernelKeepsAreLeftToIt) {
  if (GetParam() == Kernel::overwrites_masks) GTEST_SKIP() << "this kernel keeps none";
  ASSERT_TRUE(world.engine->apply("cleaner-cores", {{"cores", "5-6"}}, nullptr, false));
  EXPECT_EQ(world.host.mask_of(501), CpuSet::range(2, 4));
  EXPECT_EQ(world.host.own_mask_of(501), CpuSet::range(2, 5)) << "what it asked for itself";
  world.host.add_thread(503, "child", "system.slice/a.service", world.host.own_mask_of(501).to_list());
  for (const auto& record : world.records) EXPECT_NE(record.knob.kind, KnobKind::thread_affinity) << record.knob.object;
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  EXPECT_EQ(world.host.mask_of(503), CpuSet::range(2, 5)) << "a child of it has what it would have had";
  world.host.remove_thread(503);
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(EngineOn, AThreadThatNoCpusetCarriesIsKeptOffByItsMask) {
  world.host.add_cgroup("odd.slice", false);
  world.host.add_thread(601, "stray", "odd.slice", "4-5");
  world.host.add_thread(602, "init", "", "4-5");
  const auto all = world.host.state();
  ASSERT_TRUE(world.engine->apply("cleaner-cores", {{"cores", "5-6"}}, nullptr, false));
  EXPECT_EQ(world.host.mask_of(601), CpuSet{4});
  EXPECT_EQ(world.host.mask_of(602), CpuSet{4});
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  EXPECT_EQ(world.host.state(), all);
}

TEST_P(EngineOn, AHostClassHandsItsCoresToADomainWithoutEverOpeningThem) {
  ASSERT_TRUE(world.engine->apply("cleaner-cores", {{"cores", "5-6"}}, nullptr, false));
  const auto cleared = world.host.state();
  world.host.after_write = [&] {
    for (const auto* path : {"init.scope", "system.slice", "user.slice"})
      EXPECT_FALSE(world.host.effective(path).intersects(CpuSet{5, 6})) << path;
  };
  const auto vm = World::domain("web", 2, "vnf");
  world.start(vm, 1000);
  EXPECT_EQ(cores_of(world, vm.uuid), (CpuSet{5, 6}));
  world.stop(vm);
  EXPECT_EQ(world.host.state(), cleared);
}

TEST_P(EngineOn, AnUntaggedDomainKeepsOffTheClearedCores) {
  const auto vm = World::domain("web", 2, "vnf");
  world.start(vm, 1000);
  const auto other = World::domain("other", 1, "");
  world.start(other, 2000);
  EXPECT_FALSE(world.host.mask_of(2000).intersects(cores_of(world, vm.uuid)));
  EXPECT_FALSE(world.host.mask_of(2001).intersects(cores_of(world, vm.uuid)));
  world.stop(vm);
  EXPECT_EQ(world.host.mask_of(2001), CpuSet::range(0, 7));
}

TEST_P(EngineOn, AChangedTagReconditionsARunningDomain) {
  auto vm = World::domain("web", 2, "cleaner-cores");
  world.start(vm, 1000);
  vm.tag = ConditioningTag{"vnf", {}};
  world.engine->domain_running(vm);
  EXPECT_EQ(world.engine->status().front().class_name, "vnf");
  EXPECT_EQ(world.host.mask_of(1000), helpers_of(world, vm.uuid));
  vm.tag.reset();
  world.engine->domain_running(vm);
  EXPECT_TRUE(world.engine->claims().empty());
  EXPECT_EQ(world.host.mask_of(1001), CpuSet::range(0, 7));
}

TEST_P(EngineOn, AReleasedDomainStaysReleasedUntilItsTagChanges) {
  auto vm = World::domain("web", 2, "vnf");
  world.start(vm, 1000);
  ASSERT_TRUE(world.engine->release(Subject::domain(vm.uuid), ""));
  world.engine->domain_running(vm);
  EXPECT_TRUE(world.engine->claims().empty());
  vm.tag->parameters["cores"] = "2-3";
  world.engine->domain_running(vm);
  EXPECT_EQ(cores_of(world, vm.uuid), (CpuSet{2, 3}));
}

TEST_P(EngineOn, ADomainThatFindsNoRoomStartsUnconditionedAndStatusSaysWhy) {
  const auto vm = World::domain("huge", 20, "vnf");
  EXPECT_EQ(world.engine->prepare(vm), "");
  ASSERT_EQ(world.engine->status().size(), 1U);
  EXPECT_EQ(world.engine->status().front().state, "failed");
  EXPECT_FALSE(world.engine->status().front().problems.front().empty());
  EXPECT_EQ(world.host.state(), before);
  EXPECT_FALSE(world.engine->verify(std::nullopt).holds());
}

/// A catalogue of these classes, each with its text after the summary.
Catalogue classes_of(const std::map<std::string, std::string>& texts) {
  const TemporaryDirectory folder;
  for (const auto& [name, text] : texts)
    folder.write(name + ".yaml", fmt::format("api: acdr/v1\nclass: {}\nsummary: A class\n{}", name, text));
  return Catalogue::load({folder.path()}, all_plugins().specs()).catalogue;
}

TEST_P(EngineOn, ADomainWhoseRequiredClassCannotBeMetDoesNotStart) {
  const std::string exact = "required: true\nparameters: {cores: {type: cpus}}\n";
  world.engine->replace_catalogue(
      classes_of({{"exact", exact + "conditionings: [cleaner-cores: {cores: '${cores}'}]\n"},
                  {"faulty", exact + "conditionings: [nonsense]\n"},
                  {"lax", "conditionings: [nonsense]\n"}}));
  auto vm = World::domain("web", 2, "exact");
  vm.tag->parameters["cores"] = "99";
  EXPECT_NE(world.engine->prepare(vm), "") << "no such CPU";
  vm.tag->parameters["cores"] = "some";
  EXPECT_NE(world.engine->prepare(vm), "") << "no CPUs at all";
  EXPECT_THAT(world.engine->prepare(World::domain("web", 2, "faulty")), testing::HasSubstr("'faulty' has a fault"));
  EXPECT_EQ(world.engine->prepare(World::domain("web", 2, "lax")), "");
  EXPECT_EQ(world.engine->status().front().state, "failed");
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(EngineOn, ShutdownGivesBackEverythingWhileDomainsRunOn) {
  const auto vm = World::domain("web", 2, "vnf");
  world.start(vm, 1000);
  ASSERT_TRUE(world.engine->release_all());
  EXPECT_EQ(world.host.mask_of(1001), CpuSet::range(0, 7));
  EXPECT_EQ(world.host.mask_of(501), CpuSet::range(2, 5));
  EXPECT_EQ(world.host.mask_of(30), CpuSet::range(0, 3));
  world.host.remove_cgroup(World::scope(vm));
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(EngineOn, AnInterruptThatTheKernelResetIsMovedAwayAgainAndRestored) {
  ASSERT_TRUE(world.engine->apply("irq-ban", {{"cores", "4-5"}}, nullptr, false));
  world.host.add_irq(25, "eth0-0", "0-3,6-7");  // request_irq gives it the default mask
  world.engine->devices_changed();
  world.host.add_irq(40, "new", "0-7");
  world.engine->devices_changed();
  EXPECT_FALSE(world.host.irq_mask(40).intersects(CpuSet{4, 5}));
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  EXPECT_EQ(world.host.irq_mask(40), CpuSet::range(0, 7));
  EXPECT_EQ(world.host.irq_mask(25), CpuSet{5});
}

TEST_P(EngineOn, ADeviceThatCameConcernsNoThreadAndNoCgroup) {
  ASSERT_TRUE(world.engine->apply("quiet-host", {{"cores", "4-5"}}, nullptr, false));
  std::vector<std::string> read;
  world.host.fail_read = [&](const std::string& path) {
    read.push_back(path);
    return 0;
  };
  world.host.add_irq(40, "new", "0-7");
  world.engine->devices_changed();
  EXPECT_FALSE(world.host.irq_mask(40).intersects(CpuSet{4, 5}));
  EXPECT_THAT(read, testing::Each(testing::Not(testing::HasSubstr("slice"))));
  world.host.fail_read = nullptr;
}

TEST_P(EngineOn, DevicesThatCameWhileNothingWasHeldAreSeenByTheNextClaim) {
  world.host.remove_irq(25);
  world.host.add_irq(25, "nvme0q1", "0-7", true);
  world.engine->devices_changed();
  ASSERT_TRUE(world.engine->apply("irq-ban", {{"cores", "4-5"}}, nullptr, false));
  const auto residuals = world.engine->status().front().residuals;
  EXPECT_THAT(residuals, testing::Contains(testing::Field(&Residual::what, testing::HasSubstr("nvme0q1"))));
}

TEST_P(EngineOn, ADomainWhoseScopeVanishedUnseenGoesWhenLibvirtTellsThatItHasStopped) {
  const auto vm = World::domain("web", 2, "vnf");
  world.start(vm, 1000);
  world.engine->domain_stopped(vm.uuid);
  EXPECT_EQ(world.engine->claims().size(), 1U) << "it was started again, and this comes late";
  world.host.remove_cgroup(World::scope(vm));
  world.engine->domain_stopped(vm.uuid);
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(EngineOn, AnInterruptThatCameMeanwhileGetsWhatTheKernelWouldHaveGivenIt) {
  ASSERT_TRUE(world.engine->apply("irq-ban", {{"cores", "4-5"}}, nullptr, false));
  world.host.request_irq(40, "new");
  world.host.add_file("proc/irq/41/node", "1");
  world.host.request_irq(41, "near", CpuSet::range(4, 7));
  world.engine->host_changed();
  EXPECT_EQ(world.host.irq_mask(41), CpuSet::range(6, 7));
  // The daemon knows it from its ledger, too.
  world.restart();
  // These came too late for a pass before the release.
  world.host.request_irq(42, "late");
  world.host.add_irq(43, "pinned", "1");
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  EXPECT_EQ(world.host.irq_mask(40), CpuSet::range(0, 7));
  EXPECT_EQ(world.host.irq_mask(41), CpuSet::range(4, 7));
  EXPECT_EQ(world.host.irq_mask(42), CpuSet::range(0, 7));
  EXPECT_EQ(world.host.irq_mask(43), CpuSet{1});
}

TEST_P(EngineOn, WhatSomebodyElseSetMeanwhileIsLeftAloneAtRelease) {
  ASSERT_TRUE(world.engine->apply("irq-ban", {{"cores", "4-5"}}, nullptr, false));
  world.host.add_irq(4, "ttyS0", "2");
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  EXPECT_EQ(world.host.irq_mask(4), CpuSet{2});
}

TEST_P(EngineOn, WorkQueuesWithAMaskOfTheirOwnAreLeftToTheMaskOfAllUnboundWork) {
  const auto mask = [&](const std::string& queue) {
    const auto text = world.host.read("sys/devices/virtual/workqueue/" + queue + "cpumask");
    return text ? CpuSet::parse_mask(*text).value() : CpuSet();
  };
  const CpuSet own = mask("writeback/");
  ASSERT_TRUE(own.contains(2));
  ASSERT_TRUE(world.engine->apply("cleaner-cores", {{"cores", "2-3"}}, nullptr, false));
  EXPECT_FALSE(mask("").intersects({2, 3}));
  EXPECT_EQ(mask("writeback/"), own);
}

TEST_P(EngineOn, ADomainWhoseScopeAppearedIsLookedAtOnceForEachOfItsTwoPasses) {
  const auto vm = World::domain("web", 2, "vnf");
  ASSERT_EQ(world.engine->prepare(vm), "");
  world.appear(World::scope(vm));
  world.appear(World::scope(vm) + "/libvirt");
  world.appear(World::scope(vm) + "/libvirt/emulator", 1000, "qemu");
  for (const unsigned vcpu : {0U, 1U})
    world.appear(fmt::format("{}/libvirt/vcpu{}", World::scope(vm), vcpu), 1001 + static_cast<int>(vcpu), "CPU");
  std::size_t looks = 0;
  world.host.fail_read = [&](const std::string& path) {
    if (path.ends_with("/libvirt/vcpu0/cgroup.threads")) ++looks;
    return 0;
  };
  world.engine->scope_appeared(vm.uuid, World::scope(vm));
  EXPECT_EQ(looks, 2U);
  world.host.fail_read = nullptr;
  world.stop(vm);
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(EngineOn, WhoseMaskAcdrItselfHasSetIsNotIdentifiedAnewByTheNextLook) {
  std::size_t identified = 0;
  world.host.fail_read = [&](const std::string& path) {
    if (path.ends_with("/stat")) ++identified;
    return 0;
  };
  ASSERT_TRUE(world.engine->apply("cleaner-cores", {{"cores", "2-3"}}, nullptr, false));
  const std::size_t by_writing = std::exchange(identified, 0);
  EXPECT_GT(by_writing, 0U);
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  EXPECT_EQ(identified, by_writing);
}

TEST_P(EngineOn, WhatSomebodyElseSetWhileTheDaemonWasDeadIsLeftAloneAtRelease) {
  ASSERT_TRUE(world.engine->apply("irq-ban", {{"cores", "4-5"}}, nullptr, false));
  world.engine->flush_ledger();
  world.host.add_irq(4, "ttyS0", "2");
  world.restart();
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  EXPECT_EQ(world.host.irq_mask(4), CpuSet{2});
}

TEST_P(EngineOn, ADaemonThatDiesBeforeItsLedgerIsFlushedKnowsTheWayBack) {
  ASSERT_TRUE(world.engine->apply("irq-ban", {{"cores", "4-5"}}, nullptr, false));
  world.restart();
  EXPECT_FALSE(world.host.irq_mask(4).intersects({4, 5}));
  ASSERT_TRUE(world.engine->release(Subject::host(), ""));
  world.restart();
  EXPECT_EQ(world.host.state(), before);
}

TEST_P(EngineOn, WrongInputIsRefusedAndChangesNothing) {
  const auto refused = [&](const Result<ClaimStatus>& result, ErrorKind kind) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind(), kind) << result.error().message();
    EXPECT_EQ(world.host.writes, 0U);
  };
  refused(world.engine->apply("no-such-class", {}, nullptr, false), ErrorKind::not_found);
  refused(world.engine->apply("cleaner-cores", {{"cores", "99-200"}}, nullptr, false), ErrorKind::usage);
  refused(world.engine->apply("cleaner-cores", {{"cores", "5-"}}, nullptr, false), ErrorKind::usage);
  refused(world.engine->apply("cleaner-cores", {{"colour", "red"}}, nullptr, false), ErrorKind::usage);
  EXPECT_EQ(world.engine->release(Subject::host(), "").error().kind(), ErrorKind::not_found);
}

TEST_P(EngineOn, WhicheverWriteFailsTheHostIsTheBaselineOrConditioned) {
  world.start(World::domain("trial", 2, "vnf"), 1000);
  const std::size_t total = world.host.writes;
  for (std::size_t failing = 1; failing <= total; ++failing) {
    World trial(GetParam());
    std::size_t count = 0;
    trial.host.fail_write = [&](const std::string&) { return ++count == failing ? EBUSY : 0; };
    trial.start(World::domain("trial", 2, "vnf"), 1000);
    trial.host.fail_write = nullptr;
    trial.stop(World::domain("trial", 2, "vnf"));
    EXPECT_EQ(trial.host.state(), before) << "write " << failing;
    if (trial.host.state() != before)
      for (const auto& record : trial.records)
        std::cerr << record.knob.to_string() << ": " << to_text(record.from) << " -> " << to_text(record.to) << " = "
                  << record.result_text() << " " << record.why.to_string() << " " << record.error << "\n";
  }
}

bool isolated(World& world, const std::string& cgroup) {
  return world.host.read("sys/fs/cgroup/" + cgroup + "/cpuset.cpus.partition").value() == "isolated\n";
}

TEST(EngineOnPartitions, OnesThatACgroupBesideThemMadeInvalidAreMadeAnewAndKernelThreadsKeepOffTheCores) {
  World world(Kernel::has_partitions);
  const auto before = world.host.state();
  const auto vm = World::domain("web", 2, "vnf");
  world.start(vm, 1000);
  const std::string cgroup = World::scope(vm) + "/libvirt/iothread1";
  world.appear(cgroup, 1010, "IO iothread1");
  ASSERT_TRUE(world.host.write("sys/fs/cgroup/" + cgroup + "/cpuset.cpus", "0-7"));
  ASSERT_FALSE(isolated(world, World::scope(vm) + "/libvirt/vcpu0"));
  ASSERT_TRUE(world.host.mask_of(30).intersects(cores_of(world, vm.uuid)));
  world.engine->cgroups_appeared({cgroup});
  EXPECT_TRUE(isolated(world, World::scope(vm) + "/libvirt/vcpu0"));
  for (const auto& item : world.engine->verify(std::nullopt).items) EXPECT_TRUE(item.holds) << item.what << item.detail;
  world.stop(vm);
  EXPECT_EQ(world.host.state(), before);
}

TEST(EngineOnPartitions, EachVcpuWithACoreOfItsOwnIsAnIsolatedPartition) {
  World world(Kernel::has_partitions);
  const auto before = world.host.state();
  const auto vm = World::domain("web", 2, "vnf");
  world.start(vm, 1000);
  EXPECT_TRUE(isolated(world, World::scope(vm) + "/libvirt/vcpu0"));
  EXPECT_TRUE(isolated(world, World::scope(vm) + "/libvirt/vcpu1"));
  EXPECT_FALSE(world.host.effective("").intersects(cores_of(world, vm.uuid)));
  ASSERT_TRUE(world.engine->release(Subject::domain(vm.uuid), ""));
  EXPECT_FALSE(isolated(world, World::scope(vm) + "/libvirt/vcpu0"));
  EXPECT_EQ(world.host.mask_of(1001), CpuSet::range(0, 7));
  world.stop(vm);
  EXPECT_EQ(world.host.state(), before);
}

TEST(EngineOnPartitions, VcpusThatShareCoresKeepTheirLoadBalancing) {
  World world(Kernel::has_partitions);
  const auto vm = World::domain("web", 2, "cleaner-cores");
  world.start(vm, 1000);
  EXPECT_FALSE(isolated(world, World::scope(vm) + "/libvirt/vcpu0"));
}

TEST(EngineOnPartitions, APartitionTheKernelCallsInvalidIsNamedAndTheExclusionHolds) {
  World world(Kernel::has_partitions);
  const auto vm = World::domain("web", 2, "vnf");
  world.host.fail_write = [](const std::string& path) {
    return path.ends_with("machine.slice/cpuset.cpus.exclusive") ? EBUSY : 0;
  };
  world.start(vm, 1000);
  EXPECT_FALSE(isolated(world, World::scope(vm) + "/libvirt/vcpu0"));
  const auto status = world.engine->status();
  ASSERT_EQ(status.size(), 1U);
  EXPECT_TRUE(std::ranges::any_of(status[0].residuals, [](const auto& residual) {
    return residual.reason.find("isolated invalid") != std::string::npos;
  }));
  EXPECT_FALSE(world.host.mask_of(500).intersects(cores_of(world, vm.uuid)));
}

}  // namespace
}  // namespace acdr::test
