// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/answer.hpp"
#include "ctl/daemon.hpp"
#include "ctl/local.hpp"
#include "ctl/text/views.hpp"
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"

namespace acdr::ctl {
namespace {

/// The daemon's, since those count; the files' when it is not there.
Result<std::string> class_list() {
  if (class_directories_are_given()) return list_local_classes();
  auto daemon = Daemon::connect();
  if (!daemon) return list_local_classes();
  auto report = daemon->ask("ListClasses");
  if (!report && report.error().kind() == ErrorKind::unreachable) return list_local_classes();
  return report;
}

Result<int> list(const Options& options, bool names, const Console& console) {
  ACDR_TRY(const auto report, class_list());
  ACDR_CHECK(print(console, report, options.json, names ? view_class_names : view_classes));
  return 0;
}

}  // namespace

void add_class_list(CLI::App& group, Request& request) {
  const auto options = std::make_shared<Options>();
  const auto names = std::make_shared<bool>(false);
  CLI::App& verb = add_verb(group, "list", "List all classes", "acdrctl class list");
  add_json(verb, *options);
  verb.add_flag("--names", *names, "Print names only, one a line");
  verb.callback([=, &request] { request.action = [=, &request] { return list(*options, *names, request.console); }; });
}

}  // namespace acdr::ctl
