// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ledger.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <stdio.h>  // NOLINT(modernize-deprecated-headers): renameat2(2) is not in the C++ header
#include <unistd.h>

#include <array>
#include <optional>
#include <system_error>
#include <utility>

#include "base/printable.hpp"
#include "base/unique_fd.hpp"

namespace acdr {

namespace fs = std::filesystem;

namespace {

/// Compiled once: compiling one takes longer than a small transaction.
struct Statements {
  explicit Statements(SQLite::Database& database)
      : set_row(database,
                "INSERT INTO knob VALUES (?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET baseline = excluded.baseline, last_applied = excluded.last_applied"),
        delete_row(database, "DELETE FROM knob WHERE id = ?"),
        insert_value(database, "INSERT OR IGNORE INTO value (text) VALUES (?)"),
        number_of_value(database, "SELECT id FROM value WHERE text = ?"),
        delete_unused_values(database,
                             "DELETE FROM value WHERE id NOT IN (SELECT baseline FROM knob UNION "
                             "SELECT last_applied FROM knob WHERE last_applied IS NOT NULL)"),
        set_claim(database, "INSERT OR REPLACE INTO claim VALUES (?, ?, ?)"),
        delete_claim(database, "DELETE FROM claim WHERE subject = ? AND class = ?") {}
  SQLite::Statement set_row;
  SQLite::Statement delete_row;
  SQLite::Statement insert_value;
  SQLite::Statement number_of_value;
  SQLite::Statement delete_unused_values;
  SQLite::Statement set_claim;
  SQLite::Statement delete_claim;
};

/// Values are forgotten when so many came since: to look for those that no row has takes as long as the rows are many.
constexpr int most_new_values = 64;

using Changes = std::map<KnobId, std::optional<LedgerRow>>;

}  // namespace

struct Ledger::State {
  SQLite::Database database;
  std::filesystem::path path;
  std::unique_ptr<Statements> statements = nullptr;
  Claims claims = {};
  Shared<Area::Scopes> scopes = {};  ///< of the claims
  LedgerRows rows = {};
  std::set<KnobId> news = {};
  Changes put_off = {};  ///< are in `rows`, and not in the file
  int new_values = most_new_values;
  std::string recovered = {};
};

namespace {

/// /run is a tmpfs: there is nothing to sync, a crash of the machine is a new boot. The journal covers a crash of the
/// daemon. Values stand once: a thousand threads and interrupts have the same few, and on a large host each is long.
constexpr const char* schema = R"(
  PRAGMA journal_mode = DELETE;
  PRAGMA synchronous = OFF;
  CREATE TABLE IF NOT EXISTS meta  (key TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS claim (subject TEXT, class TEXT, body TEXT NOT NULL, PRIMARY KEY (subject, class));
  CREATE TABLE IF NOT EXISTS value (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS knob  (id TEXT PRIMARY KEY, baseline INTEGER NOT NULL, last_applied INTEGER) WITHOUT ROWID;
)";

/// Forgets what another boot left behind.
void bind_to_boot(SQLite::Database& database, const std::string& boot_id) {
  SQLite::Statement query(database, "SELECT value FROM meta WHERE key = 'boot'");
  if (query.executeStep() && query.getColumn(0).getString() == boot_id) return;
  query.reset();
  SQLite::Transaction transaction(database);
  database.exec("DELETE FROM claim");
  database.exec("DELETE FROM knob");
  database.exec("DELETE FROM value");
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

using Values = std::map<std::int64_t, KnobValue>;

Status load_values(SQLite::Database& database, Values& values) {
  SQLite::Statement query(database, "SELECT id, text FROM value");
  while (query.executeStep()) {
    ACDR_TRY(KnobValue value, parse_knob_value(query.getColumn(1).getString()));
    values.emplace(query.getColumn(0).getInt64(), std::move(value));
  }
  return {};
}

Result<KnobValue> value_of(const SQLite::Column& number, const Values& values) {
  const auto known = number.isInteger() ? values.find(number.getInt64()) : values.end();
  if (known == values.end()) return failure(ErrorKind::failed, "a knob in the ledger has a value that is not there");
  return known->second;
}

Status load_rows(SQLite::Database& database, LedgerRows& rows) {
  Values values;
  ACDR_CHECK(load_values(database, values));
  SQLite::Statement query(database, "SELECT id, baseline, last_applied FROM knob");
  while (query.executeStep()) {
    ACDR_TRY(KnobId knob, KnobId::parse(query.getColumn(0).getString()));
    LedgerRow row;
    ACDR_TRY(row.baseline, value_of(query.getColumn(1), values));
    if (!query.getColumn(2).isNull()) {
      ACDR_TRY(row.last_applied, value_of(query.getColumn(2), values));
    }
    rows.set(knob, std::move(row));
  }
  return {};
}

/// All that a database is made of, but for SQLite's own.
std::string definitions(SQLite::Database& database) {
  std::string all;
  SQLite::Statement query(database,
                          "SELECT type || ' ' || name || ' ' || ifnull(sql, '') FROM sqlite_master WHERE name NOT LIKE "
                          "'sqlite@_%' ESCAPE '@' ORDER BY 1");
  while (query.executeStep()) all.append(query.getColumn(0).getString()).append("\n");
  return all;
}

/// Damage is to be found now, when the file can still be put aside, and not when a knob is about to be written.
Status check_soundness(Ledger::State& state) {
  SQLite::Statement check(state.database, "PRAGMA integrity_check(1)");
  const std::string found = check.executeStep() ? check.getColumn(0).getString() : std::string("no answer");
  if (found != "ok") return failure(ErrorKind::failed, "the ledger is damaged: {}", printable(found));
  SQLite::Database fresh(":memory:", SQLite::OPEN_READWRITE);
  fresh.exec(schema);
  if (definitions(state.database) != definitions(fresh))
    return failure(ErrorKind::failed, "the ledger is of another version of acdr, or damaged: its tables are others");
  state.statements = std::make_unique<Statements>(state.database);
  return {};
}

/// Runs a statement; a SELECT stands at its first row then. One that was kept from the file by another process is still
/// under way until it is reset, and no transaction ends meanwhile.
template <class... Values>
int run(SQLite::Statement& statement, const Values&... values) {
  statement.tryReset();
  statement.clearBindings();
  int index = 0;
  (statement.bind(++index, values), ...);
  try {
    return statement.getColumnCount() > 0 ? static_cast<int>(statement.executeStep()) : statement.exec();
  } catch (const SQLite::Exception&) {
    statement.tryReset();
    throw;
  }
}

/// The numbers of values. Most rows have that of the one before.
class Numbered {
 public:
  explicit Numbered(Ledger::State& state) : state_(state) {}
  std::int64_t operator()(const KnobValue& value) {
    if (known_ && *known_ == value) return number_;
    const std::string text = serialise(value);
    state_.new_values += run(state_.statements->insert_value, text);
    SQLite::Statement& find = state_.statements->number_of_value;
    run(find, text);
    number_ = find.getColumn(0).getInt64();
    find.tryReset();
    known_ = value;
    return number_;
  }

 private:
  Ledger::State& state_;
  std::optional<KnobValue> known_;
  std::int64_t number_ = 0;
};

class RowWriter {
 public:
  explicit RowWriter(Ledger::State& state) : statements_(*state.statements), baseline_(state), applied_(state) {}
  void store(const KnobId& knob, const std::optional<LedgerRow>& row) {
    if (!row)
      run(statements_.delete_row, knob.to_string());
    else if (row->last_applied)
      run(statements_.set_row, knob.to_string(), baseline_(row->baseline), applied_(*row->last_applied));
    else
      run(statements_.set_row, knob.to_string(), baseline_(row->baseline));
  }

 private:
  Statements& statements_;
  Numbered baseline_;
  Numbered applied_;
};

/// What makes one set of claims into another: those that go, and those that come or change.
struct Differences {
  Differences() = default;
  Differences(const Claims& before, const Claims& after) {
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
  void apply_to(Claims& claims) const {
    for (const auto& old : gone) claims.erase(old);
    for (const auto& entry : set) claims.insert_or_assign(entry->first, entry->second);
  }
  std::vector<Claims::const_iterator> gone;
  std::vector<Claims::const_iterator> set;
};

void store(Ledger::State& state, const Differences& differences) {
  for (const auto& old : differences.gone)
    run(state.statements->delete_claim, old->first.first.to_string(), old->first.second);
  for (const auto& entry : differences.set)
    run(state.statements->set_claim, entry->first.first.to_string(), entry->first.second, serialise(*entry->second));
}

/// Of what was changed twice the later.
void store(Ledger::State& state, const Changes& earlier, const Changes& later) {
  RowWriter rows(state);
  for (const auto& [knob, row] : earlier)
    if (!later.contains(knob)) rows.store(knob, row);
  for (const auto& [knob, row] : later) rows.store(knob, row);
  if (state.new_values < most_new_values) return;
  run(state.statements->delete_unused_values);
  state.new_values = 0;
}

Area::Scopes scopes_of(const Claims& claims) {
  Area::Scopes scopes;
  scopes.reserve(claims.size());
  for (const auto& [key, claim] : claims)
    if (!claim->scope.empty()) scopes.insert(claim->scope);
  return scopes;
}

void hold(const Differences& claims, Ledger::State& state) {
  if (claims.none()) return;
  claims.apply_to(state.claims);
  state.scopes = scopes_of(state.claims);
}

void hold(const Changes& changes, Ledger::State& state) {
  for (const auto& [knob, row] : changes) {
    const bool is_news = row ? state.rows.set(knob, *row) : state.rows.drop(knob);
    if (is_news) state.news.insert(knob);
  }
}

}  // namespace

Ledger::Ledger(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ledger::Ledger(Ledger&&) noexcept = default;
Ledger& Ledger::operator=(Ledger&&) noexcept = default;
Ledger::~Ledger() = default;

const Claims& Ledger::claims() const { return state_->claims; }
const LedgerRows& Ledger::rows() const { return state_->rows; }
const Shared<Area::Scopes>& Ledger::scopes() const { return state_->scopes; }
std::set<KnobId> Ledger::take_news() { return std::exchange(state_->news, {}); }
const std::string& Ledger::recovered() const { return state_->recovered; }

namespace {

Result<std::unique_ptr<Ledger::State>> open_database(const std::filesystem::path& path, const std::string& boot_id) {
  try {
    auto state =
        std::make_unique<Ledger::State>(SQLite::Database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE));
    state->path = path;
    state->database.exec(schema);
    bind_to_boot(state->database, boot_id);
    ACDR_CHECK(check_soundness(*state));
    ACDR_CHECK(load_claims(state->database, state->claims));
    state->scopes = scopes_of(state->claims);
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

/// Writes over what is there, which costs less than another file.
bool write_over(const fs::path& from, const fs::path& to) {
  const UniqueFd in(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in) return false;
  const UniqueFd out(::open(to.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!out) return false;
  std::array<char, std::size_t{64} << 10U> part{};
  off_t size = 0;
  while (true) {
    const ssize_t got = ::read(in.get(), part.data(), part.size());
    if (got == 0) return ::ftruncate(out.get(), size) == 0;
    if (got < 0 || ::write(out.get(), part.data(), static_cast<std::size_t>(got)) != got) return false;
    size += got;
  }
}

/// Makes one file the other, and the other the one if it is there.
bool exchange(const fs::path& one, const fs::path& other) {
  if (::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0) return true;
  return ::rename(one.c_str(), other.c_str()) == 0;
}

/// Baselines that are lost cannot be found out again, so there are two files, each whole at any time; a third is what
/// the next copy is written over. Where the second cannot be written it is removed: an old one would be worse than
/// none.
void refresh_copy(const fs::path& path) {
  const fs::path next = path.string() + ".next";
  if (write_over(path, next) && exchange(next, copy_of(path))) return;
  std::error_code code;
  fs::remove(next, code);
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

/// With what was put off.
Status write(Ledger::State& state, const Differences& of_claims, const Changes& of_rows, std::string_view outcome) {
  try {
    SQLite::Transaction transaction(state.database);
    store(state, of_claims);
    store(state, state.put_off, of_rows);
    transaction.commit();
  } catch (const SQLite::Exception& error) {
    return failure(Error(ErrorKind::failed, fmt::format("writing the ledger: {}", printable(error.what())),
                         fmt::format("free space in /run; {}", outcome)));
  }
  refresh_copy(state.path);
  state.put_off.clear();
  return {};
}

}  // namespace

Status Ledger::commit(const Claims& claims, ChangedRows& rows) {
  const Differences of_claims(state_->claims, claims);
  if (of_claims.none() && rows.changes_.empty()) return {};  // most passes find everything as it should be
  ACDR_CHECK(write(*state_, of_claims, rows.changes_, "nothing was changed on the host"));
  hold(of_claims, *state_);
  hold(rows.changes_, *state_);
  rows.changes_.clear();
  return {};
}

void Ledger::put_off(ChangedRows& rows) {
  hold(rows.changes_, *state_);
  rows.changes_.merge(state_->put_off);  // what is there counts
  state_->put_off = std::exchange(rows.changes_, {});
}

Status Ledger::flush() {
  if (state_->put_off.empty()) return {};
  return write(*state_, {}, {}, "what was changed on the host stands there as begun");
}

const LedgerRow* ChangedRows::find(const KnobId& knob) const {
  if (const auto changed = changes_.find(knob); changed != changes_.end())
    return changed->second ? &*changed->second : nullptr;
  const auto row = before_->find(knob);
  return row == before_->end() ? nullptr : &row->second;
}

void ChangedRows::set(const KnobId& knob, LedgerRow row) {
  const auto before = before_->find(knob);
  if (before != before_->end() && before->second == row)
    changes_.erase(knob);
  else
    changes_.insert_or_assign(knob, std::move(row));
}

void ChangedRows::drop(const KnobId& knob) {
  if (before_->contains(knob))
    changes_.insert_or_assign(knob, std::nullopt);
  else
    changes_.erase(knob);
}

void ChangedRows::for_each(const std::function<bool(std::string_view)>& left_out,
                           const std::function<void(const KnobId&, const LedgerRow&)>& act) const {
  before_->for_each(left_out, [&](const LedgerRows::Entry& entry) {
    if (changes_.empty() || !changes_.contains(entry.first)) act(entry.first, entry.second);
  });
  for (const auto& [knob, row] : changes_)
    if (row) act(knob, *row);
}

}  // namespace acdr
