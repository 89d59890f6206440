// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/claim.hpp"
#include "host/knob.hpp"

namespace acdr {

/// What the ledger knows of a touched knob.
struct LedgerRow {
  KnobValue baseline;                     ///< before acdr first touched it, or what others made of it since
  std::optional<KnobValue> last_applied;  ///< as read back after the last write; none while a write is under way
  friend bool operator==(const LedgerRow&, const LedgerRow&) = default;
};

using LedgerRows = std::map<KnobId, LedgerRow>;
using Claims = std::map<std::pair<Subject, std::string>, Claim>;

/// The durable record. The whole state is held in memory and written through in transactions; a crash at any point
/// leaves the state before or after a transaction. Beside it is a copy, "<path>.copy", of the last transaction.
class Ledger {
 public:
  struct State;

  /// Opens or creates the database. Claims and rows of another boot are forgotten: a reboot has reset every knob.
  /// A file that is cut short or holds something else is moved aside to "<path>.broken"; its copy takes its place, or,
  /// where that is no better, a new one is begun; see `recovered()`. Error: the file cannot be created.
  [[nodiscard]] static Result<Ledger> open(const std::filesystem::path& path, const std::string& boot_id);

  /// Whether there is a ledger to open, or at least its copy.
  [[nodiscard]] static bool is_at(const std::filesystem::path& path);

  Ledger(Ledger&&) noexcept;
  Ledger& operator=(Ledger&&) noexcept;
  ~Ledger();

  [[nodiscard]] const Claims& claims() const;
  [[nodiscard]] const LedgerRows& rows() const;
  /// One sentence if the file found was unusable; "" otherwise.
  [[nodiscard]] const std::string& recovered() const;

  /// Makes claims and rows exactly these, in one transaction; only what differs is written.
  [[nodiscard]] Status commit(const Claims& claims, const LedgerRows& rows);
  /// The same for rows alone.
  [[nodiscard]] Status commit(const LedgerRows& rows);

 private:
  explicit Ledger(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace acdr
