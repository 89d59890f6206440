// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "classes/loader.hpp"

#include <map>
#include <string>

namespace acdr::classes {

/// A loaded class with its parameters given as text. Error (usage): no such parameter, or a value that does not suit
/// it.
[[nodiscard]] Result<ResolvedClass> resolve_class(const LoadedClass& loaded,
                                                  const std::map<std::string, ConditioningSpec>& known,
                                                  const std::map<std::string, std::string>& given);

}  // namespace acdr::classes
