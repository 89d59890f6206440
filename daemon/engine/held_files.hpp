// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "host/knob.hpp"

namespace acdr {

/// The files of the knobs that acdr holds, and whose each is. A pass writes hundreds of them, and is told of each.
class HeldFiles {
 public:
  void add(const KnobId& knob, const std::vector<std::string>& files);
  void remove(const KnobId& knob, const std::vector<std::string>& files);

  [[nodiscard]] const std::set<std::string>& all() const { return all_; }
  /// None where nobody holds it.
  [[nodiscard]] std::set<KnobId> knobs_of(const std::string& file) const;

 private:
  std::set<std::string> all_;
  std::map<std::string, std::set<KnobId>> knobs_;
};

}  // namespace acdr
