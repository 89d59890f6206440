// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/gather/gather.hpp"

#include <nlohmann/json.hpp>

#include "ctl/gather/recorder.hpp"
#include "ctl/program.hpp"
#include "engine/ledger.hpp"
#include "support/source_folder.hpp"
#include "unit/ctl/support.hpp"

namespace acdr::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// A host of four CPUs with a NIC, an interrupt that the kernel manages, a domain and a service.
class GatherTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* list : {"online", "possible", "present"})
      host.write(std::string("sys/devices/system/cpu/") + list, "0-3\n");
    for (unsigned cpu = 0; cpu < 4; ++cpu) {
      const std::string folder = fmt::format("sys/devices/system/cpu/cpu{}/topology/", cpu);
      host.write(folder + "core_id", fmt::format("{}\n", cpu));
      host.write(folder + "physical_package_id", "0\n");
      host.write(fmt::format("sys/devices/system/cpu/cpu{}/cpuidle/state0/name", cpu), "POLL\n");
    }
    host.write("sys/devices/system/node/node0/cpulist", "0-3\n");
    host.write("sys/devices/system/node/node0/meminfo", "Node 0 MemTotal: 4096 kB\nNode 0 MemFree: 1024 kB\n");
    host.write("proc/cmdline", "quiet\n");
    host.write("proc/mounts", "srv:/secret /mnt nfs rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
    irq(10, "0-3", "eth0-rx-0");
    irq(11, "2", "nvme0q1");
    fs::permissions(host.file("proc/irq/11/smp_affinity_list"), fs::perms::owner_read);
    host.write("proc/irq/default_smp_affinity", "f\n");
    host.write("sys/fs/cgroup/cgroup.controllers", "cpuset cpu\n");
    for (const char* cgroup : {"", "system.slice/", "machine.slice/"}) {
      const std::string folder = std::string("sys/fs/cgroup/") + cgroup;
      host.write(folder + "cgroup.threads", *cgroup == 's' ? "100\n" : "");
      host.write(folder + "cpuset.cpus.effective", "0-3\n");
      if (*cgroup != '\0') host.write(folder + "cpuset.cpus", "\n");
    }
    host.write("proc/100/stat", "100 (server) S 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 100 0");
    host.write("proc/100/status", "Name:\tserver\nUid:\t1000\nCpus_allowed_list:\t0-3\n");
    host.write("proc/100/cmdline", "server --password=sesame");
    host.write("proc/100/environ", "PASSWORD=sesame");
    host.write("sys/bus/pci/devices/0000:21:00.0/numa_node", "0\n");
    host.write("configuration/acdr.yaml", "housekeeping: {cpus: 0}\n");
    host.write("configuration/classes.d/mine.yaml", "class: mine\n");
    recording = {host.path(), copy.file("acdr-kvm7"), host.file("run/acdr"), host.file("configuration")};
    fs::create_directory(recording.target);
  }
  void irq(unsigned number, const std::string& cpus, const std::string& action) const {
    const std::string folder = fmt::format("proc/irq/{}/", number);
    host.write(folder + "smp_affinity_list", cpus + "\n");
    host.write(folder + "effective_affinity_list", cpus + "\n");
    fs::create_directories(host.file(folder + action));
  }
  std::string plan_on(const std::string& root) const {
    const auto outcome = acdrctl({"plan", "cleaner-cores", "host", "--param", "cores=2-3", "--host-root", root});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.out;
  }

  const Environment classes{"ACDR_CLASS_PATH", source_folder() / "classes"};
  TemporaryDirectory host, copy;
  ctl::Recording recording;
};

TEST_F(GatherTest, APlanOnTheRecordingIsThePlanOnTheHost) {
  ASSERT_TRUE(ctl::record_host(recording));
  const std::string plan = plan_on(host.path());
  EXPECT_THAT(plan, HasSubstr("cgroup:system.slice:cpus"));
  EXPECT_EQ(plan_on(recording.target), plan);
  for (const char* verb : {"topology", "doctor"})
    EXPECT_EQ(acdrctl({verb, "--host-root", recording.target}).out, acdrctl({verb, "--host-root", host.path()}).out);
  const auto ban = [](const std::string& root) {
    return acdrctl({"plan", "irq-ban", "host", "--param", "cores=2-3", "--host-root", root}).out;
  };
  EXPECT_THAT(ban(recording.target), HasSubstr("IRQ 11"));
  EXPECT_EQ(ban(recording.target), ban(host.path()));
}

