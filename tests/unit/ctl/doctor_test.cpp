// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>

#include "ctl/doctor/checks.hpp"
#include "unit/ctl/support.hpp"

namespace acdr::test {
namespace {

using namespace ctl;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

/// A host on which nothing is to be said.
HostFacts sound() {
  HostFacts facts;
  facts.host.topology.online = {0, 1};
  facts.host.topology.cores = {{.cpus = {0}}, {.cpus = {1}}};
  facts.host.topology.nodes = {{.id = 0, .cpus = {0, 1}}};
  facts.host.memory[0].huge_pages[Bytes{2U << 20}] = {};
  facts.host.kvm_module = "kvm_intel";
  facts.host.cgroups["system.slice"].has_cpuset = true;
  facts.kernel = "6.12.5-amd64";
  facts.systemd = true;
  facts.cgroups = Cgroups::v2;
  facts.cpuset = true;
  facts.processes = {"systemd", "acdrd"};
  facts.libvirt_socket = facts.hook = facts.polkit = facts.kvm_device = true;
  facts.kvm_nested = "Y";
  return facts;
}

std::vector<Finding> remarks(const HostFacts& facts) {
  auto findings = examine(facts);
  std::erase_if(findings, [](const Finding& finding) { return finding.grade == Grade::ok; });
  return findings;
}

/// The one finding that is not ok.
Finding only_remark(const HostFacts& facts) {
  const auto found = remarks(facts);
  EXPECT_EQ(found.size(), 1U) << doctor_report(found);
  return found.empty() ? Finding{} : found.front();
}

TEST(Doctor, HasNothingToSayOfASoundHost) {
  EXPECT_THAT(remarks(sound()), IsEmpty());
  EXPECT_EQ(doctor_report(examine(sound())).at("works"), true);
}

TEST(Doctor, CgroupsOfVersionOneAreToBeFixed) {
  for (const auto cgroups : {Cgroups::none, Cgroups::v1, Cgroups::hybrid}) {
    auto facts = sound();
    facts.cgroups = cgroups;
    EXPECT_EQ(only_remark(facts).grade, Grade::fix);
    EXPECT_EQ(doctor_report(examine(facts)).at("works"), false);
  }
  auto facts = sound();
  facts.cpuset = false;
  EXPECT_THAT(only_remark(facts).text, HasSubstr("without the cpuset controller"));
}

TEST(Doctor, ACpusetControllerThatIsOffMattersWhileTheDaemonRuns) {
  auto facts = sound();
  facts.host.cgroups["system.slice"].has_cpuset = false;
  EXPECT_EQ(only_remark(facts).grade, Grade::fix);
  facts.processes.erase("acdrd");
  EXPECT_EQ(only_remark(facts).topic, "acdrd");
}

TEST(Doctor, NamesWhatOlderKernelsLack) {
  const auto text = [](const std::string& release) {
    auto facts = sound();
    facts.kernel = release;
    return only_remark(facts).text;
  };
  EXPECT_EQ(text("6.7.0"), "6.7.0, no time slices for single tasks (6.12)");
  EXPECT_THAT(text("6.2"), HasSubstr("(6.7)"));
  EXPECT_THAT(text("6.1.0-18-amd64"), HasSubstr("(6.2)"));
  EXPECT_THAT(text("5.10.1"), HasSubstr("(6.2)"));
  EXPECT_THAT(text(""), HasSubstr("could not be seen"));
  auto facts = sound();
  facts.kernel = "7.0.0";
  EXPECT_THAT(remarks(facts), IsEmpty());
}

TEST(Doctor, AnIrqbalanceThatCannotBeToldIsToBeFixed) {
  auto facts = sound();
  facts.processes.insert("irqbalance");
  EXPECT_THAT(only_remark(facts).text, HasSubstr("without a socket"));
  facts.host.irqbalance = "12";
  facts.irqbalance_answer = failure(ErrorKind::failed, "connecting: no");
  EXPECT_EQ(only_remark(facts).grade, Grade::fix);
  facts.irqbalance_answer = Status();
  EXPECT_THAT(remarks(facts), IsEmpty());
}

TEST(Doctor, SaysWhatOnlyRootCanSee) {
  auto facts = sound();
  facts.processes.insert("irqbalance");
  facts.root = false;
  const auto found = remarks(facts);
  ASSERT_EQ(found.size(), 2U);
  for (const auto& finding : found) {
    EXPECT_EQ(finding.grade, Grade::note);
    EXPECT_THAT(finding.text, HasSubstr("only root can see"));
  }
}

TEST(Doctor, OthersThatPlaceTasksAreToBeFixed) {
  auto facts = sound();
  facts.processes.insert("numad");
  EXPECT_EQ(only_remark(facts).command, "systemctl disable --now numad.service");
  facts = sound();
  facts.processes.insert("tuned");
  facts.tuned_profile = "realtime-virtual-host";
  EXPECT_EQ(only_remark(facts).grade, Grade::note);
  facts.tuned_cores = "isolated_cores=2-5";
  EXPECT_EQ(only_remark(facts).grade, Grade::fix);
  facts = sound();
  facts.processes.insert("ksmtuned");
  EXPECT_EQ(only_remark(facts).grade, Grade::note);
}

TEST(Doctor, CountsTheInterruptsInUseThatCannotBeMoved) {
  auto facts = sound();
  const IrqState fixed{.number = 1, .actions = {"a"}, .affinity = {}, .effective = {}, .mobility = IrqMobility::fixed};
  IrqState idle = fixed, movable = fixed;
  idle.actions.clear();
  movable.mobility = IrqMobility::movable;
  facts.host.irqs = {fixed, idle, movable};
  EXPECT_THAT(only_remark(facts).text, HasSubstr("1 of those in use cannot be moved"));
}

TEST(Doctor, WhatIsMissingAndNotNeededIsANote) {
  auto facts = sound();
  facts.hook = facts.polkit = facts.libvirt_socket = facts.kvm_device = false;
  facts.host.kvm_module.clear();
  facts.cache_control_supported = true;
  facts.host.memory[0].huge_pages[Bytes{std::uint64_t{1} << 30}] = {};
  const auto found = remarks(facts);
  EXPECT_EQ(found.size(), 6U) << doctor_report(found);
  for (const auto& finding : found) {
    EXPECT_EQ(finding.grade, Grade::note) << finding.text;
    EXPECT_NE(finding.command, "") << finding.text;
  }
  EXPECT_EQ(doctor_report(found).at("works"), true);
}

/// A recorded host with what decides, and little else.
class RecordedDoctor : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* list : {"online", "possible", "present"})
      host.write(std::string("sys/devices/system/cpu/") + list, "0-1\n");
    for (const char* cpu : {"0", "1"})
      host.write(fmt::format("sys/devices/system/cpu/cpu{}/topology/core_id", cpu), fmt::format("{}\n", cpu));
    host.write("sys/fs/cgroup/cgroup.controllers", "cpuset cpu memory\n");
    host.write("proc/sys/kernel/osrelease", "6.12.1\n");
    host.write("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu cat_l3 mba\n");
    host.write("run/systemd/system/unit", "");
    process(10, "tuned");
  }
  void process(int pid, const std::string& name) const {
    host.write(fmt::format("proc/{}/stat", pid),
               fmt::format("{} ({}) S 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 100 0", pid, name));
  }
  TemporaryDirectory host;
};

