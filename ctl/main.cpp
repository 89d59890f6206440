// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "ctl/app.hpp"

namespace {

/// https://no-color.org: set and not empty.
bool wants_colour() {
  const char* refused = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && (refused == nullptr || *refused == '\0') &&
         (terminal == nullptr || std::string_view(terminal) != "dumb");
}

}  // namespace

int main(int argc, char** argv) {
  const acdr::ctl::Console console{std::cout, std::cerr, acdr::ctl::Style{wants_colour()}};
  return acdr::ctl::run({argv + 1, argv + argc}, console);
}
