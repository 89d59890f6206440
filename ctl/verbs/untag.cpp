// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/daemon.hpp"
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"

namespace acdr::ctl {
namespace {

Result<int> untag(const Options& options) {
  ACDR_TRY(Daemon daemon, Daemon::connect());
  ACDR_CHECK(daemon.tell("Untag", options.subject));
  return 0;
}

}  // namespace

void add_untag(CLI::App& app, Request& request) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = add_verb(app, "untag", "Remove the class from a domain's definition", "acdrctl untag web1");
  add_domain(verb, *options);
  verb.callback([=, &request] { request.action = [=] { return untag(*options); }; });
}

}  // namespace acdr::ctl
