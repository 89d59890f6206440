// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ledger.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <system_error>

#include "base/printable.hpp"

namespace acdr {

namespace fs = std::filesystem;

struct Ledger::State {
  SQLite::Database database;
  std::filesystem::path path;
  Claims claims;
  LedgerRows rows;
  std::string recovered;
};

namespace {

/// /run is a tmpfs: there is nothing to sync, a crash of the machine is a new boot. The journal covers a crash of the
/// daemon.
constexpr const char* schema = R"(
  PRAGMA journal_mode = DELETE;
  PRAGMA synchronous = OFF;
  CREATE TABLE IF NOT EXISTS meta  (key TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS claim (subject TEXT, class TEXT, body TEXT NOT NULL, PRIMARY KEY (subject, class));
  CREATE TABLE IF NOT EXISTS knob  (id TEXT PRIMARY KEY, baseline TEXT NOT NULL, last_applied TEXT);
)";

/// Forgets what another boot left behind.
void bind_to_boot(SQLite::Database& database, const std::string& boot_id) {
  SQLite::Statement query(database, "SELECT value FROM meta WHERE key = 'boot'");
  if (query.executeStep() && query.getColumn(0).getString() == boot_id) return;
  query.reset();
  SQLite::Transaction transaction(database);
  database.exec("DELETE FROM claim");
  database.exec("DELETE FROM knob");
  SQLite::Statement insert(database, "INSERT OR REPLACE INTO meta VALUES ('boot', ?)");
  insert.bind(1, boot_id);
  insert.exec();
  transaction.commit();
}

Status load_claims(SQLite::Database& database, Claims& claims) {
  SQLite::Statement query(database, "SELECT subject, class, body FROM claim");
  while (query.executeStep()) {
    ACDR_TRY(Claim claim, parse_claim(query.getColumn(2).getString()));
    auto key = claim.key();
    if (query.getColumn(0).getString() != key.first.to_string() || query.getColumn(1).getString() != key.second)
      return failure(ErrorKind::failed, "a claim in the ledger stands under another name");
    claims.emplace(std::move(key), std::move(claim));
  }
  return {};
}

Status load_rows(SQLite::Database& database, LedgerRows& rows) {
  SQLite::Statement query(database, "SELECT id, baseline, last_applied FROM knob");
  while (query.executeStep()) {
    ACDR_TRY(KnobId knob, KnobId::parse(query.getColumn(0).getString()));
    LedgerRow row;
    ACDR_TRY(row.baseline, parse_knob_value(query.getColumn(1).getString()));
    if (!query.getColumn(2).isNull()) {
      ACDR_TRY(row.last_applied, parse_knob_value(query.getColumn(2).getString()));
    }
    rows.emplace(std::move(knob), std::move(row));
  }
  return {};
}

constexpr const char* delete_row_of = "DELETE FROM knob WHERE id = ?";
constexpr const char* insert_row = "INSERT OR REPLACE INTO knob VALUES (?, ?, ?)";
constexpr const char* insert_claim = "INSERT OR REPLACE INTO claim VALUES (?, ?, ?)";

/// Damage is to be found now, when the file can still be put aside, and not when a knob is about to be written.
Status check_soundness(SQLite::Database& database) {
  SQLite::Statement check(database, "PRAGMA integrity_check(1)");
  const std::string found = check.executeStep() ? check.getColumn(0).getString() : std::string("no answer");
  if (found != "ok") return failure(ErrorKind::failed, "the ledger is damaged: {}", printable(found));
  // Whether the tables take what will be written to them shows when the statements are compiled.
  for (const auto* statement : {insert_row, insert_claim}) SQLite::Statement(database, statement);
  return {};
}

/// Most rows have the values of the one before.
class Serialised {
 public:
  const std::string& operator()(const KnobValue& value) {
    if (text_.empty() || value != value_) {
      value_ = value;
      text_ = serialise(value);
    }
    return text_;
  }

