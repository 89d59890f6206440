// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstdint>

#include "ctl/answer.hpp"
#include "ctl/daemon.hpp"
#include "ctl/text/views.hpp"
#include "ctl/verbs/options.hpp"
#include "ctl/verbs/verb.hpp"

namespace acdr::ctl {
namespace {

constexpr std::uint32_t usual_number = 50;

Result<int> show_log(const Options& options, std::uint32_t most, const Console& console) {
  ACDR_TRY(Daemon daemon, Daemon::connect());
  ACDR_TRY(const auto report, daemon.ask("Log", most));
  ACDR_CHECK(print(console, report, options.json, view_log));
  return 0;
}

}  // namespace

void add_log(CLI::App& app, Request& request) {
  const auto options = std::make_shared<Options>();
  const auto most = std::make_shared<std::uint32_t>(usual_number);
  CLI::App& verb = add_verb(app, "log", "Show the last changes made to the host, oldest first", "acdrctl log -n 200");
  verb.add_option("-n,--number", *most, "Changes to show, 50 without it")
      ->option_text("N")
      ->check(CLI::Range(std::uint32_t{1}, UINT32_MAX));
  add_json(verb, *options);
  verb.callback(
      [=, &request] { request.action = [=, &request] { return show_log(*options, *most, request.console); }; });
}

}  // namespace acdr::ctl
