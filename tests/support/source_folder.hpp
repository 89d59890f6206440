// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>

namespace acdr::test {

/// The checkout that the tests were built from. A function, so that one file is compiled for each checkout, and the
/// compiler's cache has all others.
[[nodiscard]] std::filesystem::path source_folder();

}  // namespace acdr::test
