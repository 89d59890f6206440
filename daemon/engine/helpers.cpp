// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/helpers.hpp"

namespace acdr {

CpuSet helpers_now(const Claim& claim, const CpuSet& housekeeping) {
  if (claim.allocation.helpers.empty()) return {};
  const CpuSet left = claim.allocation.helpers & housekeeping;
  return left.empty() ? housekeeping : left;
}

}  // namespace acdr
