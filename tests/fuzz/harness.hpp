// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/result.hpp"

/// What is fuzzed: each function takes any bytes and throws where a promise does not hold. libFuzzer feeds them what it
/// makes up (entry.cpp), the replay test what it found and the seeds.
namespace acdr::fuzz {

void class_yaml(std::string_view input);
void domain_xml(std::string_view input);
void cpu_lists(std::string_view input);
void kernel_texts(std::string_view input);
void knob_texts(std::string_view input);
void claims(std::string_view input);
void ledger_file(std::string_view input);
void hook_messages(std::string_view input);
void bus_arguments(std::string_view input);

struct Harness {
  const char* name;
  void (*run)(std::string_view input);
};
inline constexpr std::array harnesses{
    Harness{"class_yaml", class_yaml},       Harness{"domain_xml", domain_xml},
    Harness{"cpu_lists", cpu_lists},         Harness{"kernel_texts", kernel_texts},
    Harness{"knob_texts", knob_texts},       Harness{"claims", claims},
    Harness{"ledger_file", ledger_file},     Harness{"hook_messages", hook_messages},
    Harness{"bus_arguments", bus_arguments},
};

/// Throws if it does not hold.
void promise(bool holds, std::string_view what);
/// A message is one line that fits a log.
void promise_one_line(std::string_view message);
template <class T>
void promise_plain_error(const Result<T>& result) {
  if (!result) promise_one_line(result.error().message());
}

/// The input in pieces, at each line that is just "--"; always `count` of them, the last ones empty where it has fewer.
template <std::size_t count>
std::array<std::string, count> pieces(std::string_view input) {
  constexpr std::string_view separator = "\n--\n";
  std::array<std::string, count> found;
  for (std::size_t at = 0; at < count; ++at) {
    const auto end = at + 1 == count ? std::string_view::npos : input.find(separator);
    found.at(at) = input.substr(0, end);
    if (end == std::string_view::npos) break;
    input.remove_prefix(end + separator.size());
  }
  return found;
}

}  // namespace acdr::fuzz
