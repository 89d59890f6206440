// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/held_files.hpp"

namespace acdr {

void HeldFiles::add(const KnobId& knob, const std::vector<std::string>& files) {
  for (const auto& file : files) {
    all_.insert(file);
    knobs_[file].insert(knob);
  }
}

void HeldFiles::remove(const KnobId& knob, const std::vector<std::string>& files) {
  for (const auto& file : files) {
    const auto found = knobs_.find(file);
    if (found == knobs_.end()) continue;
    found->second.erase(knob);
    if (!found->second.empty()) continue;
    knobs_.erase(found);
    all_.erase(file);
  }
}

std::set<KnobId> HeldFiles::knobs_of(const std::string& file) const {
  const auto found = knobs_.find(file);
  return found == knobs_.end() ? std::set<KnobId>() : found->second;
}

}  // namespace acdr
