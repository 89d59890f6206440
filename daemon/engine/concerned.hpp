// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/shared.hpp"
#include "engine/planner.hpp"

namespace acdr {

/// Which knobs a pass decides. All others are as the last pass has left them: nothing has happened to them, and nobody
/// wants anything else of them than then.
class Concerned {
 public:
  /// All.
  Concerned() = default;
  /// Those of the area that was looked at, those of which `now` wants something else than `before`, which the last pass
  /// has carried out, and the threads that these may move. `host` must outlive it.
  Concerned(Shared<Area> area, const HostSnapshot& host, const HostPlan& before, const HostPlan& now);

  [[nodiscard]] bool contains(const KnobId& knob) const;
  /// Whether of the cgroups in this scope only knobs that are `changed` are concerned.
  [[nodiscard]] bool leaves_out(std::string_view scope) const { return !all_ && area_->is_settled_scope(scope); }
  /// Those of which something else is wanted than before.
  [[nodiscard]] const std::unordered_set<KnobId, KnobHash>& changed() const { return changed_; }
  /// This knob will be written: what that moves is concerned as well. Whether that is more than before.
  bool widen(const KnobId& knob);
  /// Whether something has to be done that the area is too small a look for. A thread of a settled cgroup may have
  /// taken a mask of its own since, which the write of a set above it may overwrite.
  [[nodiscard]] bool exceeds_area() const;

 private:
  bool add_threads_of(const KnobId& knob);
  [[nodiscard]] bool touches_settled(const std::string& cgroup) const;
  [[nodiscard]] bool contains_thread(const KnobId& knob) const;
  [[nodiscard]] const std::string* cgroup_of(int tid) const;

  bool all_ = true;
  bool all_threads_ = false;  ///< a partition comes or goes
  Shared<Area> area_;
  mutable AreaWalk walk_{*area_};
  std::unordered_set<KnobId, KnobHash> changed_;
  Area written_ = {.cgroups = {}};  ///< cgroups whose sets are others than before
  bool disturbs_settled_ = false;   ///< one of these is settled, or above one that is
  /// By number, of threads that are not the kernel's, which are in no cgroup.
  std::vector<std::pair<int, const std::string*>> cgroups_;
};

}  // namespace acdr
