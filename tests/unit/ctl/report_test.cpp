// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace acdr::test {
namespace {

using nlohmann::json;

/// The shapes are a contract with scripts: these texts may grow members, and nothing else may change in them.
void expect_json(const json& found, const char* expected) { EXPECT_EQ(found, json::parse(expected)) << found.dump(1); }

const Allocation allocation{CpuSet{2, 3}, {2, 3}, CpuSet{0}, 1U, {"cores 2-3 are idle"}};
const Residual residual{"IRQ 35 stays on 4-5", "its affinity is managed by the kernel", "fewer queues"};

TEST(Report, OfAnAllocation) {
  expect_json(
      to_json(allocation),
      R"({"cores": "2-3", "vcpus": [2, 3], "helpers": "0", "node": 1, "memory_node": null, "pages": null, "cache": null,
                  "reasons": ["cores 2-3 are idle"]})");
  expect_json(to_json(Allocation{}), R"({"cores": "", "vcpus": [], "helpers": "", "node": null, "memory_node": null,
                                         "pages": null, "cache": null, "reasons": []})");
  Allocation with_memory;
  with_memory.memory_node = 1;
  with_memory.pages = PageReserve{1, Bytes{std::uint64_t{2} << 20}, 32, 22};
  expect_json(to_json(with_memory), R"({"cores": "", "vcpus": [], "helpers": "", "node": null, "memory_node": 1,
                                        "pages": {"node": 1, "size": 2097152, "count": 32, "added": 22}, "cache": null,
                                        "reasons": []})");
}

TEST(Report, OfStatus) {
  const std::vector<ClaimStatus> claims{
      {Subject::domain("1-2"), "domain web1", "vnf", "degraded", true, allocation, {"no hugepages"}, {residual}}};
  expect_json(status_report(claims), R"({"claims": [{
    "subject": "domain:1-2", "name": "domain web1", "class": "vnf", "state": "degraded", "permanent": true,
    "allocation": {"cores": "2-3", "vcpus": [2, 3], "helpers": "0", "node": 1, "memory_node": null, "pages": null, "cache": null,
                   "reasons": ["cores 2-3 are idle"]},
    "problems": ["no hugepages"],
    "residuals": [{"what": "IRQ 35 stays on 4-5", "reason": "its affinity is managed by the kernel",
                   "remedy": "fewer queues"}]}]})");
  expect_json(status_report({}), R"({"claims": []})");
}

TEST(Report, OfAPlan) {
  PlanView plan;
  plan.claim.name = "host";
  plan.claim.resolved.edit().name = "irq-ban";
  Decision decision{};
  decision.knob = {KnobKind::irq_affinity, "45"};
  decision.found = CpuSet{0, 1, 2, 3};
  decision.desired = CpuSet{};
  decision.why = {"irq-ban of host"};
  decision.note = "a note";
  plan.changes.push_back(decision);
  decision.knob = {KnobKind::cgroup_partition, "machine.slice"};
  decision.found = std::string("member");
  decision.desired = std::string("isolated");
  plan.changes.push_back(decision);
  plan.residuals.push_back(residual);
  expect_json(to_json(plan), R"({
    "subject": "host", "name": "host", "class": "irq-ban",
    "allocation": {"cores": "", "vcpus": [], "helpers": "", "node": null, "memory_node": null, "pages": null, "cache": null,
                   "reasons": []},
    "changes": [
      {"knob": "irq:45:affinity", "from": "0-3", "to": "none", "why": ["irq-ban of host"], "note": "a note"},
      {"knob": "cgroup:machine.slice:partition", "from": "member", "to": "isolated", "why": ["irq-ban of host"],
       "note": "a note"}],
    "residuals": [{"what": "IRQ 35 stays on 4-5", "reason": "its affinity is managed by the kernel",
                   "remedy": "fewer queues"}]})");
}

