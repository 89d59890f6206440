// SPDX-License-Identifier: GPL-2.0-or-later
// sd-journal's own file and line fields would name this file for every message.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "service/journal.hpp"

#include <syslog.h>
#include <systemd/sd-journal.h>

#include <algorithm>

namespace acdr {
namespace {

void send(int priority, const std::string& message) {
  sd_journal_send("MESSAGE=%s", message.c_str(), "PRIORITY=%i", priority, nullptr);
}

}  // namespace

void log_info(const std::string& message) { send(LOG_INFO, message); }
void log_warning(const std::string& message) { send(LOG_WARNING, message); }

void log_record(const Record& record) {
  const std::string knob = record.knob.to_string();
  const std::string from = to_text(record.from);
  const std::string to = to_text(record.to);
  const std::string result = record.result_text();
  const std::string& why = record.why.to_string();
  const std::string message = record.error.empty()
                                  ? fmt::format("{}: {} -> {} ({})", knob, from, result, why)
                                  : fmt::format("{}: {} -> {} failed: {} ({})", knob, from, to, record.error, why);
  sd_journal_send("MESSAGE=%s", message.c_str(), "PRIORITY=%i", record.error.empty() ? LOG_DEBUG : LOG_NOTICE,
                  "ACDR_KNOB=%s", knob.c_str(), "ACDR_FROM=%s", from.c_str(), "ACDR_TO=%s", to.c_str(),
                  "ACDR_RESULT=%s", result.c_str(), "ACDR_WHY=%s", why.c_str(), "ACDR_ERROR=%s", record.error.c_str(),
                  nullptr);
}

void FlightRecorder::add(const Record& record) {
  records_.push_back(record);
  if (records_.size() > limit) records_.pop_front();
}

std::deque<Record> FlightRecorder::newest(std::size_t most) const {
  const auto count = std::min(most, records_.size());
  return {records_.end() - static_cast<std::ptrdiff_t>(count), records_.end()};
}

}  // namespace acdr
