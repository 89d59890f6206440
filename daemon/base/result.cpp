// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/result.hpp"

#include <array>
#include <system_error>

namespace acdr {
namespace {

struct KindName {
  ErrorKind kind;
  std::string_view name;
};
constexpr std::array kind_names{
    KindName{ErrorKind::failed, "failed"},           KindName{ErrorKind::usage, "usage"},
    KindName{ErrorKind::not_found, "not-found"},     KindName{ErrorKind::refused, "refused"},
    KindName{ErrorKind::unreachable, "unreachable"},
};

}  // namespace

std::string Error::message() const { return remedy_.empty() ? what_ : what_ + "; " + remedy_; }

Error Error::during(std::string_view doing) const {
  Error outer = *this;
  outer.what_ = fmt::format("{}: {}", doing, what_);
  return outer;
}

Error Error::with_remedy(std::string remedy) const {
  Error changed = *this;
  changed.remedy_ = std::move(remedy);
  return changed;
}

Error Error::with_errno(int number) const {
  Error changed = *this;
  changed.errno_ = number;
  return changed;
}

Error system_error(int number, std::string_view doing) {
  return Error(ErrorKind::failed, fmt::format("{}: {}", doing, std::generic_category().message(number)))
      .with_errno(number);
}

std::string_view to_string(ErrorKind kind) {
  for (const auto& entry : kind_names)
    if (entry.kind == kind) return entry.name;
  return "failed";
}

ErrorKind error_kind_from(std::string_view name) {
  for (const auto& entry : kind_names)
    if (entry.name == name) return entry.kind;
  return ErrorKind::failed;
}

}  // namespace acdr
