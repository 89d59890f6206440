// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "ctl/app.hpp"
#include "support/temporary_directory.hpp"

namespace acdr::test {

/// What a command line came to.
struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

inline Outcome acdrctl(const std::vector<std::string>& arguments) {
  std::ostringstream out, err;
  const int code = ctl::run(arguments, {out, err, ctl::Style{false}});
  return {code, out.str(), err.str()};
}

/// One line, "acdrctl: <message>".
inline void expect_complaint(const Outcome& outcome, const std::string& part) {
  EXPECT_TRUE(outcome.err.starts_with("acdrctl: ")) << outcome.err;
  EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << outcome.err;
  EXPECT_THAT(outcome.err, testing::HasSubstr(part));
}

/// Sets a variable of the environment as long as it lives.
class Environment {
 public:
  Environment(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* old = ::getenv(name_.c_str())) before_ = old;
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() {
    if (before_)
      ::setenv(name_.c_str(), before_->c_str(), 1);
    else
      ::unsetenv(name_.c_str());
  }

 private:
  std::string name_;
  std::optional<std::string> before_;
};

}  // namespace acdr::test
