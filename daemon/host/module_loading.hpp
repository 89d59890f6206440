// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "base/result.hpp"

namespace acdr {

/// Has systemd run acdr-load-kvm@.service, because this daemon may not load modules itself, and waits for it. Error
/// (failed): the module is in use, is not one that the unit takes, or it did not come to an end in time.
[[nodiscard]] Status load_module_anew(const std::string& module, const std::string& parameter,
                                      const std::string& value);

}  // namespace acdr
