// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/shared.hpp"
#include "classes/model.hpp"
#include "engine/placement.hpp"
#include "engine/reasons.hpp"
#include "engine/subject.hpp"
#include "host/domain.hpp"

namespace acdr {

/// A subject's class, resolved, with the cores it was given. Its wishes are planned anew from this at every pass.
struct Claim {
  Subject subject = Subject::host();
  std::string name;  ///< the subject in words: "host", "domain web1"
  Shared<ResolvedClass> resolved;
  std::map<std::string, std::string> parameters;  ///< as given, for comparing with a changed tag
  Allocation allocation;
  Shared<DomainDefinition> definition;  ///< of a domain
  std::string scope;                    ///< cgroup path of the domain's machine scope; "" before it exists
  bool permanent = false;               ///< a host claim that /etc brings back at boot
  std::optional<ApartGroup> apart;
  std::string together;   ///< the group it shares its cores with; "" = none
  bool from_tag = false;  ///< made from the domain's metadata: goes when the tag goes
  friend bool operator==(const Claim&, const Claim&) = default;

  /// What tells claims apart: the host may have several, one a class; a domain has one.
  [[nodiscard]] std::pair<Subject, std::string> key() const { return key_of(subject, resolved->name); }
  [[nodiscard]] static std::pair<Subject, std::string> key_of(const Subject& subject, const std::string& class_name) {
    return {subject, subject.is_host() ? class_name : std::string()};
  }
};

/// Why a knob is set for a claim, as people read it: "irq-ban of domain web1",
/// "irq-ban of host class quiet-host".
[[nodiscard]] std::string reason_of(const std::string& conditioning, const Claim& claim);
/// A name for what the claim has on the host, fit for a file name: a domain's uuid, "host-" and the class, "together-"
/// and the group for claims that share their cores.
[[nodiscard]] std::string handle_of(const Claim& claim);
/// Whether one of these reasons is the claim's.
[[nodiscard]] bool made_for(const Reasons& reasons, const Claim& claim);

/// Reversible JSON text, for the ledger.
[[nodiscard]] std::string serialise(const Claim& claim);
[[nodiscard]] Result<Claim> parse_claim(const std::string& json);

}  // namespace acdr
