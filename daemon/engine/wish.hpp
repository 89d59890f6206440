// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "host/knob.hpp"

namespace acdr {

/// Keep these CPUs out of the knob's set.
struct Exclude {
  CpuSet cpus;
};
/// Keep the knob's set within these CPUs.
struct Confine {
  CpuSet cpus;
};
/// Add these CPUs to the knob's set (bans, exclusive sets).
struct Include {
  CpuSet cpus;
};
/// The knob has exactly this value.
struct Equal {
  KnobValue value;
};

/// What one claim wants of one knob.
struct Wish {
  KnobId knob;
  std::variant<Exclude, Confine, Include, Equal> want;
  std::string why;  ///< "cleaner-cores of domain web1"
};

/// What cannot be changed on this host, and what an admin can do about it.
struct Residual {
  std::string what;    ///< "IRQ 35 (virtio0-req.0) stays on 4-5"
  std::string reason;  ///< "its affinity is managed by the kernel"
  std::string remedy;  ///< "boot with isolcpus=managed_irq,4-5 or give the device fewer queues"; "" if there is none
  friend bool operator==(const Residual&, const Residual&) = default;
};

}  // namespace acdr
