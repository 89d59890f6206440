// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/ledger.hpp"
#include "engine/merge.hpp"
#include "engine/wish_list.hpp"

namespace acdr {

/// A knob as found at the beginning of a pass.
struct Observation {
  KnobValue found;
  std::vector<KnobValue> kernel_values;  ///< what the kernel resets it to by itself, see KnobBackend
  /// What it would have been without acdr, where it is new and the kernel has made it by a default that acdr has set.
  std::optional<KnobValue> without_us = {};
};

/// What to do with one knob.
struct Decision {
  KnobId knob;
  KnobValue found;
  KnobValue baseline;  ///< to go into the ledger
  KnobValue desired;
  bool release = false;    ///< no wish covers it any more: it leaves the ledger once it has its baseline
  bool foreign = false;    ///< somebody else wrote it since the last pass
  bool drifted = false;    ///< somebody else has set it, perhaps back to the baseline
  bool leave = false;      ///< do not write: it belongs to somebody else now
  bool cut_short = false;  ///< an earlier write may or may not have been made
  Reasons why;             ///< of the wishes on it
  std::string note;
};

/// Everything a pass decides from. No I/O.
struct PassInput {
  const ChangedRows& rows;
  const WishList& wishes;
  const std::map<KnobId, Observation>& observed;  ///< knobs that are gone have no entry
  const HostCpus& cpus;
};

/// Whether a set of CPUs, or of cache ways, becomes one that holds all of it and more.
[[nodiscard]] bool grows(const KnobValue& from, const KnobValue& to);

/// Whether a kernel thread's mask is the wanted one but for CPUs that are offline, which kernels before Linux 6.2 leave
/// out.
[[nodiscard]] bool lacks_only_offline(const KnobId& knob, const KnobValue& found, const KnobValue& wanted,
                                      const CpuSet& online);

/// Decides each knob that has a row or a wish, and sorts the decisions into the order of writing (see write_order).
/// Error (refused): two wishes that cannot both be met.
[[nodiscard]] Result<std::vector<Decision>> decide(const PassInput& input);

/// The order of writing: memory before everything, tuning after everything. In between, first what gives up partitions
/// and resource groups, then everything that narrows (irqbalance and defaults before the sets they would refill,
/// children before parents), then everything that widens, the other way round, then new partitions and resource groups;
/// thread masks last, because a cpuset write changes them. Narrow before wide, so that cores change hands without ever
/// being open to others.
void write_order(std::vector<Decision>& decisions);

}  // namespace acdr
