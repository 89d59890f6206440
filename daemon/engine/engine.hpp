// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "classes/catalogue.hpp"
#include "engine/asking.hpp"
#include "engine/held_files.hpp"
#include "engine/host_view.hpp"
#include "engine/reconciler.hpp"
#include "engine/verify.hpp"

namespace acdr {

/// What `acdrctl status` shows of one claim, or of a domain that asked for a class and did not get it.
struct ClaimStatus {
  Subject subject = Subject::host();
  std::string name;  ///< "host", "domain web1"
  std::string class_name;
  std::string state;  ///< "active", "degraded", "pending" (the domain has not started yet), "failed" (not conditioned)
  bool permanent = false;
  Allocation allocation;
  std::vector<std::string> problems;
  std::vector<Residual> residuals;
};

/// What a class would do, without doing it.
struct PlanView {
  Claim claim;
  std::vector<Decision> changes;  ///< in order; those with found == desired are left out
  std::vector<Residual> residuals;
};

/// Where the engine's news go. Called on the engine's thread, never from inside a query.
struct EngineListener {
  Recorder record;                                 ///< each write
  std::function<void(const std::string&)> notice;  ///< one sentence for the journal
  std::function<void(const Subject&)> claim_changed;
  std::function<void()> passed;  ///< after each pass: what acdr holds may be something else now
};

/// Keeps claims and the host in step. Single-threaded; blocks on the kernel's own files, else for a second at most.
class Engine {
 public:
  struct Parts {
    HostAccess& host;
    Topology topology;
    const PluginRegistry& plugins;
    Catalogue catalogue;
    Ledger ledger;
    PlacementLimits limits;
    EngineListener listener;
    AskRules asking = {};
    /// Knobs that are not of the kernel: libvirt's.
    std::vector<std::unique_ptr<KnobBackend>> other_knobs = {};
    /// Asked when other CPUs are online than in `topology`. Without it they stay as they are there.
    HostView::ReadTopology read_topology = {};
    Fights::Clock clock = std::chrono::steady_clock::now;
  };
  explicit Engine(Parts parts);

  // What people ask for.
  /// Applies a class to the host, or to a running domain. Errors: not_found (class), usage (parameters), refused (no
  /// room, a conflict with a live claim, the class is applied already), failed (a write failed; the host is as before).
  [[nodiscard]] Result<ClaimStatus> apply(const std::string& class_name,
                                          const std::map<std::string, std::string>& parameters,
                                          const DomainDefinition* domain, bool permanent);
  /// Gives up a subject's claim; `class_name` "" = all of its claims. Errors: not_found, failed.
  [[nodiscard]] Status release(const Subject& subject, const std::string& class_name);
  [[nodiscard]] Result<PlanView> plan(const std::string& class_name,
                                      const std::map<std::string, std::string>& parameters,
                                      const DomainDefinition* domain) const;
  /// What a domain's definition needs for this class. Errors: not_found (class), usage (parameters).
  [[nodiscard]] Result<std::vector<Adaptation>> adaptations(const std::string& class_name,
                                                            const std::map<std::string, std::string>& parameters) const;
  /// Of all subjects, or of one.
  [[nodiscard]] std::vector<ClaimStatus> status(const std::optional<Subject>& only = {}) const;
  [[nodiscard]] VerifyReport verify(const std::optional<Subject>& subject) const;
  [[nodiscard]] const Catalogue& catalogue() const { return catalogue_; }
  void replace_catalogue(Catalogue catalogue) { catalogue_ = std::move(catalogue); }
  [[nodiscard]] const Topology& topology() const { return view_.topology(); }
  [[nodiscard]] const Claims& claims() const { return ledger_.claims(); }

