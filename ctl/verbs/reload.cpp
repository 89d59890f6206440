// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/daemon.hpp"
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"

namespace acdr::ctl {
namespace {

Result<int> reload() {
  ACDR_TRY(Daemon daemon, Daemon::connect());
  ACDR_CHECK(daemon.tell("Reload"));
  return 0;
}

}  // namespace

void add_reload(CLI::App& app, Request& request) {
  CLI::App& verb = add_verb(app, "reload", "Let the daemon read the class files again", "acdrctl reload");
  verb.callback([&request] { request.action = reload; });
}

}  // namespace acdr::ctl
