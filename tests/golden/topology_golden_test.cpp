// SPDX-License-Identifier: GPL-2.0-or-later
// For every recorded machine: what was read, and where a few workloads would go. Run with ACDR_UPDATE_GOLDEN=1 to write
// the files anew, and read the difference: it is what the change does to real machines.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <tuple>

#include "engine/placement.hpp"
#include "host/topology.hpp"
#include "tests/support/recorded_machines.hpp"

namespace acdr {
namespace {

std::string describe_lists(const Topology& topology) {
  return fmt::format("possible {}, online {}, isolated {}, nohz_full {}\n", topology.possible, topology.online,
                     topology.isolated, topology.nohz_full);
}

std::string describe_nodes(const Topology& topology) {
  std::string text = topology.nodes.empty() ? "no NUMA nodes\n" : "";
  for (const auto& node : topology.nodes)
    text += fmt::format("node {}: CPUs {}, {} MiB\n", node.id, node.cpus, node.memory.value >> 20);
  return text;
}

/// The cores that share node, package, cache and kind on one line: "0,4" is a core of two SMT siblings.
std::string describe_cores(const Topology& topology) {
  std::map<std::tuple<std::string, unsigned, unsigned, int>, std::vector<std::string>> groups;
  for (const auto& core : topology.cores)
    groups[{core.node ? fmt::format("{:2}", *core.node) : "none", core.package, core.last_level_cache, core.efficiency}]
        .push_back(core.cpus.to_list());
  std::string text = fmt::format("{} physical cores\n", topology.cores.size());
  for (const auto& [group, cores] : groups) {
    const auto& [node, package, cache, efficiency] = group;
    text += fmt::format("node {}, package {}, cache {} ({}), kind {}: {}\n", node, package, cache,
                        topology.last_level_caches[cache], efficiency, fmt::join(cores, " "));
  }
  return text;
}

std::string describe_placement(const Topology& topology, std::string_view title, const Demand& demand) {
  const auto placed = place(topology, demand, {}, {});
  if (!placed) return fmt::format("\n{}\n  {}\n", title, placed.error().message());
  std::string text = fmt::format("\n{}\n  cores {}\n", title, placed->cores);
  if (!placed->vcpu_cpus.empty()) text += fmt::format("  vCPUs on {}\n", fmt::join(placed->vcpu_cpus, " "));
  if (!placed->helpers.empty()) text += fmt::format("  helpers {}\n", placed->helpers);
  text += placed->node ? fmt::format("  node {}\n", *placed->node) : "  no single node\n";
  for (const auto& reason : placed->reasons) text += fmt::format("  - {}\n", reason);
  return text;
}

std::string describe(const Topology& topology) {
  Demand host;
  host.any_cores = true;
  Demand whole;
  whole.vcpus = 2;
  whole.whole_cores = true;
  whole.helper_cores = 1;
  Demand siblings;
  siblings.vcpus = 4;
  return describe_lists(topology) + describe_nodes(topology) + describe_cores(topology) +
         fmt::format("\nhousekeeping {}\n", reserved_housekeeping(topology, {})) +
         describe_placement(topology, "the host, cores: auto", host) +
         describe_placement(topology, "2 vCPUs on whole cores, 1 helper", whole) +
         describe_placement(topology, "4 vCPUs, siblings filled", siblings);
}

std::filesystem::path golden_file(const std::string& machine) {
  return test::source_folder() / "tests/golden" / (machine + ".txt");
}

class TopologyGolden : public testing::TestWithParam<std::string> {};

TEST_P(TopologyGolden, IsAsRecorded) {
  const auto root = test::RecordedMachines::instance().root(GetParam());
  if (!root) GTEST_SKIP() << test::RecordedMachines::missing();
  const auto topology = read_topology(*root);
  ASSERT_TRUE(topology) << topology.error().message();
  const std::string found = describe(*topology);
  if (std::getenv("ACDR_UPDATE_GOLDEN") != nullptr) std::ofstream(golden_file(GetParam())) << found;
  std::ostringstream expected;
  expected << std::ifstream(golden_file(GetParam())).rdbuf();
  EXPECT_EQ(found, expected.str());
}

/// A name to skip by where there are no machines.
std::vector<std::string> machines() {
  const auto names = test::RecordedMachines::names();
  return names.empty() ? std::vector<std::string>{"none"} : names;
}

std::string test_name(const testing::TestParamInfo<std::string>& machine) {
  std::string name = machine.param;
  std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(RecordedMachines, TopologyGolden, testing::ValuesIn(machines()), test_name);

}  // namespace
}  // namespace acdr
