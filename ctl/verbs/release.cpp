// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/daemon.hpp"
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"

namespace acdr::ctl {
namespace {

Result<int> release(const Options& options) {
  ACDR_TRY(Daemon daemon, Daemon::connect());
  ACDR_CHECK(daemon.tell("Release", options.subject, options.class_name));
  return 0;
}

}  // namespace

void add_release(CLI::App& app, Request& request) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = add_verb(app, "release", "Give back what the host or a domain was conditioned with",
                            "acdrctl release host cleaner-cores");
  add_subject(verb, *options)->required();
  verb.add_option("CLASS", options->class_name, "Only this class; all of the subject's without it")->option_text(" ");
  verb.callback([=, &request] { request.action = [=] { return release(*options); }; });
}

}  // namespace acdr::ctl
