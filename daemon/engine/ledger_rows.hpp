// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/knob.hpp"
#include "host/snapshot.hpp"

namespace acdr {

/// What the ledger knows of a touched knob.
struct LedgerRow {
  KnobValue baseline;                     ///< before acdr first touched it, or what others made of it since
  std::optional<KnobValue> last_applied;  ///< as read back after the last write; none while a write is under way
  friend bool operator==(const LedgerRow&, const LedgerRow&) = default;
};

/// Rows by their knobs. Those of cgroups are found by the scope they are in as well, so that a pass need not go through
/// the rows of hundreds of domains that nothing has happened to.
class LedgerRows {
 public:
  using Map = std::map<KnobId, LedgerRow>;
  using Entry = Map::value_type;

  LedgerRows() = default;
  LedgerRows(std::initializer_list<Entry> entries);
  LedgerRows(const LedgerRows& other);
  LedgerRows& operator=(const LedgerRows& other);
  LedgerRows(LedgerRows&&) noexcept = default;
  LedgerRows& operator=(LedgerRows&&) noexcept = default;
  ~LedgerRows() = default;

  [[nodiscard]] Map::const_iterator begin() const { return rows_.begin(); }
  [[nodiscard]] Map::const_iterator end() const { return rows_.end(); }
  [[nodiscard]] Map::const_iterator find(const KnobId& knob) const { return rows_.find(knob); }
  [[nodiscard]] Map::const_iterator lower_bound(const KnobId& knob) const { return rows_.lower_bound(knob); }
  [[nodiscard]] const LedgerRow& at(const KnobId& knob) const { return rows_.at(knob); }
  [[nodiscard]] bool contains(const KnobId& knob) const { return rows_.contains(knob); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::size_t size() const { return rows_.size(); }

  /// Whether it is new.
  bool set(const KnobId& knob, LedgerRow row);
  /// Whether it was there.
  bool drop(const KnobId& knob);

  /// Calls `act` for each row, in no order, but for those of cgroups in scopes that are left out.
  void for_each(const std::function<bool(std::string_view)>& left_out,
                const std::function<void(const Entry&)>& act) const;

  friend bool operator==(const LedgerRows& a, const LedgerRows& b) { return a.rows_ == b.rows_; }

 private:
  using Entries = std::vector<const Entry*>;  ///< by knob
  void add_to_scope(const Entry& entry);

  Map rows_;
  std::unordered_map<std::string, Entries, PathHash, std::equal_to<>> of_scopes_;  ///< those of cgroups; "" in none
};

}  // namespace acdr
