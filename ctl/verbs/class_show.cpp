// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/answer.hpp"
#include "ctl/daemon.hpp"
#include "ctl/local.hpp"
#include "ctl/text/views.hpp"
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"

namespace acdr::ctl {
namespace {

/// The daemon's, since those count; the files' when it is not there.
Result<std::string> resolved_class(const Options& options) {
  ACDR_TRY(const auto parameters, parse_parameters(options.parameters));
  if (class_directories_are_given()) return show_local_class(options.class_name, parameters);
  auto daemon = Daemon::connect();
  if (!daemon) return show_local_class(options.class_name, parameters);
  auto report = daemon->ask("ShowClass", options.class_name, parameters);
  if (!report && report.error().kind() == ErrorKind::unreachable)
    return show_local_class(options.class_name, parameters);
  return report;
}

Result<int> show(const Options& options, const Console& console) {
  ACDR_TRY(const auto report, resolved_class(options));
  ACDR_CHECK(print(console, report, options.json, view_class));
  return 0;
}

}  // namespace

void add_class_show(CLI::App& group, Request& request) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = add_verb(group, "show", "Show a class with its includes expanded and where each line comes from",
                            "acdrctl class show vnf");
  add_class_name(verb, *options);
  add_parameters(verb, *options);
  add_json(verb, *options);
  verb.callback([=, &request] { request.action = [=, &request] { return show(*options, request.console); }; });
}

}  // namespace acdr::ctl
