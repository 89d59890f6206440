// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/IProxy.h>
#include <sys/types.h>

#include <cstddef>
#include <memory>

#include "bus/authoriser.hpp"

namespace acdr {

/// Questions to polkit at a time: whoever lets a password dialog stand must not keep root from being answered.
inline constexpr std::size_t most_questions = 64;

/// Lets root through, and asks polkit about everybody else, without ever waiting for it. The actions are those of
/// org.acdr1.policy: org.acdr1.apply, org.acdr1.tag, org.acdr1.reload.
class Polkit : public Authoriser {
 public:
  /// The connection must outlive this. `always_allowed` is root but in tests.
  [[nodiscard]] static Result<std::unique_ptr<Polkit>> create(sdbus::IConnection& connection, uid_t always_allowed = 0);

  void authorise(const Caller& caller, const std::string& action, const Parameters& details, Verdict verdict) override;

 private:
  Polkit(sdbus::IConnection& connection, uid_t always_allowed);
  void ask(const Caller& caller, const std::string& action, const Parameters& details, const Verdict& verdict);

  const uid_t always_allowed_;
  std::size_t questions_ = 0;  ///< that polkit has not answered yet
  std::unique_ptr<sdbus::IProxy> bus_;
  std::unique_ptr<sdbus::IProxy> authority_;
};

}  // namespace acdr
