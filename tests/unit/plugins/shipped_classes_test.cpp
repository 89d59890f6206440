// SPDX-License-Identifier: GPL-2.0-or-later
// The classes that are installed with acdr, in classes/ at the top.
#include "plugins/registry.hpp"
#include "support/class_texts.hpp"
#include "support/source_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace acdr::test {
namespace {

using testing::HasSubstr;

const std::vector<ConditioningSpec>& known() {
  static const auto specs = all_plugins().specs();
  return specs;
}
const std::filesystem::path directory = source_folder() / "classes";

std::string resolve(std::string_view name, const std::map<std::string, std::string>& given = {}) {
  const auto load = Catalogue::load({directory}, known());
  EXPECT_EQ(lines(load.diagnostics, directory), "");
  const auto resolved = load.catalogue.resolve(name, given);
  return resolved ? describe(*resolved) : "error: " + resolved.error().message();
}

TEST(ShippedClasses, LoadWithoutAFault) {
  const auto load = Catalogue::load({directory}, known());
  EXPECT_EQ(lines(load.diagnostics, directory), "");
  std::vector<std::string> names;
  for (const auto& one : load.catalogue.list()) names.push_back(one.name);
  EXPECT_THAT(names, testing::ElementsAre("balanced", "cleaner-cores", "dedicated-cores", "emulator-isolation",
                                          "hugepages", "irq-ban", "latency", "nested", "quiet-host", "realtime",
                                          "strict-numa", "throughput", "vnf"));
}

TEST(ShippedClasses, HaveASummaryAndAHelpTextForEveryParameter) {
  const auto load = Catalogue::load({directory}, known());
  for (const auto& one : load.catalogue.list()) {
    EXPECT_NE(one.summary, "");
    const auto parameters = load.catalogue.parameters(one.name);
    ASSERT_TRUE(parameters);
    for (const auto& parameter : *parameters) EXPECT_NE(parameter.help, "") << one.name << ' ' << parameter.name;
  }
}

TEST(ShippedClasses, NeverKeepADomainFromStarting) {
  const auto load = Catalogue::load({directory}, known());
  for (const auto& one : load.catalogue.list())
    EXPECT_FALSE(load.catalogue.resolve(one.name, {})->required) << one.name;
}

TEST(ShippedClasses, CleanerCoresClearsChosenCoresOrACountOfThem) {
  EXPECT_EQ(resolve("cleaner-cores"), "cores=auto\ncleaner-cores cores=auto\n");
  EXPECT_EQ(resolve("cleaner-cores", {{"cores", "2-5"}}), "cores=2-5\ncleaner-cores cores=2-5\n");
  EXPECT_EQ(resolve("cleaner-cores", {{"count", "4"}}), "cores=auto\ncount=4\ncleaner-cores cores=auto count=4\n");
}

TEST(ShippedClasses, DedicatedCoresClearsThemToo) {
  EXPECT_EQ(resolve("dedicated-cores", {{"cores", "2-5"}, {"siblings", "use"}, {"node", "nic"}}),
            "cores=2-5\nnode=nic\nsiblings=use\ncleaner-cores cores=2-5\ndedicated-cores node=nic siblings=use\n");
}

TEST(ShippedClasses, IrqBanIsForTheSubjectsCoresOrForNamedOnes) {
  EXPECT_EQ(resolve("irq-ban"), "cores=allocated\nirq-ban cores=allocated\n");
  EXPECT_EQ(resolve("irq-ban", {{"cores", "2-3"}}), "cores=2-3\nirq-ban cores=2-3\n");
}

TEST(ShippedClasses, EmulatorIsolationChoosesHelperCores) {
  EXPECT_EQ(resolve("emulator-isolation"), "cores=helper\ncount=1\nemulator-pinning cores=helper count=1\n");
}

TEST(ShippedClasses, VnfIsAllFourOnOneSetOfCores) {
  EXPECT_EQ(resolve("vnf"),
            "cores=auto\nhelpers=1\nnode=auto\ncleaner-cores cores=auto\ndedicated-cores node=auto siblings=idle\n"
            "irq-ban cores=allocated\nemulator-pinning cores=helper count=1\n");
  EXPECT_EQ(resolve("vnf", {{"cores", "2-5"}, {"helpers", "2"}, {"node", "1"}}),
            "cores=2-5\nhelpers=2\nnode=1\ncleaner-cores cores=2-5\ndedicated-cores node=1 siblings=idle\n"
            "irq-ban cores=allocated\nemulator-pinning cores=helper count=2\n");
  EXPECT_THAT(resolve("vnf", {{"helpers", "65"}}), HasSubstr("allowed is 1..64"));
}

}  // namespace
}  // namespace acdr::test
