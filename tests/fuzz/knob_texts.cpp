// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/units.hpp"
#include "fuzz/harness.hpp"
#include "host/access.hpp"
#include "host/knob.hpp"
#include "host/snapshot.hpp"

namespace acdr::fuzz {

void knob_texts(std::string_view input) {
  const auto knob = KnobId::parse(input);
  promise_plain_error(knob);
  if (knob) promise(knob->to_string() == input, "a knob is called what it was called");

  const auto value = parse_knob_value(input);
  promise_plain_error(value);
  if (value) promise(parse_knob_value(serialise(*value)) == *value, "a value in the ledger is the value");

  const auto thread = ThreadId::parse(input);
  promise_plain_error(thread);
  if (thread) promise(ThreadId::parse(thread->to_string()) == *thread, "a thread is called by its id");

  const auto scheduling = Scheduling::parse(input);
  promise_plain_error(scheduling);
  if (scheduling)
    promise(Scheduling::parse(scheduling->to_string()) == *scheduling, "scheduling that was read can be given back");

  const auto size = Bytes::parse(input);
  promise_plain_error(size);
  if (size) promise(Bytes::parse(size->to_string()) == *size, "a size is printed as it is");

  const std::string setting = setting_text(input);
  if (input.find('[') == std::string_view::npos)
    promise(setting_text(setting) == setting, "the words of a setting are themselves");
}

}  // namespace acdr::fuzz
