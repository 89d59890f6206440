// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>

#include "ctl/answer.hpp"
#include "ctl/daemon.hpp"
#include "ctl/local.hpp"
#include "ctl/text/views.hpp"
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"
#include "engine/report.hpp"

namespace acdr::ctl {
namespace {

Result<std::string> plan_report(const Options& options) {
  ACDR_TRY(const auto parameters, parse_parameters(options.parameters));
  if (!options.host_root.empty()) {
    ACDR_TRY(const auto plan, plan_recorded({options.host_root, options.class_name, options.subject, parameters}));
    return json_text(to_json(plan));
  }
  ACDR_TRY(Daemon daemon, Daemon::connect());
  return daemon.ask("Plan", options.class_name, options.subject, parameters);
}

Result<int> plan(const Options& options, const Console& console) {
  ACDR_TRY(const auto report, plan_report(options));
  ACDR_CHECK(print(console, report, options.json, view_plan));
  return 0;
}

}  // namespace

void add_plan(CLI::App& app, Request& request) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = add_verb(app, "plan", "Show every change that a class would make, in order, without making it",
                            "acdrctl plan vnf web1\n  acdrctl plan cleaner-cores host --host-root ./recorded");
  add_class_name(verb, *options);
  add_subject(verb, *options)->required();
  add_parameters(verb, *options);
  add_json(verb, *options);
  add_host_root(verb, *options);
  verb.callback([=, &request] { request.action = [=, &request] { return plan(*options, request.console); }; });
}

}  // namespace acdr::ctl
