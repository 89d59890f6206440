// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/claim.hpp"
#include "engine/ledger_rows.hpp"

namespace acdr {

using Claims = std::map<std::pair<Subject, std::string>, Shared<Claim>>;

/// Rows as they are to be: those there are, which must outlive it, but for what was set or dropped here. A pass on a
/// host with hundreds of claims changes a few of thousands.
class ChangedRows {
 public:
  ChangedRows(const LedgerRows& before)
      : before_(&before) {}  // NOLINT(google-explicit-constructor): nothing changed yet

  /// Null where there is none. Valid until the row is set or dropped.
  [[nodiscard]] const LedgerRow* find(const KnobId& knob) const;
  [[nodiscard]] bool contains(const KnobId& knob) const { return find(knob) != nullptr; }
  void set(const KnobId& knob, LedgerRow row);
  void drop(const KnobId& knob);
  /// Calls it for each row, in no order, but for those of scopes that are left out: see LedgerRows.
  void for_each(const std::function<bool(std::string_view)>& left_out,
                const std::function<void(const KnobId&, const LedgerRow&)>& act) const;

 private:
  friend class Ledger;
  const LedgerRows* before_;
  std::map<KnobId, std::optional<LedgerRow>> changes_;  ///< none for what was dropped
};

/// The durable record. The whole state is held in memory and written in transactions; a crash at any point leaves the
/// state before or after one. Beside it is a copy, "<path>.copy", of the last transaction.
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
  /// The machine scopes of the claims that have one.
  [[nodiscard]] const Shared<Area::Scopes>& scopes() const;
  /// Knobs whose rows have come or gone since this was last asked, or since it was opened.
  [[nodiscard]] std::set<KnobId> take_news();
  /// One sentence if the file found was unusable; "" otherwise.
  [[nodiscard]] const std::string& recovered() const;

  /// Makes the claims exactly these, and changes the rows, which are of `rows()`, in one transaction; only what differs
  /// is written. Afterwards they are no changes any more.
  [[nodiscard]] Status commit(const Claims& claims, ChangedRows& rows);
  /// Changes the rows, and writes that with the next commit or by `flush()`. For what came of writes: until then the
  /// file has those as under way, and whoever reads it finds out what was done.
  void put_off(ChangedRows& rows);
  /// Writes what was put off. Error: it cannot be written, and stays put off.
  [[nodiscard]] Status flush();

 private:
  explicit Ledger(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace acdr
