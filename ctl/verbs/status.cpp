// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/answer.hpp"
#include "ctl/daemon.hpp"
#include "ctl/text/views.hpp"
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"

namespace acdr::ctl {
namespace {

Result<int> status(const Options& options, const Console& console) {
  ACDR_TRY(Daemon daemon, Daemon::connect());
  ACDR_TRY(const auto report, daemon.ask("Status", options.subject));
  ACDR_CHECK(print(console, report, options.json, view_status));
  return 0;
}

}  // namespace

void add_status(CLI::App& app, Request& request) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb =
      add_verb(app, "status", "Show what is conditioned, with what, and what is missing of it", "acdrctl status web1");
  add_subject(verb, *options);
  add_json(verb, *options);
  verb.callback([=, &request] { request.action = [=, &request] { return status(*options, request.console); }; });
}

}  // namespace acdr::ctl