  // What happens.
  /// The hook: a domain is about to start. Returns why it must not, or "" (also when it starts degraded).
  [[nodiscard]] std::string prepare(const DomainDefinition& domain);
  /// A domain's machine scope exists. True if the engine knows the domain already; else tell it with domain_running.
  bool scope_appeared(const std::string& uuid, const std::string& scope);
  /// The uuid of the domain that runs in this machine scope; "" if that is not known.
  [[nodiscard]] std::string domain_in(const std::string& scope) const;
  /// A domain runs with this definition: conditioned if it carries a class and is not yet, re-conditioned if its tag
  /// changed, planned anew if something else did (its taps have names only once it runs).
  void domain_running(const DomainDefinition& domain);
  /// Whether this cgroup (".../libvirt/vcpu3") is of a vCPU that the claimed domain did not have when it was last told
  /// of.
  [[nodiscard]] bool is_plugged_in(const std::string& uuid, const std::string& cgroup) const;
  void domain_gone(const std::string& uuid);
  /// A machine scope is no more, and with it the domain that ran in it.
  void scope_vanished(const std::string& scope);
  /// A domain has stopped, and may have been started again since. What it held goes with its scope; this is for one
  /// of which nobody told that it vanished.
  void domain_stopped(const std::string& uuid);
  /// Reservations of domains that never started.
  void drop_pending_except(const std::vector<std::string>& running_uuids);
  /// Something on the host changed: make it true again. Also the first call after construction.
  void host_changed();
  /// The files of all knobs that acdr holds; others may write to them.
  [[nodiscard]] const std::set<std::string>& held_files() const { return held_files_.all(); }
  /// Devices or links came, went, or changed.
  void devices_changed();
  /// These cgroups are new.
  void cgroups_appeared(const Area::Cgroups& cgroups);
  /// A kernel thread is new.
  void kernel_thread_appeared(int tid);
  /// One of these files was written to: puts the knob right if it is no longer as acdr left it.
  void file_written(const std::string& path);
  /// These knobs, whose changes are told rather than seen, have other values now.
  void knobs_changed(const std::vector<KnobId>& knobs);
  /// Writes to the ledger what came of the last passes, which whoever waits for them need not wait for.
  void flush_ledger();
  /// Gives everything back; the daemon is about to end for good.
  [[nodiscard]] Status release_all();

 private:
  struct Unmet {
    std::string name;
    std::string class_name;
    Error error;
  };
  [[nodiscard]] Result<Claim> build_claim(const std::string& class_name,
                                          const std::map<std::string, std::string>& parameters,
                                          const DomainDefinition* domain, const HostSnapshot& host) const;
  [[nodiscard]] Status admit(Claim claim);
  [[nodiscard]] Status pass(Claims target, Look look);
  [[nodiscard]] Status passes(Claims target, Look look);
  [[nodiscard]] bool will_take_partitions(const Look& look) const;
  void tell_scopes(Claims& target) const;
  /// Those of `target` whose machine scopes are gone leave it. None where the look was too near.
  [[nodiscard]] Result<std::optional<PassReport>> single_pass(Claims& target, const HostSnapshot& host,
                                                              bool& unfinished);
  [[nodiscard]] Status follow_tag(const DomainDefinition& domain);
  void follow_definition(const DomainDefinition& domain);
  void follow_held_files();
  void remember_unmet(const DomainDefinition& domain, const Error& error);
  void notice(const std::string& text) const;
  void changed(const Subject& subject) const;
  [[nodiscard]] ClaimStatus status_of(const Claim& claim, const Stays& stays) const;
  [[nodiscard]] Stays what_stays_of(const std::optional<Subject>& only) const;

  HostAccess& host_;
  const PluginRegistry& plugins_;
  Catalogue catalogue_;
  Ledger ledger_;
  PlacementLimits limits_;
  AskRules asking_;
  EngineListener listener_;
  HostView view_;
  KnobStore knobs_;  ///< these see the topology change
  Reconciler reconciler_;
  HeldFiles held_files_;
  std::map<std::string, std::string> scopes_;        ///< uuid -> cgroup path, of all running domains
  std::map<std::string, Unmet> unmet_;               ///< by uuid
  std::map<std::string, ConditioningTag> released_;  ///< tags an admin released by hand while the domain runs
  HostPlan plan_;                                    ///< of the last pass
  bool carried_out_ = false;                         ///< the plan was, with no failure
  PassReport last_pass_;
  std::string ledger_trouble_;  ///< why the ledger could not be written the last time
};

}  // namespace acdr
