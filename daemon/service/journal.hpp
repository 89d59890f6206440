// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <deque>
#include <string>

#include "engine/reconciler.hpp"

namespace acdr {

/// The daemon's words in the journal.
void log_info(const std::string& message);
void log_warning(const std::string& message);
/// One write to the host, with structured fields: ACDR_KNOB, ACDR_FROM, ACDR_TO, ACDR_RESULT, ACDR_WHY, ACDR_ERROR.
void log_record(const Record& record);

/// The last things done to the host, for `acdrctl log`.
class FlightRecorder {
 public:
  static constexpr std::size_t limit = 4096;
  void add(const Record& record);
  /// The newest `most`, oldest first.
  [[nodiscard]] std::deque<Record> newest(std::size_t most) const;

 private:
  std::deque<Record> records_;
};

}  // namespace acdr