TEST_F(RecordedDoctor, ReadsWhatDecides) {
  host.write("etc/tuned/active_profile", "mine\n");
  host.write("etc/tuned/mine/tuned.conf", "[main]\nsummary=x\ninclude = realtime\n");
  host.write("usr/lib/tuned/realtime/tuned.conf", "[main]\n[scheduler]\nisolated_cores = 1\n");
  host.write("proc/mounts",
             "none /dev/hugepages hugetlbfs rw,pagesize=1024M 0 0\nresctrl /sys/fs/resctrl resctrl rw 0 0\n");
  const auto facts = read_facts(host.path());
  ASSERT_TRUE(facts) << facts.error().message();
  EXPECT_EQ(facts->kernel, "6.12.1");
  EXPECT_EQ(facts->cgroups, Cgroups::v2);
  EXPECT_TRUE(facts->cpuset);
  EXPECT_TRUE(facts->processes.contains("tuned"));
  EXPECT_EQ(facts->tuned_cores, "isolated_cores=1");
  EXPECT_TRUE(facts->cache_control_supported);
  EXPECT_TRUE(facts->cache_control_mounted);
  EXPECT_THAT(facts->huge_page_mounts, testing::ElementsAre("rw,pagesize=1024M"));
  EXPECT_FALSE(facts->live);
}

TEST_F(RecordedDoctor, ProfilesThatIncludeEachOtherComeToAnEnd) {
  host.write("etc/tuned/active_profile", "a\n");
  host.write("etc/tuned/a/tuned.conf", "[main]\ninclude=b\n");
  host.write("etc/tuned/b/tuned.conf", "[main]\ninclude=a\n");
  EXPECT_EQ(read_facts(host.path()).value().tuned_cores, "");
}

TEST_F(RecordedDoctor, EndsWithZeroOnlyIfNothingIsToBeFixed) {
  const auto good = acdrctl({"doctor", "--host-root", host.path()});
  EXPECT_EQ(good.code, 0) << good.out << good.err;
  EXPECT_THAT(good.out, HasSubstr("ok    cgroups     version 2, with the cpuset controller\n"));
  EXPECT_THAT(good.out, HasSubstr("note  TuneD"));
  EXPECT_THAT(good.out, HasSubstr("Nothing stands in acdr's way.\n"));
  EXPECT_EQ(acdrctl({"doctor", "--quiet", "--host-root", host.path()}).out, "");
  process(11, "numad");
  const auto bad = acdrctl({"doctor", "--host-root", host.path()});
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.out, HasSubstr("1 thing is to be fixed.\n"));
  EXPECT_EQ(acdrctl({"doctor", "--quiet", "--host-root", host.path()}).out,
            "fix  numad  it runs, and moves domains between nodes\n"
            "              systemctl disable --now numad.service\n");
  const auto report = json::parse(acdrctl({"doctor", "--json", "--host-root", host.path()}).out);
  EXPECT_EQ(report.at("works"), false);
}

TEST_F(RecordedDoctor, ADirectoryThatIsNoHostIsNotFound) {
  EXPECT_EQ(acdrctl({"doctor", "--host-root", host.file("proc")}).code, 3);
}

TEST(Doctor, ExaminesThisMachineWithoutTheDaemon) {
  const Environment no_bus("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent");
  const auto outcome = acdrctl({"doctor", "--json"});
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(json::parse(outcome.out).at("works"), outcome.code == 0);
}

}  // namespace
}  // namespace acdr::test
