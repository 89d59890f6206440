// SPDX-License-Identifier: GPL-2.0-or-later
#include <sched.h>

#include <array>
#include <charconv>

#include "base/printable.hpp"
#include "base/words.hpp"
#include "host/access.hpp"

namespace acdr {
namespace {

struct PolicyName {
  std::uint32_t policy;
  const char* name;
  bool real_time;
};
constexpr std::array policies{PolicyName{SCHED_OTHER, "other", false}, PolicyName{SCHED_BATCH, "batch", false},
                              PolicyName{SCHED_IDLE, "idle", false}, PolicyName{SCHED_FIFO, "fifo", true},
                              PolicyName{SCHED_RR, "rr", true}};

template <class Number>
bool parse_number(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && error == std::errc{} && end == text.data() + text.size();
}

/// "nice -5", "slice 3000000ns"
bool read_pair(const std::string& key, std::string_view value, Scheduling& scheduling) {
  if (key == "nice") return parse_number(value, scheduling.nice);
  std::int64_t nanoseconds = 0;
  if (key != "slice" || !value.ends_with("ns") || !parse_number(value.substr(0, value.size() - 2), nanoseconds))
    return false;
  scheduling.slice = std::chrono::nanoseconds(nanoseconds);
  return true;
}

bool read_words(const std::vector<std::string>& words, bool real_time, Scheduling& scheduling) {
  std::size_t at = 1;
  if (real_time && (words.size() < 2 || !parse_number(words[at++], scheduling.priority))) return false;
  while (at < words.size()) {
    if (words[at] == "reset-on-fork") {
      scheduling.reset_on_fork = true;
      ++at;
    } else if (!real_time && at + 1 < words.size() && read_pair(words[at], words[at + 1], scheduling)) {
      at += 2;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string Scheduling::to_string() const {
  std::string text = fmt::format("policy-{}", policy);
  bool real_time = false;
  for (const auto& known : policies)
    if (known.policy == policy) {
      text = known.name;
      real_time = known.real_time;
    }
  if (real_time) text += fmt::format(" {}", priority);
  if (!real_time && nice != 0) text += fmt::format(" nice {}", nice);
  if (!real_time && slice.count() != 0) text += fmt::format(" slice {}ns", slice.count());
  return reset_on_fork ? text + " reset-on-fork" : text;
}

Result<Scheduling> Scheduling::parse(std::string_view text) {
  const auto words = words_of(text);
  for (const auto& known : policies) {
    if (words.empty() || words.front() != known.name) continue;
    Scheduling scheduling;
    scheduling.policy = known.policy;
    if (read_words(words, known.real_time, scheduling)) return scheduling;
  }
  return failure(ErrorKind::usage, "'{}' is not a scheduling policy such as 'fifo 10' or 'other nice -5'",
                 printable(text));
}

}  // namespace acdr
