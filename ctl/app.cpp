// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/app.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "ctl/remote.hpp"
#include "ctl/text/printable.hpp"
#include "ctl/verbs/verb.hpp"

namespace acdr::ctl {
namespace {

constexpr const char* exit_code_help =
    "Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 refused, 5 daemon not reachable.\n"
    "Example:\n  acdrctl apply cleaner-cores host --param cores=2-3";

void add_verbs(CLI::App& app, Request& request) {
  for (const auto add : {add_apply, add_release, add_plan, add_status, add_verify, add_class, add_topology, add_log,
                         add_tag, add_untag, add_reload, add_doctor, add_rollback, add_gather})
    add(app, request);
}

/// -H is found before anything is parsed; here it is for the help only, and for a message that says where it goes.
void add_options(CLI::App& app) {
  app.set_version_flag("--version", "acdrctl " ACDR_VERSION);
  app.add_option("-H,--host", "Run this acdrctl command on another host over ssh; goes before the verb")
      ->option_text("[USER@]HOST");
  app.footer(exit_code_help);
  app.require_subcommand(1);
}

/// The innermost verb that was named: its help is the one to look at.
const CLI::App& innermost(const CLI::App& app) {
  const auto named = app.get_subcommands();
  return named.empty() ? app : innermost(*named.front());
}

std::string command_of(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : command_of(*app.get_parent()) + ' ' + app.get_name();
}

/// CLI11 would only say that a verb is missing where there is one that it does not know.
std::string reason(const CLI::App& verb, const CLI::ParseError& error) {
  const auto unknown = verb.remaining();
  const bool wants_verb = verb.get_require_subcommand_min() > 0;
  return wants_verb && !unknown.empty() ? fmt::format("there is no '{} {}'", command_of(verb), unknown.front())
                                        : error.what();
}

int explain(const CLI::App& app, const CLI::ParseError& error, const Console& console) {
  const CLI::App& verb = innermost(app);
  if (dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr) {
    console.out << error.what() << '\n';
    return 0;
  }
  if (error.get_exit_code() == 0) {
    console.out << verb.help(verb.get_parent() == nullptr ? "" : command_of(*verb.get_parent()));
    return 0;
  }
  return complain(console,
                  Error(ErrorKind::usage, reason(verb, error), fmt::format("see {} --help", command_of(verb))));
}

/// The exit code of a command line that asks for nothing to be done.
std::optional<int> parse(CLI::App& app, std::vector<std::string> arguments, const Console& console) {
  std::ranges::reverse(arguments);  // CLI11 takes them from the back
  try {
    app.parse(arguments);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    return explain(app, error, console);
  }
}

int finish(const Console& console, const Result<int>& result) {
  if (!result) return complain(console, result.error());
  if (console.out.flush()) return *result;
  return complain(console, Error(ErrorKind::failed, "writing the output failed"));
}

}  // namespace

int run(const std::vector<std::string>& arguments, const Console& console) {
  const auto remote = find_remote(arguments);
  if (!remote) return complain(console, remote.error().with_remedy("see acdrctl --help"));
  if (*remote) return finish(console, run_remote(**remote));

  Request request{console, {}};
  CLI::App app("Conditions this KVM host for the workloads on it", "acdrctl");
  add_options(app);
  add_verbs(app, request);
  if (const auto code = parse(app, arguments, console)) return finish(console, *code);
  return finish(console, request.action());
}

}  // namespace acdr::ctl
