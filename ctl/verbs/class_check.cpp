// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/local.hpp"
#include "ctl/text/printable.hpp"
#include "ctl/text/words.hpp"
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"
#include "plugins/registry.hpp"

namespace acdr::ctl {
namespace {

using Files = std::vector<std::string>;

/// Each fault on a line of its own, as compilers print them; the files are held against the classes that are installed.
Result<int> check(const Files& files, const Console& console) {
  const auto load = Catalogue::check(class_directories(), {files.begin(), files.end()}, all_plugins().specs());
  for (const auto& fault : load.diagnostics) console.out << printable(fault.to_string()) << '\n';
  if (!load.diagnostics.empty())
    return failure(ErrorKind::failed, "{} in the classes", count_words(load.diagnostics.size(), "fault", "faults"));
  console.out << count_words(load.catalogue.list().size(), "class is", "classes are") << " sound.\n";
  return 0;
}

}  // namespace

void add_class_check(CLI::App& group, Request& request) {
  const auto files = std::make_shared<Files>();
  CLI::App& verb = add_verb(group, "check", "Check class files, together with the installed classes",
                            "acdrctl class check ./packet-gateway.yaml");
  verb.add_option("FILE", *files, "Class files; the installed ones alone without any")->option_text(" ");
  verb.callback([=, &request] { request.action = [=, &request] { return check(*files, request.console); }; });
}

}  // namespace acdr::ctl
