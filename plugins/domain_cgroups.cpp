// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/domain_cgroups.hpp"

#include <charconv>

namespace acdr {

std::vector<std::string> domain_cgroups(const HostSnapshot& host, const RunningDomain& domain, std::string_view role) {
  std::vector<std::string> paths;
  if (domain.scope.empty()) return paths;
  const std::string prefix = std::string(domain.scope).append("/libvirt/").append(role);
  for (auto at = host.cgroups.lower_bound(prefix); at != host.cgroups.end() && at->first.starts_with(prefix); ++at)
    if (at->first.find('/', prefix.size()) == std::string::npos) paths.push_back(at->first);
  return paths;
}

std::optional<unsigned> vcpu_number(std::string_view path) {
  constexpr std::string_view role = "/libvirt/vcpu";
  const auto at = path.rfind(role);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view digits = path.substr(at + role.size());
  unsigned number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

CpuSet listed_or_allocated(const PlanRequest& request) {
  const auto* selection = parameter<CpuSelection>(request.parameters, "cores");
  return selection != nullptr && selection->list() != nullptr ? *selection->list() : request.allocation.cores;
}

}  // namespace acdr
