// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/verbs/options.hpp"

namespace acdr::ctl {

CLI::App& add_verb(CLI::App& app, const std::string& name, const std::string& summary, const std::string& example) {
  CLI::App& verb = *app.add_subcommand(name, summary);
  verb.footer("Example:\n  " + example);
  return verb;
}

CLI::Option* add_class_name(CLI::App& verb, Options& options) {
  return verb.add_option("CLASS", options.class_name, "Conditioning class, see acdrctl class list")
      ->required()
      ->option_text(" ");
}

CLI::Option* add_subject(CLI::App& verb, Options& options) {
  return verb.add_option("SUBJECT", options.subject, "host, or a domain's name, uuid or id")->option_text(" ");
}

CLI::Option* add_domain(CLI::App& verb, Options& options) {
  return verb.add_option("DOMAIN", options.subject, "A domain's name, uuid or id")->required()->option_text(" ");
}

void add_parameters(CLI::App& verb, Options& options) {
  verb.add_option("--param", options.parameters, "Sets a parameter of the class; may be given several times")
      ->option_text("NAME=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

void add_json(CLI::App& verb, Options& options) {
  verb.add_flag("--json", options.json, "Print JSON of the shape that docs/dbus.md describes");
}

void add_host_root(CLI::App& verb, Options& options) {
  verb.add_option("--host-root", options.host_root,
                  "Look at a recorded machine (proc/ and sys/ below this directory) instead of asking the daemon")
      ->option_text("DIR");
}

Result<std::map<std::string, std::string>> parse_parameters(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> parameters;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      return failure(Error(ErrorKind::usage, fmt::format("--param '{}' is not of the form NAME=VALUE", text),
                           "for example --param cores=2-5"));
    if (!parameters.emplace(text.substr(0, equals), text.substr(equals + 1)).second)
      return failure(ErrorKind::usage, "--param {} is given twice", text.substr(0, equals));
  }
  return parameters;
}

}  // namespace acdr::ctl
