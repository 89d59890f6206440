// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>

#include "ctl/answer.hpp"
#include "ctl/doctor/checks.hpp"
#include "ctl/text/views.hpp"
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"
#include "engine/report.hpp"

namespace acdr::ctl {
namespace {

Result<int> doctor(const Options& options, bool quiet, const Console& console) {
  ACDR_TRY(const HostFacts facts, read_facts(options.host_root.empty() ? "/" : options.host_root));
  const auto report = doctor_report(examine(facts));
  ACDR_CHECK(print(console, json_text(report), options.json, quiet ? view_doctor_fixes : view_doctor));
  return report.at("works").get<bool>() ? 0 : exit_code(ErrorKind::failed);
}

}  // namespace

void add_doctor(CLI::App& app, Request& request) {
  const auto options = std::make_shared<Options>();
  const auto quiet = std::make_shared<bool>(false);
  CLI::App& verb =
      add_verb(app, "doctor", "Examine what this host can do, and what would fight acdr; exit code 0 if nothing does",
               "acdrctl doctor\n  acdrctl doctor --host-root ./recorded");
  add_json(verb, *options);
  add_host_root(verb, *options);
  verb.add_flag("--quiet", *quiet, "Print only what is to be fixed");
  verb.callback(
      [=, &request] { request.action = [=, &request] { return doctor(*options, *quiet, request.console); }; });
}

}  // namespace acdr::ctl
