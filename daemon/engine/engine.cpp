// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/engine.hpp"

#include <algorithm>
#include <iterator>

namespace acdr {
namespace {

/// More than enough for a claim that needs its vCPUs settled before its helpers: 2. A bound, so that a plugin that
/// never settles cannot spin the daemon.
constexpr int most_passes = 4;

Claims without(Claims claims, const Subject& subject, const std::string& class_name) {
  std::erase_if(claims, [&](const auto& entry) {
    return entry.second->subject == subject && (class_name.empty() || entry.second->resolved->name == class_name);
  });
  return claims;
}

/// Of claims that are as they are in `live` it is known which scopes the host does not have.
void drop_dead_scopes(Claims& target, const Claims& live, const Area::Scopes& unseen, const HostSnapshot& host) {
  auto known = live.begin();
  std::erase_if(target, [&](const auto& entry) {
    const auto& [key, claim] = entry;
    const auto is_known = [&] { return known != live.end() && known->second.shares_with(claim); };
    while (known != live.end() && !is_known() && known->first < key) ++known;
    const bool is_live = is_known();
    if (is_live) ++known;
    if (claim->scope.empty()) return false;
    return is_live ? unseen.contains(claim->scope) : !host.cgroups.contains(claim->scope);
  });
}

/// Those of `live` that are not to be any more.
Claims leaving(const Claims& live, const Claims& target) {
  Claims left;
  constexpr auto key = &Claims::value_type::first;
  std::ranges::set_difference(live, target, std::inserter(left, left.end()), {}, key, key);
  return left;
}

std::string domain_name(const DomainDefinition& domain) { return "domain " + domain.name; }

}  // namespace

Engine::Engine(Parts parts)
    : host_(parts.host),
      plugins_(parts.plugins),
      catalogue_(std::move(parts.catalogue)),
      ledger_(std::move(parts.ledger)),
      limits_(std::move(parts.limits)),
      asking_(std::move(parts.asking)),
      listener_(std::move(parts.listener)),
      view_(host_, ledger_, std::move(parts.topology), std::move(parts.read_topology),
            [this](const std::string& text) { notice(text); }),
      knobs_(host_, view_.topology()),
      reconciler_(knobs_, ledger_, listener_.record, std::move(parts.clock)) {
  for (auto& backend : parts.other_knobs) knobs_.add(std::move(backend));
  for (const auto& [key, claim] : ledger_.claims())
    if (!claim->scope.empty()) scopes_[claim->subject.uuid()] = claim->scope;
  for (const auto& [knob, row] : ledger_.rows()) held_files_.add(knob, knobs_.files_of(knob));
}

void Engine::notice(const std::string& text) const {
  if (listener_.notice) listener_.notice(text);
}
void Engine::changed(const Subject& subject) const {
  if (listener_.claim_changed) listener_.claim_changed(subject);
}

Result<Claim> Engine::build_claim(const std::string& class_name, const std::map<std::string, std::string>& parameters,
                                  const DomainDefinition* domain, const HostSnapshot& host) const {
  ACDR_TRY(ResolvedClass resolved, catalogue_.resolve(class_name, parameters));
  std::string scope;
  if (domain != nullptr)
    if (const auto known = scopes_.find(domain->uuid); known != scopes_.end()) scope = known->second;
  const ClaimRequest request{domain == nullptr ? Subject::host() : Subject::domain(domain->uuid),
                             std::move(resolved),
                             parameters,
                             domain,
                             false,
                             std::move(scope)};
  if (domain == nullptr || domain->pci_devices.empty())
    return make_claim(request, ledger_.claims(), host, plugins_, limits_);
  HostSnapshot seen = host;
  for (const auto& device : domain->pci_devices)
    if (const auto node = pci_node(host_, device)) seen.pci_nodes[device] = *node;
  return make_claim(request, ledger_.claims(), seen, plugins_, limits_);
}

/// A domain whose scope the ledger could not be told of has it all the same.
void Engine::tell_scopes(Claims& target) const {
  for (auto& [key, claim] : target)
    if (claim->scope.empty())
      if (const auto known = scopes_.find(claim->subject.uuid()); known != scopes_.end())
        claim.edit().scope = known->second;
}

Result<std::optional<PassReport>> Engine::single_pass(Claims& target, const HostSnapshot& host, bool& unfinished) {
  tell_scopes(target);
  drop_dead_scopes(target, ledger_.claims(), view_.unseen_scopes(), host);
  HostPlan plan = plan_claims(target, host, plugins_, EarlierPlan{plan_, ledger_.claims(), view_.looked_at()});
  const Claims gone = leaving(ledger_.claims(), target);
  Concerned concerned = carried_out_ ? Concerned(view_.area(), host, plan_, plan) : Concerned();
  const bool too_near = !view_.area()->is_whole() && (!carried_out_ || !gone.empty());
  if (too_near || concerned.exceeds_area()) return std::optional<PassReport>();
  const bool was_carried_out = std::exchange(carried_out_, false);
  const HostPlan departing = plan_claims(gone, host, plugins_);
  const Shared<Area::Scopes> scopes_before = ledger_.scopes();
  ACDR_TRY(auto report,
           reconciler_.reconcile(target, plan, departing.wishes, SeenValues(host, view_.area()), std::move(concerned)));
  carried_out_ = report ? report->failures.empty() : was_carried_out;
  if (!report) return report;
  view_.planned(*scopes_before);
  unfinished = plan.unfinished && report->written > 0;
  plan_ = std::move(plan);
  for (const auto& text : report->notices) notice(text);
  for (const auto& [key, claim] : gone) changed(claim->subject);
  return report;
}

void Engine::follow_held_files() {
  for (const auto& knob : ledger_.take_news()) {
    const auto files = knobs_.files_of(knob);
    if (ledger_.rows().contains(knob))
      held_files_.add(knob, files);
    else
      held_files_.remove(knob, files);
  }
}

void Engine::file_written(const std::string& path) {
  const auto knobs = held_files_.knobs_of(path);
  const bool drifted = std::ranges::any_of(knobs, [&](const KnobId& knob) {
    const auto found = knobs_.read(knob);
    return found && found != ledger_.rows().at(knob).last_applied;
  });
  if (drifted) host_changed();
}

Status Engine::pass(Claims target, Look look) {
  const auto done = passes(std::move(target), std::move(look));
  follow_held_files();
  if (listener_.passed) listener_.passed();
  return done;
}

/// A claim that is planned once more takes partitions where the kernel has remote ones, and with them CPUs from every
/// thread: another near look would be in vain.
bool Engine::will_take_partitions(const Look& look) const {
  return std::ranges::any_of(look.cgroups, [this](const std::string& cgroup) {
    const auto seen = view_.last()->cgroups.find(cgroup);
    return seen != view_.last()->cgroups.end() && seen->second.has_exclusive;
  });
}

Status Engine::passes(Claims target, Look look) {
  bool unfinished = true;
  for (int count = 0; unfinished && count < most_passes; ++count) {
    auto report = single_pass(target, view_.look(look), unfinished);
    while (report && !*report) {
      look.depth = view_.area()->is_whole() ? Look::whole : Look::quick;
      report = single_pass(target, view_.look(look), unfinished);
    }
    if (!report) {
      view_.forget();
      return failure(report.error());
    }
    last_pass_ = std::move(**report);
    view_.written(last_pass_);
    if (!last_pass_.failures.empty()) return failure(last_pass_.failures.front().error);
    if (look.depth != Look::near || (unfinished && will_take_partitions(look))) look.depth = Look::quick;
  }
  return {};
}

Status Engine::admit(Claim claim) {
  Claims target = ledger_.claims();
  const auto key = claim.key();
  const Subject subject = claim.subject;
  const auto known = target.find(key);
  const auto earlier = known == target.end() ? std::nullopt : std::optional(known->second);
  target.insert_or_assign(key, std::move(claim));
  if (const auto done = pass(std::move(target), {Look::none, subject}); !done) {
    // Nothing is undone: the claim goes, and the host is reconciled with what is left.
    if (ledger_.claims().contains(key)) {
      Claims before = ledger_.claims();
      before.erase(key);
      if (earlier) before.emplace(key, *earlier);
      if (const auto back = pass(std::move(before), {Look::quick, subject}); !back)
        notice("going back failed as well: " + back.error().message());
    }
    return failure(done.error());
  }
  changed(subject);
  return {};
}

Result<ClaimStatus> Engine::apply(const std::string& class_name, const std::map<std::string, std::string>& parameters,
                                  const DomainDefinition* domain, bool permanent) {
  const Subject subject = domain == nullptr ? Subject::host() : Subject::domain(domain->uuid);
  ACDR_TRY(Claim claim, build_claim(class_name, parameters, domain, view_.look({Look::quick, subject})));
  claim.permanent = permanent;
  const auto key = claim.key();
  if (domain != nullptr) released_.erase(domain->uuid);
  ACDR_CHECK(admit(std::move(claim)));
  if (domain != nullptr) unmet_.erase(domain->uuid);
  const auto live = ledger_.claims().find(key);
  if (live == ledger_.claims().end())
    return failure(ErrorKind::failed, "the domain stopped while it was being conditioned");
  return status_of(*live->second, what_stays_of(subject));
}

Status Engine::release(const Subject& subject, const std::string& class_name) {
  Claims target = without(ledger_.claims(), subject, class_name);
  const bool was_unmet = unmet_.erase(subject.uuid()) > 0;
  if (target.size() == ledger_.claims().size()) {
    if (was_unmet) return {};
    return failure(Error(ErrorKind::not_found,
                         class_name.empty()
                             ? fmt::format("{} has no claim", subject.to_string())
                             : fmt::format("{} has no claim of class {}", subject.to_string(), class_name),
                         "see acdrctl status"));
  }
  for (const auto& [key, claim] : ledger_.claims())
    if (claim->subject == subject && claim->from_tag)
      released_[subject.uuid()] = {claim->resolved->name, claim->parameters};
  return pass(std::move(target), {Look::quick, subject});
}

Result<PlanView> Engine::plan(const std::string& class_name, const std::map<std::string, std::string>& parameters,
                              const DomainDefinition* domain) const {
  const HostSnapshot host = view_.whole();
  ACDR_TRY(Claim claim, build_claim(class_name, parameters, domain, host));
  Claims target = ledger_.claims();
  target.insert_or_assign(claim.key(), claim);
  const HostPlan plan = plan_claims(target, host, plugins_);
  ACDR_TRY(auto preview, reconciler_.preview(plan, SeenValues(host)));
  std::erase_if(preview.decisions,
                [](const Decision& decision) { return decision.found == decision.desired || decision.leave; });
  PlanView view{claim, std::move(preview.decisions), plan.claims.at(claim.key())->residuals};
  std::ranges::move(what_stays(plan, host, claim.subject)[claim.key()], std::back_inserter(view.residuals));
  for (const auto& absent : preview.absent)
    if (made_for(absent.why, claim)) view.residuals.push_back(absent.residual);
  return view;
}

Result<std::vector<Adaptation>> Engine::adaptations(const std::string& class_name,
                                                    const std::map<std::string, std::string>& parameters) const {
  ACDR_TRY(const ResolvedClass resolved, catalogue_.resolve(class_name, parameters));
  std::vector<Adaptation> all;
  for (const auto& conditioning : resolved.conditionings)
    if (const Plugin* plugin = plugins_.find(conditioning.name))
      std::ranges::move(plugin->adaptations(conditioning.parameters), std::back_inserter(all));
  return all;
}

Stays Engine::what_stays_of(const std::optional<Subject>& only) const {
  return plan_.claims.empty() ? Stays() : what_stays(plan_, view_.last() ? *view_.last() : view_.whole(), only);
}

ClaimStatus Engine::status_of(const Claim& claim, const Stays& stays) const {
  ClaimStatus status{
      claim.subject, claim.name, claim.resolved->name, "active", claim.permanent, claim.allocation, {}, {}};
  if (const auto planned = plan_.claims.find(claim.key()); planned != plan_.claims.end()) {
    status.residuals = planned->second->residuals;
    if (const auto left = stays.find(claim.key()); left != stays.end())
      std::ranges::copy(left->second, std::back_inserter(status.residuals));
    for (const auto& missing : planned->second->shortfalls) {
      status.residuals.push_back(missing);
      status.problems.push_back(missing.what + ": " + missing.reason);
    }
  }
  for (const auto& refused : last_pass_.residuals) {
    if (!made_for(refused.why, claim)) continue;
    status.residuals.push_back(refused.residual);
    if (refused.shortfall) status.problems.push_back(refused.residual.what + ": " + refused.residual.reason);
  }
  for (const auto& failed : last_pass_.failures)
    if (made_for(failed.why, claim)) status.problems.push_back(failed.error.message());
  if (!status.problems.empty()) status.state = "degraded";
  if (!claim.subject.is_host() && claim.scope.empty()) status.state = "pending";
  return status;
}

std::vector<ClaimStatus> Engine::status(const std::optional<Subject>& only) const {
  std::vector<ClaimStatus> all;
  const Stays stays = what_stays_of(only);
  for (const auto& [key, claim] : ledger_.claims())
    if (!only || claim->subject == *only) all.push_back(status_of(*claim, stays));
  for (const auto& [uuid, unmet] : unmet_)
    if (const Subject subject = Subject::domain(uuid); !only || subject == *only)
      all.push_back({subject, unmet.name, unmet.class_name, "failed", false, {}, {unmet.error.message()}, {}});
  return all;
}

VerifyReport Engine::verify(const std::optional<Subject>& subject) const {
  const HostSnapshot host = view_.whole(Threads::all);
  Claims claims = ledger_.claims();
  const auto preview = reconciler_.preview(plan_claims(claims, host, plugins_), SeenValues(host));
  VerifyReport report = verify_claims(claims, host, preview ? preview->decisions : std::vector<Decision>());
  for (const auto& [uuid, unmet] : unmet_)
    report.items.push_back(
        {unmet.name, "the domain is conditioned as " + unmet.class_name, false, unmet.error.message()});
  if (subject) {
    std::string name;
    for (const auto& status : this->status(*subject)) name = status.name;
    std::erase_if(report.items, [&](const VerifyItem& item) { return item.subject != name; });
  }
  return report;
}

void Engine::remember_unmet(const DomainDefinition& domain, const Error& error) {
  const std::string class_name = domain.tag ? domain.tag->class_name : std::string();
  unmet_.insert_or_assign(domain.uuid, Unmet{domain_name(domain), class_name, error});
  notice(fmt::format("{} runs without its conditioning: {}", domain_name(domain), error.message()));
  changed(Subject::domain(domain.uuid));
}

Status Engine::follow_tag(const DomainDefinition& domain) {
  const Subject subject = Subject::domain(domain.uuid);
  const auto live = ledger_.claims().find({subject, ""});
  const bool claimed = live != ledger_.claims().end();
  if (!domain.tag_error.empty())
    return failure(Error(ErrorKind::usage, domain.tag_error, "correct it with acdrctl tag"));
  ACDR_TRY(const auto asked, asked_for(domain, asking_));
  if (!asked) {
    if (claimed && live->second->from_tag) return pass(without(ledger_.claims(), subject, ""), {Look::quick, subject});
    return {};
  }
  const auto& tag = *asked;
  if (const auto by_hand = released_.find(domain.uuid); by_hand != released_.end() && by_hand->second == tag) return {};
  if (claimed && live->second->resolved->name == tag.class_name && live->second->parameters == tag.parameters)
    return {};
  ACDR_TRY(Claim claim, build_claim(tag.class_name, tag.parameters, &domain, view_.look({Look::quick, subject})));
  claim.from_tag = true;
  return admit(std::move(claim));
}

std::string Engine::prepare(const DomainDefinition& domain) {
  released_.erase(domain.uuid);
  scopes_.erase(domain.uuid);
  unmet_.erase(domain.uuid);
  // A start is a new life: what an earlier one of this domain held is placed anew.
  const Subject subject = Subject::domain(domain.uuid);
  if (ledger_.claims().contains({subject, ""}))
    if (const auto dropped = pass(without(ledger_.claims(), subject, ""), {Look::quick, subject}); !dropped)
      notice(dropped.error().message());
  const auto done = follow_tag(domain);
  if (done) return {};
  if (const auto asked = asked_for(domain, asking_); asked && *asked && catalogue_.is_required((*asked)->class_name))
    return done.error().message();
  remember_unmet(domain, done.error());
  return {};
}

bool Engine::scope_appeared(const std::string& uuid, const std::string& scope) {
  const Subject subject = Subject::domain(uuid);
  scopes_[uuid] = scope;
  // What stands beside it must keep off its cores by itself from now on; or it, without a claim, off those of others.
  if (const auto done = pass(ledger_.claims(), {Look::near, subject, {std::string(parent_cgroup(scope))}}); !done)
    notice(done.error().message());
  if (!ledger_.claims().contains({subject, ""})) return unmet_.contains(uuid);
  changed(subject);
  return true;
}

std::string Engine::domain_in(const std::string& scope) const {
  const auto known = std::ranges::find_if(scopes_, [&](const auto& entry) { return entry.second == scope; });
  return known == scopes_.end() ? std::string() : known->first;
}

bool Engine::is_plugged_in(const std::string& uuid, const std::string& cgroup) const {
  const auto claim = ledger_.claims().find({Subject::domain(uuid), ""});
  const auto number = cgroup.find_last_not_of("0123456789") + 1;
  const auto vcpu = parse_unsigned(std::string_view(cgroup).substr(number));
  return claim != ledger_.claims().end() && vcpu && *vcpu >= claim->second->definition->current_vcpus;
}

/// Its claim keeps its cores, whatever else is new, and gets more for vCPUs that were plugged in.
void Engine::follow_definition(const DomainDefinition& domain) {
  const auto live = ledger_.claims().find({Subject::domain(domain.uuid), ""});
  if (live == ledger_.claims().end()) return;
  Claim claim = *live->second;
  if (*claim.definition == domain) return;
  claim.definition = domain;
  // What the ledger does not keep of a definition does not matter.
  if (serialise(claim) == serialise(*live->second)) return;
  if (auto grown = grow(claim, ledger_.claims(), view_.look({Look::quick, claim.subject}), plugins_, limits_))
    claim.allocation = std::move(*grown);
  else
    notice(fmt::format("{}: no core for a vCPU that was plugged in: {}", claim.name, grown.error().message()));
  Claims target = ledger_.claims();
  target.insert_or_assign(live->first, std::move(claim));
  if (const auto done = pass(std::move(target), {Look::none, Subject::domain(domain.uuid)}); !done)
    notice(done.error().message());
  changed(Subject::domain(domain.uuid));
}

void Engine::domain_running(const DomainDefinition& domain) {
  if (const auto done = follow_tag(domain); !done) return remember_unmet(domain, done.error());
  unmet_.erase(domain.uuid);
  follow_definition(domain);
}

void Engine::domain_gone(const std::string& uuid) {
  scopes_.erase(uuid);
  released_.erase(uuid);
  unmet_.erase(uuid);
  const Subject subject = Subject::domain(uuid);
  if (!ledger_.claims().contains({subject, ""})) {
    // What it held may be what a value could not be given back for.
    if (!ledger_.rows().empty() || !ledger_.claims().empty()) host_changed();
    return;
  }
  if (const auto done = pass(without(ledger_.claims(), subject, ""), {Look::quick, subject}); !done)
    notice(done.error().message());
}

void Engine::scope_vanished(const std::string& scope) {
  if (const std::string uuid = domain_in(scope); !uuid.empty()) domain_gone(uuid);
}

void Engine::domain_stopped(const std::string& uuid) {
  const auto known = scopes_.find(uuid);
  if (known != scopes_.end() && !host_.exists(cgroup_file(known->second, "cgroup.threads"))) domain_gone(uuid);
}

void Engine::drop_pending_except(const std::vector<std::string>& running_uuids) {
  std::vector<std::string> stale;
  for (const auto& [key, claim] : ledger_.claims())
    if (!claim->subject.is_host() && claim->scope.empty() &&
        std::ranges::find(running_uuids, claim->subject.uuid()) == running_uuids.end())
      stale.push_back(claim->subject.uuid());
  for (const auto& uuid : stale) {
    notice(fmt::format("domain {} was prepared and never started: its cores are given back", uuid));
    domain_gone(uuid);
  }
}

void Engine::host_changed() {
  if (const auto done = pass(ledger_.claims(), {}); !done) notice(done.error().message());
}

void Engine::devices_changed() {
  if (const auto done = pass(ledger_.claims(), {.depth = Look::near, .devices = true}); !done)
    notice(done.error().message());
}

void Engine::cgroups_appeared(const Area::Cgroups& cgroups) {
  if (const auto done = pass(ledger_.claims(), {.depth = Look::near, .cgroups = cgroups}); !done)
    notice(done.error().message());
}

void Engine::kernel_thread_appeared(int tid) {
  if (plan_.claims.empty()) return;
  const auto thread = read_thread(host_, tid);
  const auto cpus = host_.affinity(tid);
  if (!thread || !cpus) return;
  // One that the kernel binds concerns who holds its CPUs.
  if (!thread->movable && cpus->subset_of(plan_.cpus.housekeeping)) return;
  const KnobId knob{thread->movable ? KnobKind::kthread_affinity : KnobKind::thread_policy, thread->id.to_string()};
  const auto is_alike = [&](const Wish* wish) { return wish->knob.kind == knob.kind; };
  if (std::ranges::none_of(plan_.wishes.by_knob(), is_alike)) return;
  // It is in the books also where it is as it must be: a partition that ends takes its mask away.
  const auto row = ledger_.rows().find(knob);
  if (row != ledger_.rows().end() && row->second.last_applied == knobs_.read(knob)) return;
  if (const auto done = pass(ledger_.claims(), {.depth = Look::near, .threads = {tid}}); !done)
    notice(done.error().message());
}

void Engine::knobs_changed(const std::vector<KnobId>& knobs) {
  const auto wanted = [this](const KnobId& knob) {
    return std::ranges::any_of(plan_.wishes.by_knob(), [&](const Wish* wish) { return wish->knob == knob; });
  };
  if (std::ranges::any_of(knobs, [&](const KnobId& knob) { return ledger_.rows().contains(knob) || wanted(knob); }))
    host_changed();
}

/// What fails again and again in the same way is said once.
void Engine::flush_ledger() {
  const auto done = ledger_.flush();
  const std::string trouble = done ? std::string() : done.error().message();
  if (const auto before = std::exchange(ledger_trouble_, trouble); !done && before != trouble) notice(trouble);
}

Status Engine::release_all() {
  const auto done = pass({}, {});
  flush_ledger();
  return done;
}

}  // namespace acdr
