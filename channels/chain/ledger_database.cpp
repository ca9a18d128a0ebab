#include "channels/chain/ledger_database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace ferry::chain {
namespace {

constexpr std::uint64_t kPageBytes = 4096;
constexpr std::uint64_t kMinPages = 16;  ///< room for an empty ledger

base::Error describe(int code, const std::filesystem::path& file, const char* detail) {
  const std::string where = "the ledger " + file.string();
  const std::string why = " (SQLite: " + base::printable(detail) + ")";
  switch (code & 0xff) {
    case SQLITE_FULL:
      return base::environment("ledger_full", where + " has no room: free disk space or raise its size limit" + why);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return base::environment("ledger_corrupt", where + " is damaged or is not a ledger; nothing was changed: restore it from a backup" + why);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return base::environment("ledger_locked", where + " is in use by another process: stop it or use another data directory" + why);
    default:
      return base::environment("ledger_io", where + " cannot be read or written: look after the disk and its permissions, then start again" + why);
  }
}

bool is_fatal(int code) {
  const int kind = code & 0xff;
  return kind == SQLITE_IOERR || kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB;
}

/// Only creates: opening and closing an existing file here would drop the locks that SQLite holds on it in this process.
base::Result<void> create_privately(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    return {};
  }
  if (errno == EEXIST) return {};
  return base::fail(base::environment("ledger_io", "the ledger " + file.string() + " cannot be created: " + std::strerror(errno)));
}

}  // namespace

void LedgerDatabase::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }
void LedgerDatabase::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

base::Error LedgerDatabase::failure(int code) {
  auto error = describe(code, file_, sqlite3_errmsg(handle_.get()));
  if (is_fatal(code) && !fatal_) fatal_ = error;
  return error;
}

base::Result<std::unique_ptr<LedgerDatabase>> LedgerDatabase::open(const std::filesystem::path& file) {
  FERRY_CHECK(create_privately(file));
  std::unique_ptr<LedgerDatabase> database{new LedgerDatabase};
  database->file_ = file;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  database->handle_.reset(handle);
  if (code != SQLITE_OK) return base::fail(describe(code, file, handle == nullptr ? "no memory" : sqlite3_errmsg(handle)));
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  // The lock is taken with the first page that is read and held until the end: two relays on one ledger would each trust their own sums.
  FERRY_CHECK(database->run("PRAGMA locking_mode=EXCLUSIVE; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"));
  return database;
}

base::Result<void> LedgerDatabase::begin_writing(std::uint64_t max_bytes) {
  {
    FERRY_TRY(auto mode, query("PRAGMA journal_mode=WAL"));
    FERRY_TRY(const bool row, mode.step());
    if (!row || mode.text_at(0) != "wal") return base::fail(describe(SQLITE_IOERR, file_, "no write-ahead log is possible here"));
  }
  FERRY_CHECK(run("PRAGMA synchronous=FULL"));
  const auto pages = std::max(max_bytes / kPageBytes, kMinPages);
  return run(("PRAGMA max_page_count=" + std::to_string(pages)).c_str());
}

LedgerDatabase::~LedgerDatabase() = default;

base::Result<void> LedgerDatabase::run(const char* statements) {
  if (fatal_) return base::fail(*fatal_);
  const int code = sqlite3_exec(handle_.get(), statements, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return base::fail(failure(code));
  return {};
}

base::Result<Query> LedgerDatabase::query(const char* statement) {
  if (fatal_) return base::fail(*fatal_);
  auto& prepared = statements_[statement];
  if (!prepared) {
    sqlite3_stmt* made = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), statement, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr);
    if (code != SQLITE_OK) return base::fail(failure(code));
    prepared.reset(made);
  }
  return Query{*this, prepared.get()};
}

base::Result<std::uint64_t> LedgerDatabase::number_of(const char* statement) {
  FERRY_TRY(auto asked, query(statement));
  FERRY_TRY(const bool row, asked.step());
  return row ? asked.number_at(0) : 0;
}

Query::Query(Query&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)), next_parameter_(other.next_parameter_) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query& Query::number(std::uint64_t value) { return signed_number(static_cast<std::int64_t>(value)); }

Query& Query::signed_number(std::int64_t value) {
  sqlite3_bind_int64(statement_, next_parameter_++, value);
  return *this;
}

Query& Query::text(std::string_view value) {
  sqlite3_bind_text64(statement_, next_parameter_++, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Query& Query::blob(base::ByteView value) {
  sqlite3_bind_blob64(statement_, next_parameter_++, value.data(), value.size(), SQLITE_TRANSIENT);
  return *this;
}

base::Result<bool> Query::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return base::fail(database_.failure(code));
}

base::Result<void> Query::run() {
  FERRY_CHECK(step());
  return {};
}

std::uint64_t Query::number_at(int column) const { return static_cast<std::uint64_t>(signed_number_at(column)); }

std::int64_t Query::signed_number_at(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Query::text_at(int column) const { return base::text_of(blob_at(column)); }

base::ByteView Query::blob_at(int column) const {
  const void* const data = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return base::ByteView{static_cast<const std::uint8_t*>(data), data == nullptr ? 0 : size};
}

base::Error ledger_damaged(const std::string& what) {
  return base::environment("ledger_corrupt", "the ledger is damaged (" + what + "); nothing was changed: restore it from a backup");
}

base::Result<base::Amount> Query::amount_at(int column) const {
  const auto amount = base::Amount::from_bytes(blob_at(column));
  if (!amount) return base::fail(ledger_damaged("a stored amount is not 16 bytes"));
  return *amount;
}

base::Result<WriteTransaction> WriteTransaction::begin(LedgerDatabase& database) {
  FERRY_CHECK(database.run("BEGIN IMMEDIATE"));
  return WriteTransaction{database};
}

WriteTransaction::WriteTransaction(WriteTransaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}

WriteTransaction::~WriteTransaction() {
  // SQLite undoes a transaction by itself after some errors; a second undoing then fails, which is as good.
  if (database_ != nullptr) (void)database_->run("ROLLBACK");
}

base::Result<void> WriteTransaction::commit() {
  FERRY_CHECK(database_->run("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace ferry::chain
