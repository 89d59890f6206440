// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "engine/wish.hpp"

namespace acdr {

/// A knob's desired value, and what had to be said about it.
struct Merged {
  KnobValue value;
  std::string note;  ///< set when the wishes left nothing and the fallback was taken, or left what cannot be used
};

/// desired(knob) = merge(baseline, every wish on it). The order of the wishes does not matter.
///
/// CPU sets: the baseline and all inclusions, within the intersection of all confinements, less the union of all
/// exclusions. A confinement wins over a baseline it has nothing in common with. An empty result becomes `housekeeping`
/// less the exclusions (all of `housekeeping` if that is empty too), with a note. Ways of caches: of the baseline less
/// the exclusions the longest run in each cache. Words: all wishes must agree; the error (refused) names both holders.
[[nodiscard]] Result<Merged> merge(const KnobValue& baseline, const std::vector<const Wish*>& wishes,
                                   const CpuSet& housekeeping);

/// Whether a value found on the host already satisfies every wish.
[[nodiscard]] bool satisfies(const KnobValue& found, const std::vector<const Wish*>& wishes);

}  // namespace acdr
