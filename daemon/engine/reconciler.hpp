// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/concerned.hpp"
#include "engine/decide.hpp"
#include "engine/fights.hpp"
#include "engine/planner.hpp"
#include "host/knob_store.hpp"
#include "host/seen_values.hpp"

namespace acdr {

/// One thing that was done to the host, or tried.
struct Record {
  std::chrono::system_clock::time_point time;
  KnobId knob;
  KnobValue from;
  KnobValue to;
  std::optional<KnobValue> result;  ///< what the kernel made of it, read back; none if that is not known
  Reasons why;                      ///< conditionings and subjects, or "restored"
  std::string error;                ///< "" if it worked

  [[nodiscard]] std::string result_text() const { return result ? to_text(*result) : std::string(); }
};
using Recorder = std::function<void(const Record&)>;

/// A write that did not work, and whose wishes it was for (Decision::why).
struct FailedWrite {
  Error error;
  Reasons why;
};
struct RefusedWrite {
  KnobId knob;
  Residual residual;
  Reasons why;
  bool shortfall = false;  ///< something the workload counts on is missing, so the claim is degraded
};

/// How a pass ended.
struct PassReport {
  std::size_t written = 0;
  std::set<std::string> cgroups_written;  ///< or tried to
  bool machine_written = false;           ///< or tried to: something that is neither of a cgroup nor of a thread
  std::unordered_map<int, CpuSet> masks;  ///< of the threads that were written, by tid: online CPUs, as read back
  std::vector<FailedWrite> failures;      ///< should have worked: the target is not reached
  /// Single threads and IRQs that would not move, partitions called invalid, what libvirt or a guest does not do; also
  /// of earlier passes, what this one had not to decide.
  std::vector<RefusedWrite> residuals;
  std::vector<std::string> notices;  ///< foreign changes adopted, repaired or left alone; fallbacks taken
};

/// What a pass would do.
struct Preview {
  std::vector<Decision> decisions;   ///< in the order of writing
  std::vector<RefusedWrite> absent;  ///< wishes for knobs that this host does not have
};

/// Makes the host what a set of claims wants: the one way the host is ever changed.
class Reconciler {
 public:
  Reconciler(KnobStore& knobs, Ledger& ledger, Recorder recorder, Fights::Clock clock);

  /// Commits `target` as the live claims and makes the host so. `plan` is what `target` wants, `departing` what the
  /// claims that leave wanted (their knobs are looked at once more before they are given back), `seen` values that were
  /// read for the plan and need not be read again. Only what is `concerned` is decided, and what was refused before;
  /// none where that exceeds the area that was looked at (nothing was changed). Errors: two wishes that cannot both be
  /// met, the ledger cannot be written (nothing was changed on the host). What came of the writes is put off in the
  /// ledger.
  [[nodiscard]] Result<std::optional<PassReport>> reconcile(const Claims& target, const HostPlan& plan,
                                                            const WishList& departing, const SeenValues& seen,
                                                            Concerned concerned);

  /// What a pass would do, without doing it.
  [[nodiscard]] Result<Preview> preview(const HostPlan& plan, const SeenValues& seen) const;

 private:
  using Found = std::map<KnobId, Observation>;
  struct Observations {
    const Concerned& concerned;
    Found found = {};
    std::set<KnobId> missing = {};            ///< not there, or no more
    std::map<KnobId, Error> unreadable = {};  ///< there, but reading failed: their rows are kept as they are
    [[nodiscard]] bool knows(const KnobId& knob) const {
      return found.contains(knob) || missing.contains(knob) || unreadable.contains(knob);
    }
  };
  /// What a pass looks at the host's knobs with.
  struct Sight {
    const ChangedRows& rows;
    const HostPlan& plan;
    const SeenValues& seen;
  };
  struct Candidate {
    const KnobId* knob;
    const LedgerRow* row;  ///< null where it has none
  };
  /// While the decisions of a pass are carried out.
  struct Pass {
    const CpuSet& online;
    const SeenValues& seen;
    ChangedRows rows;
    PassReport report = {};
    bool partitions_written = false;  ///< or tried to
    bool sets_failed = false;         ///< a write to a cpuset or partition did

    /// Whether what was written may have changed the masks of the threads in a cgroup: a partition takes its CPUs from
    /// all others, also from kernel threads.
    [[nodiscard]] bool moved_threads_of(std::string cgroup) const;
  };
  [[nodiscard]] bool looks_at(const KnobId& knob, const Concerned& concerned) const;
  /// Looks at those knobs of rows and wishes that the pass looks at: what is there goes to `found`, the rest to
  /// `observed` at once. The knobs of other threads, for the case that what is written moves them.
  std::vector<Candidate> observe(const Sight& sight, Found& found, Observations& observed) const;
  /// Calls it for each knob that has a row or a wish, perhaps more than once, but for those the pass has nothing to do
  /// with.
  void for_each_candidate(const Sight& sight, const Concerned& concerned,
                          const std::function<void(const Candidate&)>& act) const;
  void look(const Candidate& candidate, const Sight& sight, Found& found, Observations& observed) const;
  [[nodiscard]] Result<KnobValue> once_more(const KnobId& knob, KnobValue found, const KnobValue& known) const;
  [[nodiscard]] Found take_in(const WishList& departing, const SeenValues& seen, ChangedRows& rows) const;
  void note_fallbacks(const std::vector<Decision>& decisions);
  void forget_what_is_gone();
  /// Of a knob that is new in the books: see Observation::without_us.
  [[nodiscard]] std::optional<KnobValue> without_us(const KnobId& knob, const KnobValue& found,
                                                    const ChangedRows& rows) const;
  [[nodiscard]] Result<KnobValue> value_of(const KnobId& knob, const SeenValues& seen) const;
  [[nodiscard]] static std::vector<RefusedWrite> absent(const Observations& observed, const WishList& wishes);
  [[nodiscard]] static std::vector<RefusedWrite> unknown(const Observations& observed, const WishList& wishes);
  [[nodiscard]] bool is_gone(const KnobId& knob) const;
  /// Makes the rows what they must be before the first write: each baseline known, what is about to be written marked
  /// open.
  static void write_ahead(ChangedRows& rows, const std::vector<Decision>& decisions, const Observations& observed);
  /// Leaves alone what somebody else sets again and again, and says so.
  void judge_fights(std::vector<Decision>& decisions, PassReport& report);
  void execute(const Decision& decision, Pass& pass);
  /// Whether the knob is as it should be, as far as that can be; what failed is in the report, what is gone has no row.
  bool carry_out(const Decision& decision, Pass& pass);
  /// The value a write starts from: as found, or as what was written since in this pass has made it.
  [[nodiscard]] Result<KnobValue> value_now(const Decision& decision, const Pass& pass) const;
  [[nodiscard]] static bool must_ask(const Decision& decision, const KnobValue& current, const Pass& pass);
  [[nodiscard]] bool is_its_own(const Decision& decision, const KnobValue& current) const;
  [[nodiscard]] Status write(const Decision& decision, Pass& pass);
  static void note_mask(const KnobId& knob, const KnobValue& value, Pass& pass);
  void record_failure(const Decision& decision, const Error& error, PassReport& report);

  KnobStore& knobs_;
  Ledger& ledger_;
  Recorder recorder_;
  Fights::Clock clock_;
  Fights fights_;
  std::map<KnobId, std::string> failing_;  ///< knobs whose last write failed, and how
  std::set<KnobId> fallen_back_;           ///< to housekeeping CPUs, which are others with each claim
  std::vector<RefusedWrite> refused_;      ///< as of the last pass that decided on each
};

}  // namespace acdr
