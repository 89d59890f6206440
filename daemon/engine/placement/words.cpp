// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/placement/words.hpp"

namespace acdr::placement {

std::string cpus_in_words(const CpuSet& cpus) { return fmt::format("CPU{} {}", cpus.count() == 1 ? "" : "s", cpus); }

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace acdr::placement
