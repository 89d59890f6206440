// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>

#include "engine/asking.hpp"
#include "engine/placement.hpp"

namespace acdr {

/// /etc/acdr/acdr.yaml: what an admin limits acdr to.
struct Config {
  PlacementLimits limits;
  AskRules asking;
};

/// Reads the configuration; a file that is not there means the defaults. Error (usage): "<file>:<line>:<column>: ..."
/// of the first fault.
[[nodiscard]] Result<Config> read_config(const std::filesystem::path& file);

}  // namespace acdr
