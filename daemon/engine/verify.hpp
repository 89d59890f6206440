// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "engine/claim.hpp"
#include "engine/decide.hpp"
#include "engine/ledger.hpp"
#include "host/snapshot.hpp"

namespace acdr {

/// One promise, compared with the host.
struct VerifyItem {
  std::string subject;  ///< "domain web1"
  std::string what;     ///< "no other task may run on 2-3"
  bool holds = true;
  std::string detail;  ///< what was found instead
};

struct VerifyReport {
  std::vector<VerifyItem> items;
  [[nodiscard]] bool holds() const;
};

/// Compares the host with what its claims promise, from the effects (who may run where), not from what was written:
/// tasks and kernel threads, interrupts, and the domain's own threads. `decisions` adds each knob that is not as
/// desired.
[[nodiscard]] VerifyReport verify_claims(const Claims& claims, const HostSnapshot& host,
                                         const std::vector<Decision>& decisions);

}  // namespace acdr
