// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/answer.hpp"
#include "ctl/daemon.hpp"
#include "ctl/text/views.hpp"
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"

namespace acdr::ctl {
namespace {

Result<int> tag(const Options& options, bool adapt, const Console& console) {
  ACDR_TRY(const auto parameters, parse_parameters(options.parameters));
  ACDR_TRY(Daemon daemon, Daemon::connect());
  if (adapt) {
    ACDR_TRY(const auto report, daemon.ask("TagAndAdapt", options.subject, options.class_name, parameters));
    ACDR_CHECK(print(console, report, false, view_adaptation));
  } else {
    ACDR_CHECK(daemon.tell("Tag", options.subject, options.class_name, parameters));
  }
  return 0;
}

}  // namespace

void add_tag(CLI::App& app, Request& request) {
  const auto options = std::make_shared<Options>();
  const auto adapt = std::make_shared<bool>(false);
  CLI::App& verb = add_verb(app, "tag", "Write a class into a domain's definition, live and persistent",
                            "acdrctl tag web1 vnf\n  acdrctl tag web1 hugepages --adapt");
  add_domain(verb, *options);
  add_class_name(verb, *options);
  add_parameters(verb, *options);
  verb.add_flag("--adapt", *adapt,
                "Also add to the persistent definition what the class needs and it lacks, such as huge pages");
  verb.callback([=, &request] { request.action = [=, &request] { return tag(*options, *adapt, request.console); }; });
}

}  // namespace acdr::ctl
