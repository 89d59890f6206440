// SPDX-License-Identifier: GPL-2.0-or-later
#include <filesystem>

#include "engine/ledger.hpp"
#include "fuzz/harness.hpp"
#include "support/temporary_directory.hpp"
#include "support/whole_ledger.hpp"

namespace acdr::fuzz {
namespace {

const LedgerRows rows{{{KnobKind::irq_affinity, "45"}, {CpuSet{1, 2}, KnobValue(CpuSet{1})}},
                      {{KnobKind::cgroup_partition, "x"}, {std::string("member"), std::nullopt}}};

Claims one_claim() {
  Claim claim;
  claim.subject = Subject::domain("uuid-1");
  claim.resolved.edit().name = "vnf";
  return {{claim.key(), claim}};
}

/// Whatever the file holds, the daemon gets a ledger that it can write; what it reads of it, it reads again.
void promise_working_ledger(const std::filesystem::path& path) {
  auto ledger = Ledger::open(path, "boot-1");
  promise(ledger.has_value(), "a ledger can always be opened");
  if (!ledger->recovered().empty()) promise_one_line(ledger->recovered());
  const Claims found = ledger->claims();
  const LedgerRows found_rows = ledger->rows();
  promise(test::commit_all(*ledger, one_claim(), rows).has_value(), "a ledger that was opened can be written");
  promise(test::commit_all(*ledger, found, found_rows).has_value(), "and written as it was");
}

void promise_kept(const std::filesystem::path& path) {
  auto ledger = Ledger::open(path, "boot-1");
  promise(ledger.has_value() && test::commit_all(*ledger, one_claim(), rows).has_value(), "a ledger can be written");
  const auto again = Ledger::open(path, "boot-1");
  promise(again.has_value() && again->recovered().empty(), "what was written is sound");
  promise(again->rows() == rows && again->claims().size() == 1, "what was written is there");
}

}  // namespace

void ledger_file(std::string_view input) {
  static const test::TemporaryDirectory folder;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) std::filesystem::remove_all(entry);
  const auto path = folder.write("ledger.db", input);
  promise_working_ledger(path);
  promise_kept(path);
}

}  // namespace acdr::fuzz
