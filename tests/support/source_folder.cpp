// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/source_folder.hpp"

namespace acdr::test {

std::filesystem::path source_folder() { return ACDR_SOURCE_DIR; }

}  // namespace acdr::test
