// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/reconciler.hpp"

#include <algorithm>

#include "engine/knob_groups.hpp"

namespace acdr {
namespace {

/// Single threads, interrupts and NICs may refuse, a module that is in use is not loaded anew, a partition only adds to
/// the exclusion of the others, libvirt may not answer, and resource groups are libvirt's as well, which may have their
/// lock: that is no failure of the whole, it is named and left.
bool may_refuse(KnobKind kind) {
  return is_thread_mask(kind) || is_partition(kind) || is_queue(kind) || is_flow_rule(kind) || is_balloon(kind) ||
         is_cache_share(kind) || kind == KnobKind::irq_affinity || kind == KnobKind::irqbalance_banned ||
         kind == KnobKind::huge_pages || kind == KnobKind::module_parameter;
}

Reasons reasons(const Decision& decision) {
  static const Reasons restored = "restored";
  return decision.release ? restored : decision.why;
}

void notice_foreign(const Decision& decision, PassReport& report) {
  if (decision.leave) {
    if (!decision.note.empty())
      report.notices.push_back(fmt::format("{}: {}", decision.knob.to_string(), decision.note));
  } else if (decision.foreign) {
    report.notices.push_back(fmt::format("{}: somebody else set it to {}; now {}", decision.knob.to_string(),
                                         to_text(decision.found), to_text(decision.desired)));
  } else if (!decision.note.empty() && decision.found != decision.desired) {
    report.notices.push_back(fmt::format("{}: {}", decision.knob.to_string(), decision.note));
  }
}

/// A file of /sys goes with its device, and the kernel may bring it back as it was: the frequency governor of a CPU
/// that was offline. Everything else that is gone comes back as another.
bool may_come_back(KnobKind kind) { return kind == KnobKind::sysfs; }

/// sched_getaffinity(2) leaves out the CPUs of a mask that are offline, and nothing else shows them for a thread of a
/// cpuset. They are in its mask again once they are back, so they count as left the way they were.
KnobValue whole(const KnobId& knob, KnobValue seen, const KnobValue* known, const CpuSet& online) {
  const auto* left = known == nullptr ? nullptr : std::get_if<CpuSet>(known);
  if (auto* cpus = std::get_if<CpuSet>(&seen);
      left != nullptr && cpus != nullptr && knob.kind == KnobKind::thread_affinity)
    *cpus |= *left - online;
  return seen;
}

bool may_be_now(const KnobValue& value, const CpuSet& online) {
  const auto* cpus = std::get_if<CpuSet>(&value);
  return cpus == nullptr || cpus->intersects(online);
}

RefusedWrite refused(const Decision& decision, const Error& error) {
  return {
      decision.knob,
      {fmt::format("{} is not {}", decision.knob.to_string(), to_text(decision.desired)), error.what(), error.remedy()},
      decision.why,
      decision.knob.kind == KnobKind::huge_pages};
}

}  // namespace

Reconciler::Reconciler(KnobStore& knobs, Ledger& ledger, Recorder recorder, Fights::Clock clock)
    : knobs_(knobs), ledger_(ledger), recorder_(std::move(recorder)), clock_(std::move(clock)) {}

Result<KnobValue> Reconciler::value_of(const KnobId& knob, const SeenValues& seen) const {
  auto known = seen.of(knob);
  return known ? Result<KnobValue>(std::move(*known)) : knobs_.read(knob);
}

std::optional<KnobValue> Reconciler::without_us(const KnobId& knob, const KnobValue& found,
                                                const ChangedRows& rows) const {
  const auto by_default = knobs_.default_of(knob);
  const LedgerRow* row = by_default ? rows.find(*by_default) : nullptr;
  if (row == nullptr || !row->last_applied) return std::nullopt;
  if (knobs_.given_by_default(knob, *row->last_applied) != found) return std::nullopt;
  return knobs_.given_by_default(knob, row->baseline);
}

/// While the kernel moves an interrupt, which it does when the interrupt comes, its mask reads as the one from before
/// (irq_move_masked_irq in kernel/irq/migration.c): so somebody else's value is only believed when it stays.
Result<KnobValue> Reconciler::once_more(const KnobId& knob, KnobValue found, const KnobValue& known) const {
  constexpr int looks = 3;
  for (int look = 0; knob.kind == KnobKind::irq_affinity && look < looks && found != known; ++look) {
    ACDR_TRY(found, knobs_.read(knob));
  }
  return found;
}

bool Reconciler::looks_at(const KnobId& knob, const Concerned& concerned) const {
  return concerned.contains(knob) || failing_.contains(knob) || fallen_back_.contains(knob);
}

void Reconciler::look(const Candidate& candidate, const Sight& sight, Found& all, Observations& observed) const {
  const auto& [knob, row] = candidate;
  const auto* known = row != nullptr && row->last_applied ? &*row->last_applied : nullptr;
  auto found = value_of(*knob, sight.seen);
  if (found && known != nullptr && *found != *known) found = once_more(*knob, std::move(*found), *known);
  if (!found) {
    if (found.error().kind() != ErrorKind::not_found)
      observed.unreadable.emplace(*knob, found.error());
    else
      observed.missing.insert(*knob);
    return;
  }
  const CpuSet& online = sight.plan.cpus.online;
  Observation seen{whole(*knob, std::move(*found), known, online), {}};
  // Where the value came from matters when it is not the one we left, or when that cannot be given back now.
  if (row != nullptr && (row->last_applied != seen.found || !may_be_now(row->baseline, online)))
    seen.kernel_values = knobs_.kernel_values(*knob);
  if (row == nullptr) seen.without_us = without_us(*knob, seen.found, sight.rows);
  all.emplace(*knob, std::move(seen));
}

void Reconciler::for_each_candidate(const Sight& sight, const Concerned& concerned,
                                    const std::function<void(const Candidate&)>& act) const {
  const auto left_out = [&](std::string_view scope) { return concerned.leaves_out(scope); };
  const auto of_part = [&](const WishList::Part& part) {
    for (const Wish& wish : *part) act({&wish.knob, nullptr});
  };
  sight.rows.for_each(left_out, [&](const KnobId& knob, const LedgerRow& row) { act({&knob, &row}); });
  for (const auto& [key, claim] : sight.plan.claims) {
    if (!claim->in_scope.empty() && !left_out(claim->scope)) std::ranges::for_each(claim->in_scope, of_part);
    std::ranges::for_each(claim->elsewhere, of_part);
  }
  std::ranges::for_each(sight.plan.of_no_claim, of_part);
  const auto if_left_out = [&](const KnobId& knob) {
    if (!is_of_cgroup(knob.kind) || !left_out(scope_of(knob.object))) return;
    const LedgerRow* row = sight.rows.find(knob);
    if (row != nullptr || !sight.plan.wishes.of(knob).empty()) act({&knob, row});
  };
  std::ranges::for_each(concerned.changed(), if_left_out);
  for (const auto& [knob, how] : failing_) if_left_out(knob);
  std::ranges::for_each(fallen_back_, if_left_out);
}

std::vector<Reconciler::Candidate> Reconciler::observe(const Sight& sight, Found& all, Observations& observed) const {
  std::vector<Candidate> threads;
  for_each_candidate(sight, observed.concerned, [&](const Candidate& candidate) {
    const KnobId& knob = *candidate.knob;
    const bool wanted = looks_at(knob, observed.concerned);
    if (!wanted && !is_of_thread(knob.kind)) return;
    if (candidate.row == nullptr && sight.rows.contains(knob)) return;
    if (!wanted && !all.contains(knob))
      threads.push_back(candidate);
    else if (wanted && (candidate.row != nullptr || !(all.contains(knob) || observed.knows(knob))))
      look(candidate, sight, all, observed);
  });
  return threads;
}

std::vector<RefusedWrite> Reconciler::absent(const Observations& observed, const WishList& wishes) {
  std::vector<RefusedWrite> absent;
  // What is missing of every queue of a NIC is said once.
  const auto said = [&](const Wish& wish) {
    return std::ranges::any_of(
        absent, [&](const RefusedWrite& one) { return one.residual == **wish.if_absent && one.why == wish.why; });
  };
  for (const KnobId& knob : observed.missing)
    for (const Wish* wish : wishes.of(knob))
      if (wish->if_absent && !said(*wish)) absent.push_back({knob, **wish->if_absent, wish->why});
  return absent;
}

std::vector<RefusedWrite> Reconciler::unknown(const Observations& observed, const WishList& wishes) {
  std::vector<RefusedWrite> unknown;
  for (const auto& [knob, error] : observed.unreadable)
    for (const Wish* wish : wishes.of(knob))
      unknown.push_back(
          {knob,
           {fmt::format("whether {} is as it should be is not known", knob.to_string()), error.what(), error.remedy()},
           wish->why});
  return unknown;
}

Result<Preview> Reconciler::preview(const HostPlan& plan, const SeenValues& seen) const {
  const Concerned all;
  Observations observed{all};
  observe({ledger_.rows(), plan, seen}, observed.found, observed);
  ACDR_TRY(auto decisions, decide({ledger_.rows(), plan.wishes, observed.found, plan.cpus}));
  return Preview{std::move(decisions), absent(observed, plan.wishes)};
}

/// What came while a departing claim lived is taken into the books now. Threads that narrowed themselves must survive
/// the widening of their cpuset as they are.
Reconciler::Found Reconciler::take_in(const WishList& departing, const SeenValues& seen, ChangedRows& rows) const {
  Found late;
  for (const Wish* wish : departing.by_knob()) {
    const KnobId& knob = wish->knob;
    if (rows.contains(knob)) continue;
    auto found = value_of(knob, seen);
    if (!found) continue;
    auto baseline = is_thread_mask(knob.kind) ? *found : without_us(knob, *found, rows);
    if (!baseline) continue;
    rows.set(knob, LedgerRow{std::move(*baseline), *found});
    late.emplace(knob, Observation{std::move(*found), {}});
  }
  return late;
}

Result<std::optional<PassReport>> Reconciler::reconcile(const Claims& target, const HostPlan& plan,
                                                        const WishList& departing, const SeenValues& seen,
                                                        Concerned concerned) {
  Pass pass{plan.cpus.online, seen, ledger_.rows()};
  Observations observed{concerned};
  std::vector<Decision> decisions;
  Found found = take_in(departing, seen, pass.rows);
  const Sight sight{pass.rows, plan, seen};
  auto threads = observe(sight, found, observed);
  for (bool wider = true; wider;) {
    ACDR_TRY(auto more, decide({pass.rows, plan.wishes, found, plan.cpus}));
    wider = false;
    for (const auto& decision : more)
      if (!decision.leave && decision.found != decision.desired) wider |= concerned.widen(decision.knob);
    observed.found.merge(std::exchange(found, {}));
    std::ranges::move(more, std::back_inserter(decisions));
    // What is written moves threads.
    if (!wider) break;
    std::erase_if(threads, [&](const Candidate& candidate) {
      const bool moved = looks_at(*candidate.knob, concerned);
      if (moved && !found.contains(*candidate.knob) && !observed.knows(*candidate.knob))
        look(candidate, sight, found, observed);
      return moved;
    });
  }
  write_order(decisions);
  if (concerned.exceeds_area()) return std::nullopt;
  judge_fights(decisions, pass.report);
  write_ahead(pass.rows, decisions, observed);
  ACDR_CHECK(ledger_.commit(target, pass.rows));
  std::ranges::copy_if(refused_, std::back_inserter(pass.report.residuals),
                       [&](const RefusedWrite& one) { return !looks_at(one.knob, concerned); });
  std::ranges::move(absent(observed, plan.wishes), std::back_inserter(pass.report.residuals));
  std::ranges::move(unknown(observed, plan.wishes), std::back_inserter(pass.report.residuals));
  for (const auto& decision : decisions) execute(decision, pass);
  ledger_.put_off(pass.rows);
  note_fallbacks(decisions);
  forget_what_is_gone();
  refused_ = pass.report.residuals;
  return std::optional(std::move(pass.report));
}

void Reconciler::note_fallbacks(const std::vector<Decision>& decisions) {
  for (const auto& decision : decisions) {
    const bool fell_back =
        !decision.leave && std::holds_alternative<CpuSet>(decision.desired) && !decision.note.empty();
    if (fell_back)
      fallen_back_.insert(decision.knob);
    else
      fallen_back_.erase(decision.knob);
  }
}

/// Cgroups and threads come and go for as long as the daemon lives.
void Reconciler::forget_what_is_gone() {
  const auto is_there = [this](const KnobId& knob) { return ledger_.rows().contains(knob); };
  std::erase_if(failing_, [&](const auto& entry) { return !is_there(entry.first); });
  std::erase_if(fallen_back_, [&](const KnobId& knob) { return !is_there(knob); });
  fights_.forget_all_but(is_there, clock_());
}

/// Makes the rows what they must be before the first write: each baseline known, what is about to be written marked
/// open.
void Reconciler::write_ahead(ChangedRows& rows, const std::vector<Decision>& decisions, const Observations& observed) {
  for (const auto& knob : observed.missing)
    if (!may_come_back(knob.kind)) rows.drop(knob);
  for (const auto& decision : decisions) {
    const LedgerRow* row = rows.find(decision.knob);
    LedgerRow next{decision.baseline, row == nullptr ? std::nullopt : row->last_applied};
    if (decision.found != decision.desired && !decision.leave) next.last_applied = std::nullopt;
    rows.set(decision.knob, std::move(next));
  }
}

void Reconciler::judge_fights(std::vector<Decision>& decisions, PassReport& report) {
  const auto now = clock_();
  for (auto& decision : decisions) {
    if (decision.release || !decision.drifted || decision.found == decision.desired) {
      fights_.forget(decision.knob, now);
      continue;
    }
    const auto verdict = fights_.judge(decision.knob, now);
    if (verdict == Fights::Verdict::repair) continue;
    decision.leave = true;
    decision.note =
        verdict == Fights::Verdict::give_up
            ? fmt::format("somebody else sets it to {} again and again; left alone for now", to_text(decision.found))
            : std::string();
    report.residuals.push_back({decision.knob,
                                {fmt::format("{} is {}, not {}", decision.knob.to_string(), to_text(decision.found),
                                             to_text(decision.desired)),
                                 "somebody else sets it again and again; it is left alone for a while",
                                 "see what runs here with acdrctl doctor"},
                                decision.why,
                                true});
  }
}

void Reconciler::execute(const Decision& decision, Pass& pass) {
  PassReport& report = pass.report;
  notice_foreign(decision, report);
  if (!decision.leave && decision.found != decision.desired) {
    // What a cgroup, and all below it, may make exclusive changes nothing as long as none of them does.
    if (is_of_cgroup(decision.knob.kind) && decision.knob.kind != KnobKind::cgroup_exclusive)
      report.cgroups_written.insert(decision.knob.object);
    pass.partitions_written |= is_partition(decision.knob.kind);
    report.machine_written |= !is_of_cgroup(decision.knob.kind) && !is_of_thread(decision.knob.kind);
  }
  if (!decision.leave && !carry_out(decision, pass)) return;
  if (!decision.release) return;
  // A set that could not be given back will be, and then changes the masks of the threads in it once more.
  if (pass.sets_failed && is_thread_mask(decision.knob.kind)) return;
  const auto& left = pass.rows.find(decision.knob)->last_applied;
  const bool owed = left && !decision.leave && lacks_only_offline(decision.knob, *left, decision.baseline, pass.online);
  if (!owed) pass.rows.drop(decision.knob);
}

bool Reconciler::carry_out(const Decision& decision, Pass& pass) {
  if (const auto done = write(decision, pass); !done) {
    if (!is_gone(decision.knob)) {
      pass.sets_failed |= moves_threads(decision.knob.kind);
      record_failure(decision, done.error(), pass.report);
    } else if (!may_come_back(decision.knob.kind)) {
      pass.rows.drop(decision.knob);
    }
    return false;
  }
  failing_.erase(decision.knob);
  if (const auto effect = knobs_.in_effect(decision.knob); !effect && !decision.release)
    pass.report.residuals.push_back(refused(decision, effect.error()));
  return true;
}

/// A write may say that something is not there without the knob being gone.
bool Reconciler::is_gone(const KnobId& knob) const {
  const auto value = knobs_.read(knob);
  return !value && value.error().kind() == ErrorKind::not_found;
}

bool Reconciler::Pass::moved_threads_of(std::string cgroup) const {
  if (partitions_written) return true;
  while (!report.cgroups_written.contains(cgroup)) {
    if (cgroup.empty()) return false;
    cgroup.resize(parent_cgroup(cgroup).size());
  }
  return true;
}

Result<KnobValue> Reconciler::value_now(const Decision& decision, const Pass& pass) const {
  if (!is_thread_mask(decision.knob.kind)) return decision.found;
  const std::string* cgroup = pass.seen.cgroup_of(decision.knob);
  if (cgroup != nullptr && !pass.moved_threads_of(*cgroup)) return decision.found;
  ACDR_TRY(KnobValue current, knobs_.read(decision.knob));
  return whole(decision.knob, std::move(current), &decision.found, pass.online);
}

/// A cpuset that was written in this pass has given a thread more than it had, which acdr itself has never set. Before
/// Linux 6.2 that is all the cpuset has; since then the kernel knows what the thread asked for, and has given it that.
bool Reconciler::is_its_own(const Decision& decision, const KnobValue& current) const {
  if (decision.knob.kind != KnobKind::thread_affinity || decision.baseline != decision.found) return false;
  if (!grows(decision.found, current)) return false;
  const auto from_cpuset = knobs_.kernel_values(decision.knob);
  return std::ranges::find(from_cpuset, current) == from_cpuset.end();
}

/// A partition that came in this pass may have taken from a thread what is wanted off it. Since Linux 6.12 the kernel
/// gives a kernel thread again what it was asked for once the partition has gone, so it is asked all the same; also
/// where the daemon may have died before it did.
bool Reconciler::must_ask(const Decision& decision, const KnobValue& current, const Pass& pass) {
  if (current != decision.desired) return true;
  if (!is_thread_mask(decision.knob.kind)) return false;
  return decision.cut_short || (pass.partitions_written && decision.found != decision.desired);
}

void Reconciler::note_mask(const KnobId& knob, const KnobValue& value, Pass& pass) {
  if (!is_thread_mask(knob.kind)) return;
  if (const auto id = ThreadId::parse(knob.object))
    pass.report.masks.insert_or_assign(id->tid, std::get<CpuSet>(value) & pass.online);
}

Status Reconciler::write(const Decision& decision, Pass& pass) {
  ACDR_TRY(KnobValue current, value_now(decision, pass));
  KnobValue baseline = decision.baseline;
  if (is_its_own(decision, current)) {
    baseline = current;
  } else if (must_ask(decision, current, pass)) {
    ACDR_CHECK(knobs_.write(decision.knob, decision.desired));
    ++pass.report.written;
    KnobValue before = std::move(current);
    ACDR_TRY(current, knobs_.read_back(decision.knob));
    note_mask(decision.knob, current, pass);
    current = whole(decision.knob, std::move(current), &decision.desired, pass.online);
    if (recorder_)
      recorder_({std::chrono::system_clock::now(), decision.knob, std::move(before), decision.desired, current,
                 reasons(decision), ""});
  }
  pass.rows.set(decision.knob, {std::move(baseline), current});
  // Masks may be narrowed by the kernel; a text or a number is what was asked for, or it did not work.
  const bool exact = !std::holds_alternative<CpuSet>(decision.desired);
  if (exact && current != decision.desired)
    return failure(Error(ErrorKind::failed, fmt::format("the kernel made '{}' of it", to_text(current))));
  return {};
}

void Reconciler::record_failure(const Decision& decision, const Error& error, PassReport& report) {
  // What fails in the same way at every pass is worth one record.
  const bool known = std::exchange(failing_[decision.knob], error.message()) == error.message();
  if (recorder_ && !known)
    recorder_({std::chrono::system_clock::now(), decision.knob, decision.found, decision.desired, std::nullopt,
               reasons(decision), error.message()});
  if (may_refuse(decision.knob.kind))
    report.residuals.push_back(refused(decision, error));
  else
    report.failures.push_back(
        {error.during(fmt::format("setting {} to {}", decision.knob.to_string(), to_text(decision.desired))),
         decision.why});
}

}  // namespace acdr
