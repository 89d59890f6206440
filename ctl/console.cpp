// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/console.hpp"

#include "ctl/text/printable.hpp"

namespace acdr::ctl {

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::failed:
      return 1;
    case ErrorKind::usage:
      return 2;
    case ErrorKind::not_found:
      return 3;
    case ErrorKind::refused:
      return 4;
    case ErrorKind::unreachable:
      return 5;
  }
  return 1;
}

int complain(const Console& console, const Error& error) {
  console.err << "acdrctl: " << printable(error.message()) << '\n';
  return exit_code(error.kind());
}

}  // namespace acdr::ctl
