// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/text/views.hpp"

#include <nlohmann/json.hpp>

#include "ctl/answer.hpp"
#include "ctl/text/printable.hpp"
#include "ctl/text/table.hpp"
#include "unit/ctl/support.hpp"

namespace acdr::test {
namespace {

using namespace ctl;
using nlohmann::json;
using testing::HasSubstr;

const Style plain{false};

TEST(Printable, KeepsTextAndDisarmsControlCharacters) {
  EXPECT_EQ(printable("ü € a"), "ü € a");
  EXPECT_EQ(printable("a\nb\tc\r"), "a b c ");
  EXPECT_EQ(printable("\033]0;x\a\x7f"), "?]0;x??");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "?31m");
  EXPECT_EQ(printable("\xc2"), "\xc2");
}

TEST(Table, AlignsByCharactersAndEndsWhereItsTextEnds) {
  Table table(plain, "> ");
  table.heading({"A", "B", "C"});
  table.row({{"üü"}, {""}, {"z"}});
  table.row({{"x"}, {"long"}, {""}});
  EXPECT_EQ(table.to_string(), "> A   B     C\n> üü        z\n> x   long\n");
}

TEST(Table, PaintsWithoutChangingTheAlignment) {
  Table table(Style{true});
  table.row({{"ok", Tone::good}, {"a"}});
  table.row({{"failed", Tone::bad}, {"b"}});
  EXPECT_EQ(table.to_string(), "\033[32mok\033[0m      a\n\033[31mfailed\033[0m  b\n");
}

constexpr const char* claim = R"({
  "subject": "domain:1-2", "name": "domain web1", "class": "vnf", "state": "degraded", "permanent": false,
  "allocation": {"cores": "2-3", "vcpus": [2, 3], "helpers": "0", "node": 1, "reasons": ["cores 2-3 are idle"]},
  "problems": ["no hugepages"],
  "residuals": [{"what": "IRQ 35 stays on 2-3", "reason": "the kernel manages it", "remedy": "fewer queues"}]})";

TEST(View, OfAnAdaptation) {
  EXPECT_EQ(view_adaptation(json::parse(R"({"domain": "web1", "running": true, "added": []})"), plain),
            "nothing to adapt\n");
  const auto added = [](const char* running) {
    return view_adaptation(json::parse(std::string(R"({"domain": "web1", "running": )") + running +
                                       R"(, "added": [{"element": "<a><b/></a>", "why": "hugepages"}]})"),
                           plain);
  };
  EXPECT_EQ(added("false"), "added <a><b/></a> (hugepages)\n");
  EXPECT_EQ(added("true"), "added <a><b/></a> (hugepages)\ndomain web1 runs, and has it from its next start on\n");
}

TEST(View, OfStatus) {
  const json host = json::parse(R"({"subject": "host", "name": "host", "class": "irq-ban", "state": "active",
    "permanent": true, "allocation": {"cores": "", "vcpus": [], "helpers": "", "node": null, "reasons": []},
    "problems": [], "residuals": []})");
  EXPECT_EQ(view_status({{"claims", {host, json::parse(claim)}}}, plain),
            "SUBJECT      CLASS    STATE              CORES  NODE  HELPERS  VCPUS\n"
            "host         irq-ban  active, permanent  -      -     -        -\n"
            "domain web1  vnf      degraded           2-3    1     0        0 on 2, 1 on 3\n"
            "\n"
            "domain web1, vnf:\n"
            "  no hugepages\n"
            "  IRQ 35 stays on 2-3\n"
            "    reason: the kernel manages it\n"
            "    remedy: fewer queues\n");
  EXPECT_EQ(view_status(json::parse(R"({"claims": []})"), plain), "Nothing is conditioned.\n");
}

TEST(View, OfAPlan) {
  json plan = json::parse(claim);
  plan["changes"] = json::parse(R"([
    {"knob": "cgroup:system.slice:cpus", "from": "0-7", "to": "0-1,4-7", "why": ["cleaner-cores of domain web1"],
     "note": ""},
    {"knob": "irq:45:affinity", "from": "0-7", "to": "0", "why": ["irq-ban of host", "irq-ban of domain web1"],
     "note": "nothing else is left"}])");
  EXPECT_EQ(
      view_plan(plan, plain),
      "vnf for domain web1\n"
      "  cores    2-3 on node 1\n"
      "  vCPUs    0 on 2, 1 on 3\n"
      "  helpers  0\n"
      "  because  cores 2-3 are idle\n"
      "\n"
      "2 changes, in this order:\n"
      "  cgroup:system.slice:cpus  0-7  ->  0-1,4-7  cleaner-cores of domain web1\n"
      "  irq:45:affinity           0-7  ->  0        irq-ban of host, irq-ban of domain web1 (nothing else is left)\n"
      "\n"
      "1 thing that cannot be changed on this host:\n"
      "  IRQ 35 stays on 2-3\n"
      "    reason: the kernel manages it\n"
      "    remedy: fewer queues\n");
  plan["changes"] = json::array();
  plan["residuals"] = json::array();
  EXPECT_THAT(view_plan(plan, plain), HasSubstr("\nNothing has to be changed.\n"));
}

