// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/plugin.hpp"

namespace acdr {

/// The cgroups libvirt makes below a domain's machine scope (virCgroupNewThread): libvirt/vcpuN, libvirt/emulator,
/// libvirt/iothreadN. Full paths, those of the snapshot that begin with `role`; none before the scope exists.
[[nodiscard]] std::vector<std::string> domain_cgroups(const HostSnapshot& host, const RunningDomain& domain,
                                                      std::string_view role);

/// N of ".../libvirt/vcpuN"; none for any other path.
[[nodiscard]] std::optional<unsigned> vcpu_number(std::string_view path);

/// A typed parameter of a conditioning; the catalogue has checked type and presence of defaults.
template <class T>
[[nodiscard]] const T* parameter(const ParameterValues& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? nullptr : std::get_if<T>(&found->second);
}

/// The CPUs of a parameter `cores` that is a list or the word allocated: the claim's own then.
[[nodiscard]] CpuSet listed_or_allocated(const PlanRequest& request);

}  // namespace acdr
