// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>

#include "host/knob.hpp"

namespace acdr {

/// Knobs that somebody else sets again and again. Putting such a one right at once, for ever, would keep two programs
/// busy on the very host that is to be quiet: after a few rounds it is left alone for a while, each time for longer.
class Fights {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Clock = std::function<Time()>;

  static constexpr std::size_t most_repairs = 20;  ///< within `window`
  static constexpr std::chrono::seconds window{60};
  static constexpr std::chrono::seconds first_rest{60};
  static constexpr std::chrono::seconds longest_rest{3600};

  enum class Verdict {
    repair,      ///< put it right
    give_up,     ///< leave it alone from now on, and say so
    leave_alone  ///< it is being left alone
  };
  /// Somebody else has set the knob, against a wish.
  [[nodiscard]] Verdict judge(const KnobId& knob, Time now);
  /// It has its value, or nobody wants anything of it any more.
  void forget(const KnobId& knob, Time now);
  /// The same for all knobs that `is_there` does not hold for.
  void forget_all_but(const std::function<bool(const KnobId&)>& is_there, Time now);

 private:
  struct Fight {
    std::deque<Time> repairs;
    std::chrono::seconds rest{first_rest};
    Time until;
    /// Long enough for a later one to be a new one; until then the knob may look well between two rounds.
    [[nodiscard]] bool has_ended(Time now) const;
  };
  std::map<KnobId, Fight> fights_;
};

}  // namespace acdr
