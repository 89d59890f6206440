// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/adaptation.hpp"
#include "libvirt/domain_record.hpp"
#include "libvirt/handles.hpp"

#include <optional>
#include <string>
#include <vector>

// libvirt's calls as plain functions. Every one of them may block for as long as libvirtd likes: only the worker calls
// them.
namespace acdr::libvirt {

/// Every domain, running or not. One that goes away meanwhile is left out.
[[nodiscard]] Result<std::vector<DomainRecord>> list_all(virConnectPtr connection);

/// The domain with this uuid, name or id. Errors: not_found; usage where it is one domain's name and another one's id.
[[nodiscard]] Result<DomainHandle> look_up(virConnectPtr connection, const std::string& selector);
[[nodiscard]] Result<DomainHandle> look_up_uuid(virConnectPtr connection, const std::string& uuid);

[[nodiscard]] Result<std::string> xml_of(virDomainPtr domain);
[[nodiscard]] Result<DomainRecord> record_of(virDomainPtr domain);
/// look_up and record_of in one.
[[nodiscard]] Result<DomainRecord> find_domain(virConnectPtr connection, const std::string& selector);
[[nodiscard]] std::string uuid_of(virDomainPtr domain);
[[nodiscard]] std::string name_of(virDomainPtr domain);

/// Writes or (none) removes the conditioning element: in the running definition of a running domain, in the persistent
/// one of a persistent domain, in both where it has both.
[[nodiscard]] Status set_tag(virDomainPtr domain, const std::optional<ConditioningTag>& tag);

/// The balloon of a running domain, for as long as it runs: how often libvirt polls it (0 never), and what memory it is
/// told to leave the guest, which takes its time.
[[nodiscard]] Status set_balloon_polling(virDomainPtr domain, int seconds);
[[nodiscard]] Status set_balloon_size(virDomainPtr domain, unsigned long kibibytes);

/// Adds to the persistent definition what it lacks of these, and tells which. A running domain keeps what it runs with.
/// Errors: refused for a domain that has no persistent definition.
[[nodiscard]] Result<std::vector<Adaptation>> adapt(virDomainPtr domain, const std::vector<Adaptation>& wanted);

/// Pins of a running domain, for as long as it runs (VIR_DOMAIN_AFFECT_LIVE). libvirt writes the cgroup first and then
/// the threads' affinity, and has no call to unpin. Errors: usage for an empty set.
[[nodiscard]] Status pin_vcpu(virDomainPtr domain, unsigned vcpu, const CpuSet& cpus);
[[nodiscard]] Status pin_emulator(virDomainPtr domain, const CpuSet& cpus);
[[nodiscard]] Status pin_iothread(virDomainPtr domain, unsigned iothread, const CpuSet& cpus);
/// What a driver cannot tell (the test driver: some of it) is left empty.
[[nodiscard]] Result<DomainPins> pins_of(virDomainPtr domain);

}  // namespace acdr::libvirt
