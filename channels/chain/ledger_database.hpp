#pragma once
// LedgerDatabase: one SQLite file as the embedded ledger needs it: owned by one process, durable at every commit, errors as values. Knows
// nothing of what the tables mean. Threads: none inside; the ledger holds its mutex.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "protocol/base/amount.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace ferry::chain {

class LedgerDatabase;

/// One run of a prepared statement. Bind the parameters from left to right, then step. Lifetime: within the database's; one at a time per
/// statement. The statement is reset when this is destroyed.
class Query {
 public:
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  Query& number(std::uint64_t value);  ///< below 2^63
  Query& signed_number(std::int64_t value);
  Query& text(std::string_view value);
  Query& blob(base::ByteView value);
  Query& amount(base::Amount value) { return blob(value.to_bytes()); }

  /// True: there is a row, which the column functions read until the next step.
  base::Result<bool> step();
  /// For statements without rows.
  base::Result<void> run();

  std::uint64_t number_at(int column) const;
  std::int64_t signed_number_at(int column) const;
  std::string_view text_at(int column) const;
  base::ByteView blob_at(int column) const;
  /// Errors: environment "ledger_corrupt" unless the column holds 16 bytes.
  base::Result<base::Amount> amount_at(int column) const;

 private:
  friend class LedgerDatabase;
  Query(LedgerDatabase& database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}

  LedgerDatabase& database_;
  sqlite3_stmt* statement_;
  int next_parameter_ = 1;
};

/// Errors of all functions: environment "ledger_full" (disk, or the size limit), "ledger_corrupt", "ledger_locked" (another process),
/// "ledger_io". After "ledger_io" or "ledger_corrupt" every call fails with the same error: what is on the disk is then unknown, and only a
/// new start, which reads it again, may go on.
class LedgerDatabase {
 public:
  /// Opens or creates the file (mode 0600) for this process alone. An existing file is not changed: look whose it is, then begin_writing().
  static base::Result<std::unique_ptr<LedgerDatabase>> open(const std::filesystem::path& file);
  /// WAL, synchronous=FULL, and no more than `max_bytes`. Before any write.
  base::Result<void> begin_writing(std::uint64_t max_bytes);
  ~LedgerDatabase();
  LedgerDatabase(const LedgerDatabase&) = delete;
  LedgerDatabase& operator=(const LedgerDatabase&) = delete;

  /// One or more statements without parameters and without wanted rows.
  base::Result<void> run(const char* statements);
  /// Prepared at its first use and kept. `statement` must be a literal.
  base::Result<Query> query(const char* statement);
  /// The first column of the first row of a statement without parameters.
  base::Result<std::uint64_t> number_of(const char* statement);

 private:
  friend class Query;
  LedgerDatabase() = default;
  /// Translates the last failure and remembers a fatal one.
  base::Error failure(int code);

  struct Close {
    void operator()(sqlite3* database) const;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
  std::unordered_map<std::string_view, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;  // destroyed before handle_
  std::optional<base::Error> fatal_;
  std::filesystem::path file_;
};

/// "ledger_corrupt" for what only the reader of the tables can see.
base::Error ledger_damaged(const std::string& what);

/// A write transaction that is undone unless commit() returns success. When it fails, whether the changes survive a crash is unknown.
class WriteTransaction {
 public:
  static base::Result<WriteTransaction> begin(LedgerDatabase& database);
  WriteTransaction(WriteTransaction&& other) noexcept;
  WriteTransaction& operator=(WriteTransaction&&) = delete;
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;
  ~WriteTransaction();

  base::Result<void> commit();

 private:
  explicit WriteTransaction(LedgerDatabase& database) : database_(&database) {}
  LedgerDatabase* database_;  ///< null when there is nothing to undo
};

}  // namespace ferry::chain
