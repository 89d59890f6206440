// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <unordered_map>

#include "base/shared.hpp"
#include "host/snapshot.hpp"

namespace acdr {

/// The values of those knobs that a snapshot has looked at already, as their backends would read them. The snapshot
/// must outlive it.
class SeenValues {
 public:
  /// `area` is what was looked at just now. Of the cgroups that are settled in it the sets are known all the same:
  /// whoever writes them is told of. The masks of their threads are not.
  explicit SeenValues(const HostSnapshot& host, Shared<Area> area = {});
  /// None for what the snapshot does not hold, was not there, or could not be read.
  [[nodiscard]] std::optional<KnobValue> of(const KnobId& knob) const;
  /// The cgroup of the thread that a knob of threads is about; null if the snapshot does not hold it.
  [[nodiscard]] const std::string* cgroup_of(const KnobId& knob) const;

 private:
  [[nodiscard]] const ThreadState* thread_of(const KnobId& knob) const;
  [[nodiscard]] std::optional<KnobValue> cgroup(const std::string& path) const;
  [[nodiscard]] std::optional<KnobValue> thread(const KnobId& knob) const;
  [[nodiscard]] std::optional<KnobValue> interrupt(const std::string& number) const;

  const HostSnapshot& host_;
  Shared<Area> area_;
  bool whole_masks_;  ///< of a kernel thread's mask a snapshot has only the CPUs that are online
  std::unordered_map<int, const ThreadState*> threads_;
};

}  // namespace acdr
