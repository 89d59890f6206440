// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ledger_rows.hpp"

#include <algorithm>

#include "engine/knob_groups.hpp"

namespace acdr {
namespace {

const KnobId& knob_of(const LedgerRows::Entry* entry) { return entry->first; }

/// The first row of another kind.
LedgerRows::Map::const_iterator end_of_kind(const LedgerRows::Map& rows, KnobKind kind) {
  return rows.lower_bound({static_cast<KnobKind>(static_cast<int>(kind) + 1), ""});
}

}  // namespace

LedgerRows::LedgerRows(std::initializer_list<Entry> entries) {
  for (const auto& [knob, row] : entries) set(knob, row);
}

LedgerRows::LedgerRows(const LedgerRows& other) : rows_(other.rows_) {
  for (const Entry& entry : rows_) add_to_scope(entry);
}

LedgerRows& LedgerRows::operator=(const LedgerRows& other) { return *this = LedgerRows(other); }

void LedgerRows::add_to_scope(const Entry& entry) {
  if (!is_of_cgroup(entry.first.kind)) return;
  Entries& entries = of_scopes_[std::string(scope_of(entry.first.object))];
  entries.insert(std::ranges::lower_bound(entries, entry.first, {}, knob_of), &entry);
}

bool LedgerRows::set(const KnobId& knob, LedgerRow row) {
  const auto [entry, is_new] = rows_.insert_or_assign(knob, std::move(row));
  if (is_new) add_to_scope(*entry);
  return is_new;
}

bool LedgerRows::drop(const KnobId& knob) {
  const auto entry = rows_.find(knob);
  if (entry == rows_.end()) return false;
  if (is_of_cgroup(knob.kind)) {
    const auto scope = of_scopes_.find(scope_of(knob.object));
    scope->second.erase(std::ranges::lower_bound(scope->second, knob, {}, knob_of));
    if (scope->second.empty()) of_scopes_.erase(scope);
  }
  rows_.erase(entry);
  return true;
}

void LedgerRows::for_each(const std::function<bool(std::string_view)>& left_out,
                          const std::function<void(const Entry&)>& act) const {
  for (auto row = rows_.begin(); row != rows_.end();)
    if (is_of_cgroup(row->first.kind))
      row = end_of_kind(rows_, row->first.kind);
    else
      act(*row++);
  for (const auto& [scope, entries] : of_scopes_)
    if (!left_out(scope))
      for (const Entry* entry : entries) act(*entry);
}

}  // namespace acdr
