// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/domain_cgroups.hpp"

#include <cctype>

namespace acdr {

std::vector<std::string> domain_cgroups(const HostSnapshot& host, const RunningDomain& domain, std::string_view role) {
  std::vector<std::string> paths;
  if (domain.scope.empty()) return paths;
  const std::string prefix = fmt::format("{}/libvirt/{}", domain.scope, role);
  for (auto at = host.cgroups.lower_bound(prefix); at != host.cgroups.end() && at->first.starts_with(prefix); ++at)
    if (at->first.find('/', prefix.size()) == std::string::npos) paths.push_back(at->first);
  return paths;
}

bool is_within(std::string_view path, std::string_view parent) {
  return path.starts_with(parent) && (path.size() == parent.size() || path[parent.size()] == '/');
}

}  // namespace acdr