 private:
  KnobValue value_;
  std::string text_;
};

class RowWriter {
 public:
  explicit RowWriter(SQLite::Database& database) : insert_(database, insert_row) {}
  void store(const KnobId& knob, const LedgerRow& row) {
    insert_.reset();
    insert_.bind(1, knob.to_string());
    insert_.bindNoCopy(2, baseline_(row.baseline));
    if (row.last_applied)
      insert_.bindNoCopy(3, last_applied_(*row.last_applied));
    else
      insert_.bind(3);
    insert_.exec();
  }

 private:
  SQLite::Statement insert_;
  Serialised baseline_;
  Serialised last_applied_;
};

void delete_row(SQLite::Statement& remove, const KnobId& knob) {
  remove.reset();
  remove.bind(1, knob.to_string());
  remove.exec();
}

void store_claim(SQLite::Database& database, const Claim& claim) {
  SQLite::Statement insert(database, insert_claim);
  insert.bind(1, claim.key().first.to_string());
  insert.bind(2, claim.key().second);
  insert.bind(3, serialise(claim));
  insert.exec();
}

void delete_claim(SQLite::Database& database, const Claim& claim) {
  SQLite::Statement remove(database, "DELETE FROM claim WHERE subject = ? AND class = ?");
  remove.bind(1, claim.key().first.to_string());
  remove.bind(2, claim.key().second);
  remove.exec();
}

/// What makes one map into another: the keys that go, and the entries that come or change.
template <class Map>
struct Differences {
  Differences() = default;
  Differences(const Map& before, const Map& after) {
    auto old = before.begin();
    for (auto entry = after.begin(); entry != after.end(); ++entry) {
      for (; old != before.end() && old->first < entry->first; ++old) gone.push_back(old);
      const bool known = old != before.end() && old->first == entry->first;
      if (!known || old->second != entry->second) set.push_back(entry);
      if (known) ++old;
    }
    for (; old != before.end(); ++old) gone.push_back(old);
  }
  [[nodiscard]] bool none() const { return gone.empty() && set.empty(); }
  void apply_to(Map& map) const {
    for (const auto& old : gone) map.erase(old);
    for (const auto& entry : set) map.insert_or_assign(entry->first, entry->second);
  }
  std::vector<typename Map::const_iterator> gone;
  std::vector<typename Map::const_iterator> set;
};

void store(SQLite::Database& database, const Differences<Claims>& differences) {
  for (const auto& old : differences.gone) delete_claim(database, old->second);
  for (const auto& entry : differences.set) store_claim(database, entry->second);
}

void store(SQLite::Database& database, const Differences<LedgerRows>& differences) {
  SQLite::Statement remove(database, delete_row_of);
  RowWriter rows(database);
  for (const auto& old : differences.gone) delete_row(remove, old->first);
  for (const auto& entry : differences.set) rows.store(entry->first, entry->second);
}

}  // namespace

Ledger::Ledger(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ledger::Ledger(Ledger&&) noexcept = default;
Ledger& Ledger::operator=(Ledger&&) noexcept = default;
Ledger::~Ledger() = default;

const Claims& Ledger::claims() const { return state_->claims; }
const LedgerRows& Ledger::rows() const { return state_->rows; }
const std::string& Ledger::recovered() const { return state_->recovered; }

namespace {

Result<std::unique_ptr<Ledger::State>> open_database(const std::filesystem::path& path, const std::string& boot_id) {
  try {
    auto state =
        std::make_unique<Ledger::State>(SQLite::Database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE));
    state->path = path;
    state->database.exec(schema);
    bind_to_boot(state->database, boot_id);
    ACDR_CHECK(check_soundness(state->database));
    ACDR_CHECK(load_claims(state->database, state->claims));
    ACDR_CHECK(load_rows(state->database, state->rows));
    return state;
  } catch (const SQLite::Exception& error) {
    return failure(
        Error(ErrorKind::failed, fmt::format("opening the ledger {}: {}", path.string(), printable(error.what())))
            .with_errno(error.getErrorCode()));
  }
}

fs::path copy_of(const fs::path& path) { return path.string() + ".copy"; }

/// What a ledger that is yet to be made looks like, and one that was cut short to nothing.
bool has_nothing(const fs::path& path) {
  std::error_code code;
  return fs::file_size(path, code) == 0 || code;
}

/// Baselines that are lost cannot be found out again, so there are two files, each whole at any time. Where the second
/// cannot be written it is removed: an old one would be worse than none.
void refresh_copy(const fs::path& path) {
  const fs::path part = path.string() + ".part";
  std::error_code code;
  fs::copy_file(path, part, fs::copy_options::overwrite_existing, code);
  if (!code) fs::rename(part, copy_of(path), code);
  if (!code) return;
  fs::remove(part, code);
  fs::remove(copy_of(path), code);
}

/// The ledger from its copy; none if there is none, or it is no better.
std::unique_ptr<Ledger::State> open_copy(const fs::path& path, const std::string& boot_id) {
  std::error_code code;
  if (has_nothing(copy_of(path))) return nullptr;
  fs::copy_file(copy_of(path), path, fs::copy_options::overwrite_existing, code);
  if (!code)
    if (auto state = open_database(path, boot_id)) return std::move(*state);
  fs::remove(path, code);
  return nullptr;
}

/// Another file in the place of a damaged one.
Result<std::unique_ptr<Ledger::State>> replace_database(const fs::path& path, const std::string& boot_id,
                                                        const std::string& damage) {
  std::error_code code;
  fs::remove(path.string() + "-journal", code);
  if (auto state = open_copy(path, boot_id)) {
    state->recovered = damage + "; its copy takes its place, and nothing is lost";
    return state;
  }
  ACDR_TRY(auto fresh, open_database(path, boot_id));
  fresh->recovered = damage + "; what it knew of earlier changes is lost";
  return fresh;
}

Result<std::unique_ptr<Ledger::State>> open_or_replace(const fs::path& path, const std::string& boot_id) {
  if (has_nothing(path) && !has_nothing(copy_of(path)))
    return replace_database(path, boot_id, fmt::format("the ledger {} is gone", path.string()));
  auto state = open_database(path, boot_id);
  std::error_code code;
  if (state || !fs::exists(path, code)) return state;
  const auto aside = path.string() + ".broken";
  fs::rename(path, aside, code);
  if (code) return failure(state.error().during("moving the broken ledger aside"));
  return replace_database(path, boot_id, fmt::format("{}; it was kept as {}", state.error().what(), aside));
}

}  // namespace

Result<Ledger> Ledger::open(const std::filesystem::path& path, const std::string& boot_id) {
  ACDR_TRY(auto state, open_or_replace(path, boot_id));
  refresh_copy(path);
  return Ledger(std::move(state));
}

bool Ledger::is_at(const std::filesystem::path& path) {
  std::error_code code;
  return fs::exists(path, code) || fs::exists(copy_of(path), code);
}

namespace {

Status write(Ledger::State& state, const Differences<Claims>& of_claims, const Differences<LedgerRows>& of_rows,
             std::string_view outcome) {
  // Most passes find everything as it should be.
  if (of_claims.none() && of_rows.none()) return {};
  try {
    SQLite::Transaction transaction(state.database);
    store(state.database, of_claims);
    store(state.database, of_rows);
    transaction.commit();
  } catch (const SQLite::Exception& error) {
    return failure(Error(ErrorKind::failed, fmt::format("writing the ledger: {}", printable(error.what())),
                         fmt::format("free space in /run; {}", outcome)));
  }
  refresh_copy(state.path);
  of_claims.apply_to(state.claims);
  of_rows.apply_to(state.rows);
  return {};
}

}  // namespace

Status Ledger::commit(const Claims& claims, const LedgerRows& rows) {
  return write(*state_, {state_->claims, claims}, {state_->rows, rows}, "nothing was changed on the host");
}

Status Ledger::commit(const LedgerRows& rows) {
  return write(*state_, {}, {state_->rows, rows}, "what was changed on the host stands there as begun");
}

}  // namespace acdr
