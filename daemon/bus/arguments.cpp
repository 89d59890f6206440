// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus/arguments.hpp"

#include "base/printable.hpp"

namespace acdr {

Status check_text(std::string_view what, const std::string& text) {
  if (text.size() <= longest_text) return {};
  return failure(ErrorKind::usage, "{} is {} bytes long; at most {} are taken", what, text.size(), longest_text);
}

Status check_names(const std::string& class_name, const std::string& subject) {
  ACDR_CHECK(check_text("the class name", class_name));
  return check_text("the subject", subject);
}

Status check_arguments(const std::string& class_name, const std::string& subject, const Parameters& parameters) {
  ACDR_CHECK(check_names(class_name, subject));
  if (parameters.size() > most_parameters)
    return failure(ErrorKind::usage, "{} parameters are given; at most {} are taken", parameters.size(),
                   most_parameters);
  for (const auto& [name, value] : parameters) {
    ACDR_CHECK(check_text("the name of a parameter", name));
    ACDR_CHECK(check_text(fmt::format("the value of the parameter {}", printable(name)), value));
  }
  return {};
}

}  // namespace acdr
