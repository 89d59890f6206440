// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/placement/view.hpp"

#include <string>
#include <vector>

namespace acdr::placement {

/// "CPU 3" or "CPUs 2-5".
[[nodiscard]] std::string cpus_in_words(const CpuSet& cpus);
/// "1 core", "4 cores".
[[nodiscard]] std::string counted(std::size_t count, std::string_view noun);

/// Why there is no room for `need`: how many cores are free and where, who holds the rest, what to do.
[[nodiscard]] Error refusal(const HostView& view, std::size_t need);
/// The same where no number was asked for.
[[nodiscard]] Error nothing_to_propose(const HostView& view);

/// Which of the CPUs the claim's apart group keeps it off, and because of whom.
[[nodiscard]] std::string apart_in_words(const HostView& view, const CpuSet& cpus);
/// What a node has for memory that must be there.
[[nodiscard]] std::string memory_left_in_words(const HostView& view, const NodeView& node);
/// Why no node can hold memory that must be on one.
[[nodiscard]] Error no_memory(const HostView& view);

/// Why these cores, in sentences.
[[nodiscard]] std::vector<std::string> reasons_for(const HostView& view, const Selection& selection);

}  // namespace acdr::placement
