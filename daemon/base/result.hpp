// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace acdr {

/// What an error means to the caller; `acdrctl` turns it into its exit code.
enum class ErrorKind {
  failed,       ///< something that should have worked did not
  usage,        ///< the caller's input is wrong
  not_found,    ///< the named class, domain, claim or file does not exist
  refused,      ///< admission or authorisation said no
  unreachable,  ///< the daemon (or libvirt) does not answer
};

/// An error as a value: what was being done, on what, why it failed, and what to do about it.
/// `message()` is one line, ready to show to an admin.
class Error {
 public:
  Error(ErrorKind kind, std::string what, std::string remedy = {})
      : kind_(kind), what_(std::move(what)), remedy_(std::move(remedy)) {}

  [[nodiscard]] ErrorKind kind() const { return kind_; }
  [[nodiscard]] const std::string& what() const { return what_; }
  [[nodiscard]] const std::string& remedy() const { return remedy_; }
  /// errno of the system call that failed, 0 where there was none.
  [[nodiscard]] int system_error() const { return errno_; }

  /// "<what>; <remedy>" on one line.
  [[nodiscard]] std::string message() const;

  /// The same error, told from further out: "<doing>: <what>".
  [[nodiscard]] Error during(std::string_view doing) const;
  [[nodiscard]] Error with_remedy(std::string remedy) const;
  [[nodiscard]] Error with_errno(int number) const;

 private:
  ErrorKind kind_;
  std::string what_;
  std::string remedy_;
  int errno_ = 0;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

[[nodiscard]] inline std::unexpected<Error> failure(Error error) { return std::unexpected(std::move(error)); }

template <class... Args>
[[nodiscard]] std::unexpected<Error> failure(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(Error(kind, fmt::format(format, std::forward<Args>(args)...)));
}

/// An error from a system call: "<doing>: <strerror(number)>", with errno kept.
[[nodiscard]] Error system_error(int number, std::string_view doing);

/// The kind's name as it stands in JSON: "failed", "usage", "not-found", "refused", "unreachable".
[[nodiscard]] std::string_view to_string(ErrorKind kind);
[[nodiscard]] ErrorKind error_kind_from(std::string_view name);

}  // namespace acdr

// Declares `variable` from a Result, or returns its error from the enclosing function.
#define ACDR_TRY_JOIN2(a, b) a##b
#define ACDR_TRY_JOIN(a, b) ACDR_TRY_JOIN2(a, b)
#define ACDR_TRY(variable, expression) ACDR_TRY_IMPL(ACDR_TRY_JOIN(acdr_try_, __LINE__), variable, expression)
#define ACDR_TRY_IMPL(result, variable, expression)               \
  auto result = (expression);                                     \
  if (!result) return ::acdr::failure(std::move(result).error()); \
  variable = std::move(result).value()
// Returns the error of a Status from the enclosing function.
#define ACDR_CHECK(expression) \
  if (auto acdr_status = (expression); !acdr_status) return ::acdr::failure(std::move(acdr_status).error())
