// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugins/group_parameter.hpp"

#include "plugins/domain_cgroups.hpp"

namespace acdr {

ParameterSpec group_parameter() {
  return {"group", ParameterType::string, {}, {}, {}, {}, "The group's name, the same in the class of each member"};
}

Result<std::string> group_of(const std::string& conditioning, const ParameterValues& parameters) {
  const auto* group = parameter<std::string>(parameters, "group");
  if (group != nullptr && !group->empty()) return *group;
  return failure(Error(ErrorKind::usage, conditioning + ": the group has no name", "give group"));
}

}  // namespace acdr
