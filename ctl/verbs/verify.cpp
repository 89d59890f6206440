// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>

#include "ctl/answer.hpp"
#include "ctl/daemon.hpp"
#include "ctl/text/views.hpp"
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"

namespace acdr::ctl {
namespace {

/// Anything but a report that says so means no.
bool holds(const std::string& report) {
  const auto parsed = nlohmann::json::parse(report, nullptr, false);
  return parsed.is_object() && parsed.value("holds", nlohmann::json(false)) == true;
}

Result<int> verify(const Options& options, const Console& console) {
  ACDR_TRY(Daemon daemon, Daemon::connect());
  ACDR_TRY(const auto report, daemon.ask("Verify", options.subject));
  ACDR_CHECK(print(console, report, options.json, view_verify));
  return holds(report) ? 0 : exit_code(ErrorKind::failed);
}

}  // namespace

void add_verify(CLI::App& app, Request& request) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = add_verb(app, "verify", "Compare the host with what was promised; exit code 0 only if it holds",
                            "acdrctl verify host");
  add_subject(verb, *options);
  add_json(verb, *options);
  verb.callback([=, &request] { request.action = [=, &request] { return verify(*options, request.console); }; });
}

}  // namespace acdr::ctl