TEST(Report, OfVerify) {
  expect_json(to_json(VerifyReport{}), R"({"holds": true, "items": []})");
  expect_json(to_json(VerifyReport{{{"host", "no task on 2-3", false, "bash (17) may run on 2"}}}),
              R"({"holds": false, "items": [
    {"subject": "host", "what": "no task on 2-3", "holds": false, "detail": "bash (17) may run on 2"}]})");
}

TEST(Report, OfTheTopology) {
  Topology topology;
  topology.possible = CpuSet{0, 1, 2, 3};
  topology.online = CpuSet{0, 2};
  topology.isolated = CpuSet{2};
  topology.cores = {{CpuSet{0, 2}, 1, 0U, 0, 3}, {CpuSet{1}, 0, std::nullopt, 0, 0}};
  topology.nodes = {{0, CpuSet{0, 2}, Bytes{4096}}};
  topology.last_level_caches = {CpuSet{0, 2}};
  expect_json(to_json(topology), R"({
    "possible": "0-3", "online": "0,2", "isolated": "2", "nohz_full": "",
    "cores": [{"cpus": "0,2", "package": 1, "node": 0, "last_level_cache": 0, "efficiency": 3},
              {"cpus": "1", "package": 0, "node": null, "last_level_cache": 0, "efficiency": 0}],
    "nodes": [{"id": 0, "cpus": "0,2", "memory": 4096}], "last_level_caches": ["0,2"]})");
}

TEST(Report, OfTheLog) {
  using std::chrono::milliseconds;
  const std::vector<Record> records{{std::chrono::system_clock::time_point(milliseconds(1763820480123)),
                                     {KnobKind::irq_affinity, "45"},
                                     CpuSet::range(0, 3),
                                     CpuSet::range(0, 1),
                                     CpuSet{0},
                                     "irq-ban of host",
                                     "EIO"}};
  expect_json(log_report(records), R"({"records": [{"time": "2025-11-22T14:08:00.123Z", "knob": "irq:45:affinity",
    "from": "0-3", "to": "0-1", "result": "0", "why": "irq-ban of host", "error": "EIO"}]})");
}

TEST(Report, OfClasses) {
  const std::vector<ClassSummary> classes{{"vnf", "Quiet cores", "/etc/acdr/classes.d/vnf.yaml", true}};
  expect_json(class_list_report(classes), R"({"classes": [{"name": "vnf", "summary": "Quiet cores",
    "file": "/etc/acdr/classes.d/vnf.yaml", "overrides_shipped": true}]})");
}

TEST(Report, OfAResolvedClass) {
  ResolvedClass resolved;
  resolved.name = "vnf";
  resolved.summary = "Quiet cores";
  resolved.required = true;
  resolved.parameters = {{"queues", std::int64_t{4}}};
  resolved.conditionings = {{"irq-ban", {{"cores", CpuSelection{CpuSet{2, 3}}}}, "quiet", {"quiet.yaml", 7, 5}}};
  ParameterSpec queues{"queues", ParameterType::integer, std::int64_t{2}, 1, 64, {}, "NIC queues"};
  ParameterSpec cores{"cores", ParameterType::cpus, std::nullopt, std::nullopt, std::nullopt, {"auto"}, "Cores"};
  expect_json(class_report(resolved, std::vector{queues, cores}), R"({
    "name": "vnf", "summary": "Quiet cores", "required": true,
    "parameters": [
      {"name": "queues", "type": "integer", "value": "4", "default": "2", "min": 1, "max": 64, "choices": [],
       "help": "NIC queues"},
      {"name": "cores", "type": "cpus", "value": null, "default": null, "min": null, "max": null, "choices": ["auto"],
       "help": "Cores"}],
    "conditionings": [{"name": "irq-ban", "parameters": {"cores": "2-3"}, "from_class": "quiet",
                       "origin": {"file": "quiet.yaml", "line": 7, "column": 5}}]})");
}

TEST(JsonText, IsOneLineOfUtf8WhateverThreadsAreCalled) {
  const auto text = json_text({{"what", "thread \xff\n"}});
  EXPECT_EQ(text, "{\"what\":\"thread \xef\xbf\xbd\\n\"}");
}

}  // namespace
}  // namespace acdr::test