TEST_F(GatherTest, NothingOfTheProcessesGoesAlongButNamesAndCpus) {
  ASSERT_TRUE(ctl::record_host(recording));
  EXPECT_EQ(text_of(recording.target / "proc/100/status"), "Pid:\t100\nCpus_allowed_list:\t0-3\n");
  EXPECT_THAT(text_of(recording.target / "proc/100/stat"), HasSubstr("(server)"));
  for (const auto& entry : fs::recursive_directory_iterator(recording.target))
    if (entry.is_regular_file()) {
      EXPECT_THAT(text_of(entry.path()), Not(HasSubstr("sesame"))) << entry.path();
      EXPECT_THAT(text_of(entry.path()), Not(HasSubstr("secret"))) << entry.path();
    }
  EXPECT_FALSE(fs::exists(recording.target / "sys/devices/system/cpu/cpu0/cpuidle"));
}

TEST_F(GatherTest, ConfigurationAndFindingsGoAlong) {
  const auto left_out = ctl::record_host(recording);
  ASSERT_TRUE(left_out) << left_out.error().message();
  EXPECT_THAT(*left_out, Contains("the ledger: there is none"));
  EXPECT_THAT(*left_out, Contains("status and log: acdrd does not run"));
  EXPECT_EQ(text_of(recording.target / "acdr/configuration/classes.d/mine.yaml"), "class: mine\n");
  EXPECT_EQ(text_of(recording.target / "sys/bus/pci/devices/0000:21:00.0/numa_node"), "0\n");
  EXPECT_TRUE(json::parse(text_of(recording.target / "acdr/doctor.json")).contains("works"));
}

TEST_F(GatherTest, ALedgerGoesAlongAsADatabaseOfItsOwn) {
  fs::create_directories(recording.run);
  {
    ASSERT_TRUE(Ledger::open(recording.run / "ledger.db", "this boot"));
  }
  ASSERT_TRUE(ctl::record_host(recording));
  const auto copied = Ledger::open(recording.target / "acdr/ledger.db", "this boot");
  ASSERT_TRUE(copied) << copied.error().message();
  EXPECT_EQ(copied->recovered(), "");
}

TEST_F(GatherTest, IsPackedIntoANewFileForItsOwnerOnly) {
  ASSERT_TRUE(ctl::record_host(recording));
  const std::string file = host.file("report.tar.gz");
  ASSERT_TRUE(ctl::pack(copy.path(), "acdr-kvm7", file));
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_FALSE(ctl::pack(copy.path(), "acdr-kvm7", file)) << "a file that is there is not replaced";
  const TemporaryDirectory unpacked;
  ASSERT_EQ(ctl::run_program({"tar", "-xf", file, "-C", unpacked.path()}), 0);
  EXPECT_EQ(plan_on(unpacked.file("acdr-kvm7")), plan_on(host.path()));
}

TEST_F(GatherTest, WhatCannotBePackedLeavesNoFile) {
  const auto odd = ctl::pack(copy.path(), "acdr-kvm7", host.file("report.rar"));
  ASSERT_FALSE(odd);
  EXPECT_EQ(odd.error().kind(), ErrorKind::usage);
  EXPECT_FALSE(ctl::pack(copy.path(), "missing", host.file("report.tar.gz")));
  EXPECT_FALSE(fs::exists(host.file("report.tar.gz")));
}

TEST_F(GatherTest, TheRecorderChangesNothing) {
  const auto source = recorded_access(host.path());
  ctl::Recorder recorder(*source, recording.target);
  EXPECT_FALSE(recorder.write("proc/irq/10/smp_affinity_list", "1"));
  EXPECT_FALSE(recorder.set_affinity(100, {1}));
  EXPECT_FALSE(recorder.set_scheduling(100, {}));
  EXPECT_FALSE(recorder.ask_irqbalance("run/irqbalance/irqbalance1.sock", "settings cpus 1"));
}

TEST_F(GatherTest, WhatWasReadFirstIsWhatIsRecorded) {
  const auto source = recorded_access(host.path());
  const ctl::Recorder recorder(*source, recording.target);
  (void)recorder.read("proc/cmdline");
  host.write("proc/cmdline", "later\n");
  (void)recorder.read("proc/cmdline");
  EXPECT_EQ(text_of(recording.target / "proc/cmdline"), "quiet\n");
  EXPECT_TRUE(recorder.fault());
}

}  // namespace
}  // namespace acdr::test
