// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>

#include "ctl/answer.hpp"
#include "ctl/daemon.hpp"
#include "ctl/text/views.hpp"
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"
#include "engine/report.hpp"

namespace acdr::ctl {
namespace {

Result<std::string> topology_report(const Options& options) {
  if (!options.host_root.empty()) {
    ACDR_TRY(const Topology topology, read_topology(options.host_root));
    return json_text(to_json(topology));
  }
  ACDR_TRY(Daemon daemon, Daemon::connect());
  return daemon.ask("Topology");
}

Result<int> show_topology(const Options& options, const Console& console) {
  ACDR_TRY(const auto report, topology_report(options));
  ACDR_CHECK(print(console, report, options.json, view_topology));
  return 0;
}

}  // namespace

void add_topology(CLI::App& app, Request& request) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb =
      add_verb(app, "topology", "Show CPUs, caches and NUMA nodes as placement sees them", "acdrctl topology --json");
  add_json(verb, *options);
  add_host_root(verb, *options);
  verb.callback([=, &request] { request.action = [=, &request] { return show_topology(*options, request.console); }; });
}

}  // namespace acdr::ctl
