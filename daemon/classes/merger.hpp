// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "classes/expansion.hpp"

#include <map>
#include <string>
#include <vector>

namespace acdr::classes {

/// Makes one class's conditionings out of those of its includes and its own.
class Merger {
 public:
  Merger(const ClassDocument& document, Faults& faults) : document_(document), faults_(faults) {}

  void add_include(const BoundItem& include, const ClassDocument& inner, const ExpandedClass& expanded);
  void add_own(const BoundItem& conditioning);
  /// `report`: add a fault for includes that contradict each other.
  [[nodiscard]] std::vector<ExpandedConditioning> merge(bool report);

 private:
  /// What one include sets.
  struct Candidate {
    Setting setting;
    const BoundItem* include;
  };
  struct Slot {
    ExpandedConditioning result;  ///< its settings are the class's own
    std::map<std::string, std::vector<Candidate>> candidates;
  };

  Slot& slot(const ExpandedConditioning& first);
  [[nodiscard]] const Setting& choose(const std::string& conditioning, const std::string& parameter,
                                      const std::vector<Candidate>& candidates, bool report);

  const ClassDocument& document_;
  Faults& faults_;
  std::vector<Slot> slots_;
};

}  // namespace acdr::classes
