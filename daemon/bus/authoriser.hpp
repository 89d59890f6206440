// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>

#include "bus/manager.hpp"

namespace acdr {

/// Who called a method.
struct Caller {
  std::string bus_name;      ///< unique, ":1.42"; never used again by the bus
  bool interactive = false;  ///< the caller waits while a person is asked for a password
};

/// Decides who may change the host.
class Authoriser {
 public:
  Authoriser() = default;
  Authoriser(const Authoriser&) = delete;
  Authoriser& operator=(const Authoriser&) = delete;
  virtual ~Authoriser() = default;

  using Verdict = std::function<void(Status)>;
  /// Answers through `verdict`, later; an error is always of the kind refused. `details` are for polkit rules.
  virtual void authorise(const Caller& caller, const std::string& action, const Parameters& details,
                         Verdict verdict) = 0;
};

}  // namespace acdr
