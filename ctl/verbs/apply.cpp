// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/answer.hpp"
#include "ctl/daemon.hpp"
#include "ctl/text/views.hpp"
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"

namespace acdr::ctl {
namespace {

Result<int> apply(const Options& options, const Console& console) {
  if (options.permanent && options.subject != "host")
    return failure(Error(ErrorKind::usage, "--permanent is for the host only",
                         "a domain keeps its class with acdrctl tag DOMAIN CLASS"));
  ACDR_TRY(const auto parameters, parse_parameters(options.parameters));
  ACDR_TRY(Daemon daemon, Daemon::connect());
  ACDR_TRY(const auto claim, daemon.ask("Apply", options.class_name, options.subject, parameters, options.permanent));
  ACDR_CHECK(print(console, claim, options.json, view_claim));
  return 0;
}

}  // namespace

void add_apply(CLI::App& app, Request& request) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = add_verb(app, "apply", "Condition the host or a running domain",
                            "acdrctl apply cleaner-cores host --param cores=2-5 --permanent");
  add_class_name(verb, *options);
  add_subject(verb, *options)->required();
  add_parameters(verb, *options);
  verb.add_flag("--permanent", options->permanent, "Also after the next boot (host only)");
  add_json(verb, *options);
  verb.callback([=, &request] { request.action = [=, &request] { return apply(*options, request.console); }; });
}

}  // namespace acdr::ctl
