// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/confined_threads.hpp"

#include <set>
#include <string_view>
#include <unordered_map>

namespace acdr {
namespace {

/// Confinements by the cgroup they are of.
using Confinements = std::unordered_map<std::string_view, std::vector<const Wish*>>;

Confinements confinements_in(const WishList& wishes) {
  Confinements found;
  for (const Wish* wish : wishes.by_knob())
    if (wish->knob.kind == KnobKind::cgroup_cpus && std::holds_alternative<Confine>(wish->want))
      found[wish->knob.object].push_back(wish);
  return found;
}

std::vector<const Wish*> those_above(const std::string& cgroup, const Confinements& confinements) {
  std::vector<const Wish*> above;
  for (std::string_view path = cgroup; !path.empty(); path = parent_cgroup(path))
    if (const auto found = confinements.find(path); found != confinements.end())
      above.insert(above.end(), found->second.begin(), found->second.end());
  return above;
}

/// Those with a mask of their own, or that may have one, below the root. Hardly any host has many.
std::vector<const ThreadState*> threads_in_cgroups(const HostSnapshot& host) {
  std::vector<const ThreadState*> threads;
  for (const auto& thread : host.threads)
    if (!thread.kernel && thread.movable && !thread.cgroup.empty()) threads.push_back(&thread);
  return threads;
}

std::set<std::string> threads_wished_for(const WishList& wishes) {
  std::set<std::string> threads;
  for (const Wish* wish : wishes.by_knob())
    if (wish->knob.kind == KnobKind::thread_affinity) threads.insert(wish->knob.object);
  return threads;
}

}  // namespace

std::vector<Wish> confined_with_their_cgroups(const HostSnapshot& host, const WishList& wishes) {
  const auto threads = threads_in_cgroups(host);
  if (threads.empty()) return {};
  const Confinements confinements = confinements_in(wishes);
  if (confinements.empty()) return {};
  const auto wished_for = host.keeps_thread_masks ? threads_wished_for(wishes) : std::set<std::string>();
  std::vector<Wish> more;
  for (const ThreadState* thread : threads) {
    const auto above = those_above(thread->cgroup, confinements);
    if (above.empty() || (host.keeps_thread_masks && !wished_for.contains(thread->id.to_string()))) continue;
    for (const Wish* wish : above)
      more.push_back({{KnobKind::thread_affinity, thread->id.to_string()}, wish->want, wish->why, {}});
  }
  return more;
}

}  // namespace acdr
