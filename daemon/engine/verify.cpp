// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/verify.hpp"

#include <algorithm>

#include "engine/helpers.hpp"
#include "engine/planner.hpp"
#include "host/snapshot.hpp"

namespace acdr {
namespace {

bool within(const std::string& cgroup, const std::string& parent) {
  return !parent.empty() && cgroup.starts_with(parent) &&
         (cgroup.size() == parent.size() || cgroup[parent.size()] == '/');
}

/// Cores of a claim that are its own now: a host claim's may be with a domain.
CpuSet own_cores(const Claim& claim, const Claims& claims) {
  CpuSet cores = claim.allocation.cores;
  if (claim.subject.is_host())
    for (const auto& [key, other] : claims)
      if (!other->subject.is_host()) cores -= other->allocation.cores;
  return cores;
}

bool asks_for(const Claim& claim, std::string_view conditioning) {
  return std::ranges::any_of(claim.resolved->conditionings,
                             [&](const auto& item) { return item.name == conditioning; });
}

void add(VerifyReport& report, const Claim& claim, std::string what, const std::vector<std::string>& found) {
  std::string detail;
  constexpr std::size_t shown = 5;
  for (std::size_t i = 0; i < std::min(found.size(), shown); ++i) detail += (i == 0 ? "" : "; ") + found[i];
  if (found.size() > shown) detail += fmt::format("; and {} more", found.size() - shown);
  report.items.push_back({claim.name, std::move(what), found.empty(), std::move(detail)});
}

std::vector<std::string> strangers(const Claim& claim, const Claims& claims, const CpuSet& cores,
                                   const HostSnapshot& host) {
  const auto fellows = fellows_of(claim, claims);
  const auto at_home = [&](const std::string& cgroup) {
    return within(cgroup, claim.scope) ||
           std::ranges::any_of(fellows, [&](const Claim* fellow) { return within(cgroup, fellow->scope); });
  };
  std::vector<std::string> found;
  for (const auto& [path, cgroup] : host.cgroups)
    if (!path.empty() && cgroup.threads > 0 && !at_home(path) && cgroup.effective.intersects(cores))
      found.push_back(fmt::format("the {} threads of {} may run on {}", cgroup.threads, path, cgroup.effective));
  for (const auto& thread : host.threads)
    if (thread.movable && !at_home(thread.cgroup) && thread.affinity.intersects(cores))
      found.push_back(fmt::format("thread {} ({}) may run on {}", thread.id.tid, thread.name, thread.affinity));
  return found;
}

std::vector<std::string> interrupts(const CpuSet& cores, const HostSnapshot& host) {
  std::vector<std::string> found;
  for (const auto& irq : host.irqs)
    if (irq.mobility == IrqMobility::movable && !irq.actions.empty() && irq.affinity.intersects(cores))
      found.push_back(fmt::format("IRQ {} may go to {}", irq.number, irq.affinity));
  return found;
}

/// Where emulator and iothreads must keep to; none where the class does not say.
CpuSet place_of_others(const Claim& claim, const CpuSet& housekeeping) {
  const CpuSet helpers = helpers_now(claim, housekeeping);
  if (asks_for(claim, "emulator-pinning") && !helpers.empty()) return helpers;
  return asks_for(claim, "cleaner-cores") ? claim.allocation.cores | helpers : CpuSet();
}

/// The domain's own threads, by the cgroup libvirt put them in.
std::vector<std::string> own_threads(const Claim& claim, const Claims& claims, const HostSnapshot& host) {
  std::vector<std::string> found;
  const std::string prefix = claim.scope + "/libvirt/";
  const CpuSet elsewhere = place_of_others(claim, housekeeping_of(claims, host.topology));
  for (const auto& [path, cgroup] : host.cgroups) {
    if (!path.starts_with(prefix) || cgroup.threads == 0) continue;
    const std::string name = path.substr(prefix.size());
    // A class that takes no cores says nothing about where they run.
    const CpuSet& allowed = name.starts_with("vcpu") ? claim.allocation.cores : elsewhere;
    if (!allowed.empty() && !cgroup.effective.subset_of(allowed))
      found.push_back(fmt::format("{} may run on {}", name, cgroup.effective));
  }
  return found;
}

}  // namespace

bool VerifyReport::holds() const {
  return std::ranges::all_of(items, [](const auto& item) { return item.holds; });
}

VerifyReport verify_claims(const Claims& claims, const HostSnapshot& host, const std::vector<Decision>& decisions) {
  VerifyReport report;
  for (const auto& [key, shared] : claims) {
    const Claim& claim = *shared;
    const CpuSet cores = own_cores(claim, claims);
    if (const CpuSet offline = cores - host.topology.online; !offline.empty())
      add(report, claim, fmt::format("its cores {} are online", cores), {fmt::format("CPU {} is not", offline)});
    if (asks_for(claim, "cleaner-cores") && !cores.empty())
      add(report, claim, fmt::format("no other task or movable kernel thread may run on {}", cores),
          strangers(claim, claims, cores, host));
    if (asks_for(claim, "irq-ban") && !cores.empty())
      add(report, claim, fmt::format("no movable interrupt may go to {}", cores), interrupts(cores, host));
    if (!claim.scope.empty())
      add(report, claim, "the domain's threads run where the class says", own_threads(claim, claims, host));
    std::vector<std::string> drifted;
    for (const auto& decision : decisions)
      if (decision.found != decision.desired && !decision.release && made_for(decision.why, claim))
        drifted.push_back(fmt::format("{} is {}, not {}", decision.knob.to_string(), to_text(decision.found),
                                      to_text(decision.desired)));
    add(report, claim, "every knob has the value that was promised", drifted);
  }
  return report;
}

}  // namespace acdr
