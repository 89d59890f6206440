// SPDX-License-Identifier: GPL-2.0-or-later
// What a host that has no such thing answers.
#include "host/access.hpp"

#include <fmt/format.h>

#include <cerrno>

namespace acdr {
namespace {

Error unsupported(std::string_view doing) { return system_error(EOPNOTSUPP, doing); }

}  // namespace

Result<std::vector<FlowRule>> HostAccess::flow_rules(const std::string& interface) const {
  return failure(unsupported("reading the flow rules of " + interface));
}
Status HostAccess::add_flow_rule(const std::string& interface, const FlowRule&) {
  return failure(unsupported("adding a flow rule to " + interface));
}
Status HostAccess::remove_flow_rule(const std::string& interface, unsigned) {
  return failure(unsupported("removing a flow rule of " + interface));
}
Result<bool> HostAccess::flow_steering(const std::string& interface) const {
  return failure(unsupported("reading the features of " + interface));
}
Status HostAccess::set_flow_steering(const std::string& interface, bool) {
  return failure(unsupported("turning the flow rules of " + interface));
}
Status HostAccess::reload_module(const std::string& module, const std::string&, const std::string&) {
  return failure(unsupported("loading the module " + module));
}
Status HostAccess::make_directory(const std::string& path) { return failure(unsupported("making /" + path)); }
Status HostAccess::remove_directory(const std::string& path) { return failure(unsupported("removing /" + path)); }
Result<std::unique_ptr<HostLock>> HostAccess::lock_directory(const std::string& path) {
  return failure(unsupported("locking /" + path));
}

Result<CpuSet> allowed_cpus(const HostAccess& host, int tid) {
  constexpr std::string_view key = "\nCpus_allowed_list:";
  ACDR_TRY(const std::string status, host.read(fmt::format("proc/{}/status", tid)));
  const auto at = status.find(key);
  if (at == std::string::npos) return failure(ErrorKind::failed, "/proc/{}/status has no Cpus_allowed_list", tid);
  const auto from = at + key.size();
  return CpuSet::parse_list(std::string_view(status).substr(from, status.find('\n', from) - from));
}

}  // namespace acdr
