// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/shared.hpp"
#include "engine/reasons.hpp"
#include "host/knob.hpp"

namespace acdr {

/// Keep these CPUs out of the knob's set.
struct Exclude {
  CpuSet cpus;
  friend bool operator==(const Exclude&, const Exclude&) = default;
};
/// Keep the knob's set within these CPUs.
struct Confine {
  CpuSet cpus;
  friend bool operator==(const Confine&, const Confine&) = default;
};
/// Add these CPUs to the knob's set (bans, exclusive sets).
struct Include {
  CpuSet cpus;
  friend bool operator==(const Include&, const Include&) = default;
};
/// The knob has exactly this value.
struct Equal {
  KnobValue value;
  friend bool operator==(const Equal&, const Equal&) = default;
};

/// So many more than the baseline; several add up (huge pages).
struct Add {
  Count count;
  friend bool operator==(const Add&, const Add&) = default;
};
/// At least so many; the largest wins (flow tables).
struct AtLeast {
  Count count;
  friend bool operator==(const AtLeast&, const AtLeast&) = default;
};

/// A real-time scheduling policy of at least this priority; the largest wins, and a thread that has more keeps it.
struct RealTimeAtLeast {
  std::uint32_t priority = 1;
  friend bool operator==(const RealTimeAtLeast&, const RealTimeAtLeast&) = default;
};

/// Keep these ways out of the knob's, of which one run is left.
struct ExcludeWays {
  CacheWays ways;
  friend bool operator==(const ExcludeWays&, const ExcludeWays&) = default;
};

/// What cannot be changed on this host, and what an admin can do about it.
struct Residual {
  std::string what;    ///< "IRQ 35 (virtio0-req.0) stays on 4-5"
  std::string reason;  ///< "its affinity is managed by the kernel"
  std::string remedy;  ///< "boot with isolcpus=managed_irq,4-5 or give the device fewer queues"; "" if there is none
  friend bool operator==(const Residual&, const Residual&) = default;
};

/// What a claim, or several, want of one knob.
struct Wish {
  KnobId knob;
  std::variant<Exclude, Confine, Include, Equal, Add, AtLeast, RealTimeAtLeast, ExcludeWays> want;
  Reasons why;  ///< "cleaner-cores of domain web1"
  /// What to tell where this host has no such knob; none for what comes and goes.
  std::optional<Shared<Residual>> if_absent;
};

}  // namespace acdr
