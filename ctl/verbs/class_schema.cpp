// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/catalogue.hpp"
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"
#include "plugins/registry.hpp"

namespace acdr::ctl {

void add_class_schema(CLI::App& group, Request& request) {
  CLI::App& verb = add_verb(group, "schema", "Print the JSON schema of a class file, for editors",
                            "acdrctl class schema > acdr-class.schema.json");
  verb.callback([&request] {
    request.action = [&request]() -> Result<int> {
      request.console.out << class_json_schema(all_plugins().specs()) << '\n';
      return 0;
    };
  });
}

}  // namespace acdr::ctl
