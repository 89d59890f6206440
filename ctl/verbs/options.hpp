// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <CLI/App.hpp>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace acdr::ctl {

/// What verbs have in common; each uses what it needs of it.
struct Options {
  std::string class_name;
  std::string subject;
  std::vector<std::string> parameters;  ///< "name=value", as typed
  std::string host_root;
  bool json = false;
  bool permanent = false;
};

/// Adds a verb with an example below its help.
[[nodiscard]] CLI::App& add_verb(CLI::App& app, const std::string& name, const std::string& summary,
                                 const std::string& example);

CLI::Option* add_class_name(CLI::App& verb, Options& options);
CLI::Option* add_subject(CLI::App& verb, Options& options);
CLI::Option* add_domain(CLI::App& verb, Options& options);
void add_parameters(CLI::App& verb, Options& options);
void add_json(CLI::App& verb, Options& options);
void add_host_root(CLI::App& verb, Options& options);

/// "name=value" texts as a map. Error (usage): no '=', no name, a name given twice.
[[nodiscard]] Result<std::map<std::string, std::string>> parse_parameters(const std::vector<std::string>& texts);

}  // namespace acdr::ctl
