// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>

/// What a class document may grow to. Far above any real class, and low enough that no document can hurt the daemon.
namespace acdr::classes {

inline constexpr std::size_t max_file_bytes = std::size_t{256} * 1024;
inline constexpr std::size_t max_files_per_directory = 1024;
inline constexpr std::size_t max_faults_per_file = 100;

inline constexpr std::size_t max_depth = 8;       ///< nested lists and maps; a class needs four
inline constexpr std::size_t max_nodes = 10'000;  ///< keys, values, lists and maps of one document
inline constexpr std::size_t max_items = 64;      ///< includes, conditionings, parameters, arguments, choices: each

inline constexpr std::size_t max_include_depth = 32;

inline constexpr std::size_t max_name_length = 64;    ///< bytes
inline constexpr std::size_t max_line_length = 200;   ///< bytes of a summary, a help text or a choice
inline constexpr std::size_t max_text_length = 1024;  ///< bytes of a string value, parameters substituted
inline constexpr std::size_t max_references = 16;     ///< "${...}" in one text, includes expanded

}  // namespace acdr::classes
