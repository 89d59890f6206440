// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "engine/ledger.hpp"
#include "engine/reconciler.hpp"

namespace acdr {

/// How a pass looks at the host before it decides.
struct Look {
  enum Depth {
    none,   ///< it was looked at just now
    near,   ///< at some cgroups and threads; for a change that cannot concern anything else
    quick,  ///< at everything that may have to be set; what hardly ever changes is known (see look_again)
    whole
  };
  Depth depth = whole;
  Subject concerned =
      Subject::host();         ///< something happened to it: of other domains what has not been touched is known
  Area::Cgroups cgroups = {};  ///< something happened to these; a near look is at them, of a domain at all it has
  std::set<int> threads = {};  ///< and to these
  bool devices = false;        ///< and these came or went: a near look is at what is in no cgroup, too
};

/// The host as the engine has last seen it, and what of it may not be so any more: so that a look is at no more than
/// that. Single-threaded.
class HostView {
 public:
  /// Asked when other CPUs are online than before. Without it the topology stays as it is.
  using ReadTopology = std::function<Result<Topology>()>;
  using Notice = std::function<void(const std::string&)>;
  HostView(const HostAccess& host, const Ledger& ledger, Topology topology, ReadTopology read_topology, Notice notice);

  /// Valid until the next look.
  const HostSnapshot& look(const Look& look);
  /// All there is to see, for a question: the next look does not know of it.
  [[nodiscard]] HostSnapshot whole(Threads threads = Threads::of_plans) const;

  [[nodiscard]] const Topology& topology() const { return topology_; }
  /// None before the first look.
  [[nodiscard]] const std::optional<HostSnapshot>& last() const { return last_; }
  /// Of the last look.
  [[nodiscard]] const Shared<Area>& area() const { return area_; }
  /// Machine scopes of claims that the last look has not: they are gone, or new.
  [[nodiscard]] const Area::Scopes& unseen_scopes() const { return unseen_scopes_; }
  /// Machine scopes that were looked at since the last plan.
  [[nodiscard]] const Area::Scopes& looked_at() const { return looked_at_; }

  /// A plan was made of what was seen, and is in the ledger, which had these scopes before.
  void planned(const Area::Scopes& before);
  /// What the next look need not read, and what it must.
  void written(const PassReport& report);
  /// Writing was cut short, anywhere.
  void forget() { last_.reset(); }

 private:
  /// The machine as it is now: CPUs go offline and come back. Whether it is another than before.
  bool follow_topology();
  [[nodiscard]] Area area_of(const Look& look) const;
  [[nodiscard]] std::set<int> followed_threads() const;
  /// The machine scopes of claims whose cgroups may not be as they were at the last look.
  [[nodiscard]] Area::Scopes unsettled_scopes(const Look& look) const;
  void note_unseen_scopes();

  const HostAccess& host_;
  const Ledger& ledger_;
  Topology topology_;
  ReadTopology read_topology_;
  Notice notice_;
  std::optional<HostSnapshot> last_;
  Shared<Area> area_;
  std::set<std::string> touched_;  ///< cgroups that were written to since
  bool machine_touched_ = false;   ///< something that is in no cgroup was
  Area::Scopes unseen_scopes_;
  Area::Scopes looked_at_;
};

}  // namespace acdr
