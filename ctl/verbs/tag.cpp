// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/daemon.hpp"
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"

namespace acdr::ctl {
namespace {

Result<int> tag(const Options& options) {
  ACDR_TRY(const auto parameters, parse_parameters(options.parameters));
  ACDR_TRY(Daemon daemon, Daemon::connect());
  ACDR_CHECK(daemon.tell("Tag", options.subject, options.class_name, parameters));
  return 0;
}

}  // namespace

void add_tag(CLI::App& app, Request& request) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb =
      add_verb(app, "tag", "Write a class into a domain's definition, live and persistent", "acdrctl tag web1 vnf");
  add_domain(verb, *options);
  add_class_name(verb, *options);
  add_parameters(verb, *options);
  verb.callback([=, &request] { request.action = [=] { return tag(*options); }; });
}

}  // namespace acdr::ctl
