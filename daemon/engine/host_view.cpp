// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/host_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace acdr {

HostView::HostView(const HostAccess& host, const Ledger& ledger, Topology topology, ReadTopology read_topology,
                   Notice notice)
    : host_(host),
      ledger_(ledger),
      topology_(std::move(topology)),
      read_topology_(std::move(read_topology)),
      notice_(std::move(notice)) {}

HostSnapshot HostView::whole(Threads threads) const {
  return read_snapshot(host_, topology_, followed_threads(), threads);
}

Area::Scopes HostView::unsettled_scopes(const Look& look) const {
  const Area::Scopes& all = *ledger_.scopes();
  Area::Scopes unsettled = unseen_scopes_;
  if (const auto claim = ledger_.claims().find({look.concerned, ""});
      claim != ledger_.claims().end() && !claim->second->scope.empty())
    unsettled.insert(claim->second->scope);
  for (const auto& cgroup : look.cgroups)
    if (const std::string* scope = first_above(cgroup, all)) unsettled.insert(*scope);
  for (const auto& cgroup : touched_)
    if (const std::string* scope = first_above(cgroup, all))
      unsettled.insert(*scope);
    else
      std::ranges::copy_if(all, std::inserter(unsettled, unsettled.end()),
                           [&](const std::string& below) { return cgroup.empty() || is_within(below, cgroup); });
  return unsettled;
}

std::set<int> HostView::followed_threads() const {
  std::set<int> followed;
  const auto& rows = ledger_.rows();
  for (auto row = rows.lower_bound({KnobKind::thread_affinity, ""});
       row != rows.end() && row->first.kind == KnobKind::thread_affinity; ++row)
    if (const auto id = ThreadId::parse(row->first.object)) followed.insert(id->tid);
  return followed;
}

bool HostView::follow_topology() {
  const auto online = host_.read("sys/devices/system/cpu/online");
  const auto cpus = online ? CpuSet::parse_list(*online) : Result<CpuSet>(topology_.online);
  if (!read_topology_ || !cpus || *cpus == topology_.online) return false;
  auto topology = read_topology_();
  if (topology)
    topology_ = std::move(*topology);
  else
    notice_(fmt::format("other CPUs are online than before, and which is not known: {}", topology.error().message()));
  return topology.has_value();
}

Area HostView::area_of(const Look& look) const {
  Area area{.settled = ledger_.scopes(),
            .unsettled = unsettled_scopes(look),
            .threads = look.threads,
            .devices = look.devices};
  if (look.depth != Look::near) return area;
  area.cgroups = look.cgroups;
  area.machine = machine_touched_ || look.devices;
  // What a domain's threads may use depends on each other, and on what was written for them.
  const auto add_scope_of = [&](const std::string& cgroup) {
    if (const std::string* scope = first_above(cgroup, *ledger_.scopes())) area.cgroups.insert(*scope);
  };
  std::ranges::for_each(look.cgroups, add_scope_of);
  std::ranges::for_each(touched_, add_scope_of);
  // Each but once: what is above comes first.
  Area roots{.cgroups = {}};
  for (const auto& cgroup : area.cgroups)
    if (!roots.covers(cgroup)) roots.cgroups.insert(cgroup);
  area.cgroups = std::move(roots.cgroups);
  return area;
}

const HostSnapshot& HostView::look(const Look& look) {
  const bool other_machine = follow_topology();
  if (look.depth == Look::none && last_ && !other_machine) return *last_;
  if (look.depth == Look::whole || !last_ || other_machine) {
    area_ = Area();
    last_ = whole();
  } else {
    area_ = area_of(look);
    last_ = look_again(host_, topology_, std::move(*last_), followed_threads(), *area_);
  }
  for (const auto& scope : *ledger_.scopes())
    if (!area_->is_settled_scope(scope) && area_->covers(scope)) looked_at_.insert(scope);
  note_unseen_scopes();
  machine_touched_ &= !area_->machine;
  std::erase_if(touched_, [this](const std::string& cgroup) { return area_->covers(cgroup); });
  return *last_;
}

void HostView::note_unseen_scopes() {
  unseen_scopes_.clear();
  const bool whole = area_->settled->empty();
  for (const auto& scope : whole ? *ledger_.scopes() : area_->unsettled)
    if (!last_->cgroups.contains(scope)) unseen_scopes_.insert(scope);
  unseen_scopes_.insert(last_->gone.begin(), last_->gone.end());
}

void HostView::planned(const Area::Scopes& before) {
  looked_at_.clear();
  if (&before == &*ledger_.scopes()) return;
  // They are of claims that the ledger did not have when the host was looked at.
  for (const auto& scope : *ledger_.scopes())
    if (!before.contains(scope) && !last_->cgroups.contains(scope)) unseen_scopes_.insert(scope);
}

void HostView::written(const PassReport& report) {
  last_->update_masks(report.masks);
  touched_.insert(report.cgroups_written.begin(), report.cgroups_written.end());
  machine_touched_ |= report.machine_written;
}

}  // namespace acdr
