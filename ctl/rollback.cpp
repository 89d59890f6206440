// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/rollback.hpp"

#include <unistd.h>

#include "ctl/program.hpp"

namespace acdr::ctl {

Result<int> roll_back(const std::string& daemon) {
  if (::geteuid() != 0) return failure(Error(ErrorKind::refused, "only root may put the host back", "run it as root"));
  return run_program({daemon, "--rollback"});
}

}  // namespace acdr::ctl
