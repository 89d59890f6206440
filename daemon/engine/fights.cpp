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

bool Fights::Fight::has_ended(Time now) const {
  if (now < until) return false;
  return now - (repairs.empty() ? until : repairs.back()) > window;
}

void Fights::forget(const KnobId& knob, Time now) {
  const auto fight = fights_.find(knob);
  if (fight != fights_.end() && fight->second.has_ended(now)) fights_.erase(fight);
}

void Fights::forget_all_but(const std::function<bool(const KnobId&)>& is_there, Time now) {
  std::erase_if(fights_, [&](const auto& entry) { return entry.second.has_ended(now) && !is_there(entry.first); });
}

}  // namespace acdr
