// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/rollback.hpp"
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"

namespace acdr::ctl {

void add_rollback(CLI::App& app, Request& request) {
  CLI::App& verb = add_verb(app, "rollback", "Put the host back from the ledger alone, while no acdrd runs",
                            "acdrctl rollback --all");
  // There is no other way to call it; the word keeps a release of one subject from being mistaken for this.
  const auto all = std::make_shared<bool>(false);
  verb.add_flag("--all", *all, "Everything that acdr holds, of every domain and of the host")->required();
  verb.callback([=, &request] { request.action = [all] { return roll_back(); }; });
}

}  // namespace acdr::ctl
