// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/local.hpp"

#include <nlohmann/json.hpp>

#include "support/recorded_machines.hpp"
#include "support/source_folder.hpp"
#include "unit/ctl/support.hpp"

namespace acdr::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string domain_xml = source_folder() / "tests/unit/libvirt/domains/gateway.xml";

/// The shipped classes, and no daemon anywhere.
class LocalTest : public testing::Test {
 protected:
  const Environment classes{"ACDR_CLASS_PATH", source_folder() / "classes"};
  const Environment no_bus{"DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent"};
  TemporaryDirectory directory;
};

TEST_F(LocalTest, ClassDirectoriesComeFromTheEnvironmentOrAreTheInstalledOnes) {
  {
    const Environment path("ACDR_CLASS_PATH", "/a::/b c:");
    EXPECT_THAT(ctl::class_directories(), ElementsAre("/a", "/b c"));
    EXPECT_TRUE(ctl::class_directories_are_given());
  }
  const Environment none("ACDR_CLASS_PATH", "");
  EXPECT_THAT(ctl::class_directories(), ElementsAre("/usr/share/acdr/classes", "/etc/acdr/classes.d"));
  EXPECT_FALSE(ctl::class_directories_are_given());
}

TEST_F(LocalTest, ListsAndShowsClasses) {
  const auto list = acdrctl({"class", "list", "--json"});
  ASSERT_EQ(list.code, 0) << list.err;
  EXPECT_FALSE(json::parse(list.out).at("classes").empty());
  EXPECT_THAT(acdrctl({"class", "list", "--names"}).out, HasSubstr("vnf\n"));
  const auto show = acdrctl({"class", "show", "cleaner-cores", "--param", "cores=2-3", "--json"});
  ASSERT_EQ(show.code, 0) << show.err;
  EXPECT_EQ(json::parse(show.out).at("name"), "cleaner-cores");
  EXPECT_THAT(acdrctl({"class", "show", "vnf"}).out, HasSubstr("classes/irq-ban.yaml:"));
}

TEST_F(LocalTest, ClassErrorsHaveTheirExitCodes) {
  const auto unknown = acdrctl({"class", "show", "vfn"});
  EXPECT_EQ(unknown.code, 3);
  expect_complaint(unknown, "vfn");
  const auto wrong = acdrctl({"class", "show", "cleaner-cores", "--param", "cores=x-y"});
  EXPECT_EQ(wrong.code, 2);
  expect_complaint(wrong, "x-y");
}

TEST_F(LocalTest, ChecksClassFiles) {
  const auto good = directory.write("quiet.yaml", "api: acdr/v1\nclass: quiet\nsummary: Quiet\ninclude: [irq-ban]\n");
  const auto sound = acdrctl({"class", "check", good});
  EXPECT_EQ(sound.code, 0) << sound.out << sound.err;
  EXPECT_THAT(sound.out, HasSubstr("sound"));
  const auto bad = directory.write("bad.yaml", "api: acdr/v1\nclass: bad\nsummary: Bad\nbogus: 1\n");
  const auto faulty = acdrctl({"class", "check", bad});
  EXPECT_EQ(faulty.code, 1);
  EXPECT_THAT(faulty.out, HasSubstr(bad.string() + ":4:1: "));
  expect_complaint(faulty, "in the classes");
  EXPECT_EQ(acdrctl({"class", "check", directory.file("missing.yaml")}).code, 1);
}

TEST_F(LocalTest, FaultyClassesAreNotUsed) {
  directory.write("bad.yaml", "bogus: 1\n");
  const Environment path("ACDR_CLASS_PATH", directory.path());
  const auto outcome = acdrctl({"class", "list"});
  EXPECT_EQ(outcome.code, 2);
  expect_complaint(outcome, directory.file("bad.yaml") + ":1:");
}

TEST_F(LocalTest, PrintsASchema) {
  const auto schema = acdrctl({"class", "schema"});
  ASSERT_EQ(schema.code, 0);
  EXPECT_TRUE(json::parse(schema.out).contains("$schema"));
}

TEST_F(LocalTest, SaysThatADirectoryIsNoHostRoot) {
  for (const std::string& root : {directory.path().string(), directory.file("missing"), std::string("/dev/null")}) {
    const auto topology = acdrctl({"topology", "--host-root", root});
    EXPECT_EQ(topology.code, 3) << root;
    expect_complaint(topology, root + " is not a host root");
    const auto plan = acdrctl({"plan", "vnf", "host", "--host-root", root});
    EXPECT_EQ(plan.code, 3) << root;
    expect_complaint(plan, root + " is not a host root");
  }
}

TEST_F(LocalTest, ARecordedMachineKnowsNoDomainsByName) {
  const auto outcome = acdrctl({"plan", "vnf", "web1", "--host-root", "/"});
  EXPECT_EQ(outcome.code, 2);
  expect_complaint(outcome, "the subject is host, or a file NAME.xml");
  EXPECT_EQ(acdrctl({"plan", "vnf", directory.file("missing.xml"), "--host-root", "/"}).code, 3);
  const auto no_domain = acdrctl({"plan", "vnf", directory.write("x.xml", "<network/>"), "--host-root", "/"});
  EXPECT_EQ(no_domain.code, 2);
  expect_complaint(no_domain, directory.file("x.xml"));
  directory.write("directory.xml/file", "");
  EXPECT_EQ(acdrctl({"plan", "vnf", directory.file("directory.xml"), "--host-root", "/"}).code, 1);
}

/// A plan is an answer or a refusal on every machine, and always of the documented shape.
TEST_F(LocalTest, PlansEveryClassForEveryRecordedMachine) {
  const auto names = RecordedMachines::names();
  if (names.empty()) GTEST_SKIP() << RecordedMachines::missing();
  std::size_t planned = 0;
  for (const auto& name : names) {
    const auto root = RecordedMachines::instance().root(name);
    ASSERT_TRUE(root) << name;
    for (const std::string class_name : {"cleaner-cores", "irq-ban", "dedicated-cores", "emulator-isolation", "vnf"})
      for (const std::string& subject : {std::string("host"), domain_xml}) {
        SCOPED_TRACE(name + " " + class_name + " " + subject);
        const auto outcome = acdrctl({"plan", class_name, subject, "--host-root", root->string(), "--json"});
        if (outcome.code == 4) continue;  // no room for it there
        ASSERT_EQ(outcome.code, 0) << outcome.err;
        const json plan = json::parse(outcome.out);
        for (const char* member : {"subject", "name", "class", "allocation", "changes", "residuals"})
          EXPECT_TRUE(plan.contains(member)) << member;
        EXPECT_EQ(acdrctl({"plan", class_name, subject, "--host-root", root->string()}).code, 0);
        ++planned;
      }
    EXPECT_EQ(acdrctl({"topology", "--host-root", root->string()}).code, 0) << name;
    EXPECT_EQ(acdrctl({"topology", "--json", "--host-root", root->string()}).code, 0) << name;
  }
  EXPECT_GT(planned, names.size() * 5);
}

TEST_F(LocalTest, APlanLeavesNothingBehind) {
  const auto machine = RecordedMachines::instance().root("2arm-2c");
  if (!machine) GTEST_SKIP() << RecordedMachines::missing();
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory.path());
  EXPECT_EQ(acdrctl({"plan", "cleaner-cores", "host", "--host-root", machine->string()}).code, 0);
  std::filesystem::current_path(before);
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

}  // namespace
}  // namespace acdr::test
