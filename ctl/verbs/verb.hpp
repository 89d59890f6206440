// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>

#include "ctl/console.hpp"

namespace CLI {
class App;
}

namespace acdr::ctl {

/// What the command line asked for; the verb that was named sets the action. It returns the exit code.
struct Request {
  const Console& console;
  std::function<Result<int>()> action;
};

// One verb a file: each adds its part of the command line.
void add_apply(CLI::App& app, Request& request);
void add_release(CLI::App& app, Request& request);
void add_plan(CLI::App& app, Request& request);
void add_status(CLI::App& app, Request& request);
void add_verify(CLI::App& app, Request& request);
void add_class(CLI::App& app, Request& request);
void add_class_list(CLI::App& group, Request& request);
void add_class_show(CLI::App& group, Request& request);
void add_class_check(CLI::App& group, Request& request);
void add_class_schema(CLI::App& group, Request& request);
void add_topology(CLI::App& app, Request& request);
void add_log(CLI::App& app, Request& request);
void add_tag(CLI::App& app, Request& request);
void add_untag(CLI::App& app, Request& request);
void add_gather(CLI::App& app, Request& request);
void add_rollback(CLI::App& app, Request& request);
void add_doctor(CLI::App& app, Request& request);
void add_reload(CLI::App& app, Request& request);

}  // namespace acdr::ctl
