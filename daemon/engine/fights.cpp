// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/fights.hpp"

#include <algorithm>

namespace acdr {

Fights::Verdict Fights::judge(const KnobId& knob, Time now) {
  Fight& fight = fights_[knob];
  if (now < fight.until) return Verdict::leave_alone;
  while (!fight.repairs.empty() && now - fight.repairs.front() > window) fight.repairs.pop_front();
  if (fight.repairs.size() < most_repairs) {
    fight.repairs.push_back(now);
    return Verdict::repair;
  }
  fight.repairs.clear();
  fight.until = now + fight.rest;
  fight.rest = std::min(2 * fight.rest, longest_rest);
  return Verdict::give_up;
}

/// A quiet time makes a later fight a new one; until then the knob may look well between two rounds.
void Fights::forget(const KnobId& knob, Time now) {
  const auto fight = fights_.find(knob);
  if (fight == fights_.end() || now < fight->second.until) return;
  const auto& repairs = fight->second.repairs;
  if (repairs.empty() ? now - fight->second.until > window : now - repairs.back() > window) fights_.erase(fight);
}

}  // namespace acdr
