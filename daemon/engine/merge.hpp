// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/wish.hpp"

namespace acdr {

/// The CPUs there are to give out.
struct HostCpus {
  CpuSet online;
  CpuSet housekeeping;  ///< of these the ones that no claim holds; all where claims hold every one
};

/// A knob's desired value, and what had to be said about it.
struct Merged {
  KnobValue value;
  std::string note;  ///< set when the wishes left nothing and the fallback was taken, or left what cannot be used
};

/// desired(knob) = merge(baseline, every wish on it). The order of the wishes does not matter.
///
/// CPU sets: the baseline and all inclusions, within the intersection of all confinements, less the union of all
/// exclusions. A confinement wins over a baseline it has nothing in common with; one to CPUs that are all offline binds
/// nobody, where there is another. A result with no CPU online becomes `housekeeping` less the exclusions (all of
/// `housekeeping` if that is empty too), with a note: the kernel would give a cpuset all that its parent has, and
/// refuse a mask. Ways of caches: of the baseline less the exclusions the longest run in each cache. Words: all wishes
/// must agree; the error (refused) names both holders.
[[nodiscard]] Result<Merged> merge(const KnobValue& baseline, const std::vector<const Wish*>& wishes,
                                   const HostCpus& cpus);

/// The CPUs that confinements leave of a set: the intersection of those with a CPU online, none of which means that
/// nothing is left; none where there is no confinement.
[[nodiscard]] std::optional<CpuSet> binding_confinement(std::span<const Wish* const> wishes, const CpuSet& online);

/// Whether a value found on the host already satisfies every wish.
[[nodiscard]] bool satisfies(const KnobValue& found, const std::vector<const Wish*>& wishes);

}  // namespace acdr
