// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"

namespace acdr::ctl {

void add_class(CLI::App& app, Request& request) {
  CLI::App& group = add_verb(app, "class", "List, show and check classes", "acdrctl class list");
  group.require_subcommand(1);
  add_class_list(group, request);
  add_class_show(group, request);
  add_class_check(group, request);
  add_class_schema(group, request);
}

}  // namespace acdr::ctl
