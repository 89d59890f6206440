// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "engine/ledger.hpp"

namespace acdr::test {

/// Makes a ledger hold exactly these.
inline Status commit_all(Ledger& ledger, const Claims& claims, const LedgerRows& rows) {
  ChangedRows changed(ledger.rows());
  for (const auto& [knob, row] : ledger.rows())
    if (!rows.contains(knob)) changed.drop(knob);
  for (const auto& [knob, row] : rows) changed.set(knob, row);
  return ledger.commit(claims, changed);
}

}  // namespace acdr::test
