// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/wish_list.hpp"
#include "host/snapshot.hpp"

namespace acdr {

/// Keeps CPUs free of everything of one sort. Most knobs of a host are touched by such exclusions only, and by all of
/// them: they are taken together, so that a knob has one wish and not one from each claim.
struct Exclusion {
  enum class Of {
    tasks,           ///< and movable kernel threads, and unbound work
    interrupts,      ///< those that have a handler, and new ones; irqbalance moves none there
    nic_interrupts,  ///< those of NICs that are hardware
  };
  Of what = Of::tasks;
  CpuSet cpus;
  Reasons why;
  std::vector<std::string> carriers = {};  ///< cgroups whose tasks may stay, with all below them
};

/// All exclusions on one host. Both must outlive it.
class Exclusions {
 public:
  Exclusions(std::vector<const Exclusion*> all, const HostSnapshot& host);

  /// `others` are what else is wished, sorted: a cgroup that is confined to other CPUs anyway needs no exclusion. So
  /// one more claim is no news for the cgroups of hundreds of others.
  void add_wishes(const WishList& others, std::vector<Wish>& wishes) const;
  /// What one of them does not reach, by its place in those given.
  [[nodiscard]] std::vector<Residual> residuals(std::size_t index);

 private:
  using Which = std::vector<std::size_t>;  ///< ascending
  /// To carriers, through a cgroup.
  struct Way {
    Which there;    ///< those with a carrier in the cgroup itself
    Which any;      ///< or below
    Which onwards;  ///< of these the ones that have it below, and not there
  };
  struct Total {
    CpuSet cpus;
    Reasons why;
  };
  /// Looked up by a CPU of their set. Most have but one, and each of hundreds of claims asks for a few.
  template <class What>
  class OnCpus {
   public:
    void add(const CpuSet& cpus, const What& what);
    /// Those whose sets have some of these, in the order they were added in if that is the order of addresses.
    [[nodiscard]] std::vector<const What*> on(const CpuSet& cpus) const;

   private:
    std::unordered_map<unsigned, std::vector<const What*>> by_cpu_;
    std::vector<std::pair<CpuSet, const What*>> wide_;
  };
  void follow_carriers(std::size_t index);
  void count_tasks();
  void find_what_stays();
  void sort_bound_threads();
  void find_interrupts_that_stay();
  [[nodiscard]] Total total(const Which& which) const;
  /// Those less the others. A domain's cgroup and its threads ask for the same, so it is kept.
  [[nodiscard]] Total total_without(const Which& which, const Which& others) const;
  [[nodiscard]] Total tasks_but(const Which& others) const;
  /// How many of `tasks_` have it.
  [[nodiscard]] unsigned have_reason(const std::string& why) const;
  [[nodiscard]] Which of_kind(Exclusion::Of what) const;
  /// Null where no carrier is there or below.
  [[nodiscard]] const Way* way_through(std::string_view cgroup) const;
  /// Those whose way to a carrier goes through this cgroup, and does not end there.
  [[nodiscard]] const Which& passing(std::string_view cgroup) const;
  /// Those that leave the tasks of this cgroup alone.
  [[nodiscard]] Which carried(std::string_view cgroup) const;
  [[nodiscard]] Total left_to_thread(const ThreadState& thread) const;
  void exclude(KnobId knob, const Total& total, std::vector<Wish>& wishes) const;
  /// Whether one of those less the others is about one of these CPUs.
  [[nodiscard]] bool any_without(const Which& which, const Which& others, const CpuSet& cpus) const;
  void add_cgroups(const WishList& others, std::vector<Wish>& wishes) const;
  void add_threads(std::vector<Wish>& wishes) const;
  void add_interrupts(std::vector<Wish>& wishes) const;
  [[nodiscard]] bool reaches_cgroups(std::size_t index) const;
  [[nodiscard]] std::optional<Residual> bound_threads(const Exclusion& exclusion) const;
  [[nodiscard]] std::vector<Residual> tasks_left(std::size_t index) const;
  [[nodiscard]] std::vector<Residual> interrupts_left(const CpuSet& cpus) const;

  std::vector<const Exclusion*> all_;
  const HostSnapshot& host_;
  Which tasks_;
  Total all_tasks_;
  std::vector<unsigned> tasks_on_;                                    ///< by CPU: how many of `tasks_` keep it free
  mutable std::unordered_map<std::string_view, unsigned> tasks_for_;  ///< by reason: see have_reason
  std::unordered_map<std::string_view, Way> ways_;                    ///< by cgroup, with its name in exclusions
  bool knows_what_stays_ = false;
  OnCpus<ThreadState> bound_;  ///< threads the kernel binds itself
  OnCpus<IrqState> staying_;   ///< interrupts that may come to where their mask does not let them, or not yet
  mutable std::map<Which, Total> tasks_without_;  ///< of all of `tasks_`, by what is left out
};

}  // namespace acdr
