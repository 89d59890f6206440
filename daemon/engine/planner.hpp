// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/claim.hpp"
#include "engine/ledger.hpp"
#include "engine/merge.hpp"
#include "engine/plugin.hpp"
#include "engine/wish_list.hpp"

namespace acdr {

/// One conditioning of a claim.
struct PlannedConditioning {
  Reasons why;
  std::shared_ptr<const Plan> plan;  ///< null where this build does not have the conditioning
};

/// What one claim wants of the host as it is now.
struct PlannedClaim {
  std::vector<PlannedConditioning> conditionings;
  std::string scope;                      ///< machine scope of its domain; "" where there is none
  std::vector<WishList::Part> in_scope;   ///< what they wish of cgroups in it, where all are local
  std::vector<WishList::Part> elsewhere;  ///< whatever else they wish
  std::vector<Exclusion> exclusions;      ///< of all of them
  CpuSet helpers;                         ///< where its helpers are: see helpers_now
  bool only_helpers_left = false;         ///< no other housekeeping CPU is left
  std::vector<Residual> residuals;        ///< but for those of its exclusions: see what_stays
  std::vector<Residual> shortfalls;       ///< of these the ones that something the workload counts on is missing for
  bool unfinished = false;
  bool is_local = true;  ///< all its conditionings are
};

/// What all claims together want.
struct HostPlan {
  std::map<Claims::key_type, Shared<PlannedClaim>> claims;
  WishList wishes;                          ///< of all claims
  std::vector<WishList::Part> of_no_claim;  ///< of these the ones that no single claim has
  HostCpus cpus;
  bool unfinished = false;  ///< some claim must be planned once more after this plan was carried out
};

/// A plan that was made before, for these claims. Of what happened to the host since, the machine scopes of domains
/// that something may have happened to are known.
struct EarlierPlan {
  const HostPlan& plan;
  const Claims& claims;
  const Area::Scopes& touched;
};

/// Plans every claim on one snapshot. Pure. What is local (see Plugin::is_local) is taken from an earlier plan where
/// nothing has happened that it depends on: the result is the same without it.
[[nodiscard]] HostPlan plan_claims(const Claims& claims, const HostSnapshot& host, const PluginRegistry& plugins,
                                   const std::optional<EarlierPlan>& earlier = {});

/// What the exclusions of claims do not reach, on the host they were planned for: of all, or of one subject's.
using Stays = std::map<Claims::key_type, std::vector<Residual>>;
[[nodiscard]] Stays what_stays(const HostPlan& plan, const HostSnapshot& host, const std::optional<Subject>& only = {});

/// Online CPUs that no claim holds; all that are online where claims hold every one.
[[nodiscard]] CpuSet housekeeping_of(const Claims& claims, const Topology& topology);

/// The other members of the claim's together group.
[[nodiscard]] std::vector<const Claim*> fellows_of(const Claim& claim, const Claims& claims);

/// What a claim is made from.
struct ClaimRequest {
  Subject subject = Subject::host();
  ResolvedClass resolved;
  std::map<std::string, std::string> parameters;
  const DomainDefinition* definition = nullptr;  ///< of a domain
  bool permanent = false;
  std::string scope;  ///< of a domain that runs already
};

/// What placement must know of the live claims, for a new claim with this demand. What the subject's own earlier claim
/// holds counts as free, so that a re-tagged domain can stay where it is.
[[nodiscard]] Occupancy occupancy_of(const Claims& claims, const ClaimRequest& request, const Demand& demand,
                                     const HostSnapshot& host);

/// The size of the huge pages that a domain's XML asks for; none where it asks for ordinary ones.
[[nodiscard]] std::optional<Bytes> huge_page_size_of(const DomainDefinition& domain);
/// How many pages hold so much memory.
[[nodiscard]] std::uint64_t pages_for(Bytes memory, Bytes size);

/// Whether a domain has its memory already: QEMU allocates it before libvirt makes the cgroups of the vCPUs.
[[nodiscard]] bool has_memory(const HostSnapshot& host, const std::string& scope);

/// A new claim with its cores. Errors as `place`, and usage errors of the conditionings' parameters.
[[nodiscard]] Result<Claim> make_claim(const ClaimRequest& request, const Claims& claims, const HostSnapshot& host,
                                       const PluginRegistry& plugins, const PlacementLimits& limits);

/// More CPUs for vCPUs that were plugged in, on the node of the others if there are any; what the claim has stays as it
/// is. The same allocation where nothing is lacking, or where the class names its CPUs. Errors as `place`.
[[nodiscard]] Result<Allocation> grow(const Claim& claim, const Claims& claims, const HostSnapshot& host,
                                      const PluginRegistry& plugins, const PlacementLimits& limits);

/// The NUMA node of the hardware a domain uses (passed-through device first, then the NIC below its bridge), with the
/// reason.
struct Locality {
  unsigned node;
  std::string reason;
};
[[nodiscard]] std::optional<Locality> device_locality(const DomainDefinition& domain, const HostSnapshot& host);

}  // namespace acdr