TEST(View, OfAPlanThatReservesMemory) {
  json plan = json::parse(claim);
  plan["changes"] = json::array();
  plan["allocation"]["memory_node"] = 1;
  plan["allocation"]["pages"] = {{"node", 1}, {"size", 2097152}, {"count", 32}, {"added", 22}};
  EXPECT_THAT(view_plan(plan, plain), HasSubstr("  memory      on node 1\n"
                                                "  huge pages  32 of 2MiB on node 1, 22 of them added\n"));
}

TEST(View, OfVerify) {
  EXPECT_EQ(view_verify(json::parse(R"({"holds": false, "items": [
    {"subject": "host", "what": "no task on 2-3", "holds": true, "detail": ""},
    {"subject": "domain web1", "what": "no IRQ on 2-3", "holds": false, "detail": "IRQ 45 may"}]})"),
                        plain),
            "holds   host         no task on 2-3\n"
            "BROKEN  domain web1  no IRQ on 2-3   IRQ 45 may\n"
            "1 promise is broken.\n");
  EXPECT_THAT(view_verify(json::parse(R"({"holds": true, "items": []})"), plain), HasSubstr("nothing to verify"));
}

TEST(View, OfTheTopology) {
  EXPECT_EQ(view_topology(json::parse(R"({
    "possible": "0-5", "online": "0-3", "isolated": "2-3", "nohz_full": "",
    "cores": [{"cpus": "0,2", "package": 0, "node": 0, "last_level_cache": 0, "efficiency": 0},
              {"cpus": "1,3", "package": 0, "node": 0, "last_level_cache": 0, "efficiency": 0}],
    "nodes": [{"id": 0, "cpus": "0-3", "memory": 1610612736}, {"id": 1, "cpus": "", "memory": 0}],
    "last_level_caches": ["0-3"]})"),
                          plain),
            "CPUs online       0-3\n"
            "CPUs possible     0-5\n"
            "isolated at boot  2-3\n"
            "nohz_full         -\n"
            "cores             2\n"
            "\n"
            "NODE  CPUS  MEMORY   LAST-LEVEL CACHES  CORES\n"
            "0     0-3   1.5 GiB  0-3                0,2  1,3\n"
            "1     -     0.0 GiB\n");
}

TEST(View, OfTheLog) {
  EXPECT_EQ(view_log(json::parse(R"({"records": [
    {"time": "T1", "knob": "irq:45:affinity", "from": "0-3", "to": "0-1", "result": "0-1", "why": "x", "error": ""},
    {"time": "T2", "knob": "irq:46:affinity", "from": "0-3", "to": "0-1", "result": "0", "why": "x", "error": ""},
    {"time": "T3", "knob": "irq:47:affinity", "from": "0-3", "to": "0-1", "result": "", "why": "x", "error": "EIO"}]})"),
                     plain),
            "T1  irq:45:affinity  0-3  ->  0-1  x\n"
            "T2  irq:46:affinity  0-3  ->  0-1  x  the kernel made it 0\n"
            "T3  irq:47:affinity  0-3  ->  0-1  x  EIO\n");
}

TEST(Print, IsJsonAsItCameOrTheView) {
  std::ostringstream out, err;
  const Console console{out, err, plain};
  const std::string report = R"({"claims":[]})";
  EXPECT_TRUE(print(console, report, true, view_status));
  EXPECT_TRUE(print(console, report, false, view_status));
  EXPECT_EQ(out.str(), "{\"claims\":[]}\nNothing is conditioned.\n");
}

TEST(Print, SaysWhenAReportIsOfAnotherShape) {
  std::ostringstream out, err;
  const Console console{out, err, plain};
  for (const char* report : {"", "no json", "[]", "{}", R"({"claims": 7})", R"({"claims": [{}]})"})
    EXPECT_FALSE(print(console, report, false, view_status)) << report;
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace acdr::test
