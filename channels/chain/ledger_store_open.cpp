// How a ledger file is made, recognised and checked before it is trusted.

#include <string>
#include <utility>

#include "channels/chain/ledger_store.hpp"

namespace ferry::chain {
namespace {

using base::Amount;
using base::Result;

constexpr std::uint64_t kApplicationId = 0x46455259;  // "FERY"
constexpr std::uint64_t kVersion = 2;
constexpr std::uint64_t kVersionWithoutRefundNonces = 1;

/// Amounts and ids are blobs: 16 bytes big-endian, 20 or 32 bytes. Times are milliseconds since 1970.
constexpr const char* kSchema =
    "CREATE TABLE ledger (only INTEGER PRIMARY KEY CHECK (only = 1), ledger_id BLOB NOT NULL, chain_id INTEGER NOT NULL,"
    "  faucet_secret BLOB NOT NULL, minted BLOB NOT NULL, block INTEGER NOT NULL);"
    "CREATE TABLE accounts (address BLOB PRIMARY KEY, balance BLOB NOT NULL, nonce INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE channels (id BLOB PRIMARY KEY, balance BLOB NOT NULL, total_claimed BLOB NOT NULL, pending_withdraw BLOB NOT NULL,"
    "  withdraw_at_ms INTEGER NOT NULL, closed INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE receivables (receiver BLOB PRIMARY KEY, claimed BLOB NOT NULL, settled BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE receipts (id BLOB PRIMARY KEY, succeeded INTEGER NOT NULL, reason TEXT NOT NULL, block INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE events (sequence INTEGER PRIMARY KEY, kind INTEGER NOT NULL, channel BLOB NOT NULL, receiver BLOB NOT NULL,"
    "  amount BLOB NOT NULL, at_ms INTEGER NOT NULL);"
    "CREATE INDEX events_of_receiver ON events (receiver, sequence);"
    "CREATE TABLE faucet_grants (account BLOB PRIMARY KEY, day INTEGER NOT NULL, proof_window INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE faucet_days (day INTEGER PRIMARY KEY, total BLOB NOT NULL);";

Result<void> check_pages(LedgerDatabase& database) {
  FERRY_TRY(auto check, database.query("PRAGMA quick_check(1)"));
  FERRY_TRY(const bool found, check.step());
  if (!found || check.text_at(0) != "ok") return base::fail(ledger_damaged(base::printable(found ? check.text_at(0) : "no answer")));
  return {};
}

/// What version 2 has and version 1 had not.
constexpr const char* kRefundNonces = "CREATE TABLE refund_nonces (channel BLOB PRIMARY KEY, nonce INTEGER NOT NULL) WITHOUT ROWID;";

/// The sum over a table of column 0, or of column 0 - column 1.
Result<Amount> sum(LedgerDatabase& database, const char* select, bool with_subtrahend) {
  FERRY_TRY(auto rows, database.query(select));
  Amount total;
  for (;;) {
    FERRY_TRY(const bool found, rows.step());
    if (!found) return total;
    FERRY_TRY(const auto plus, rows.amount_at(0));
    Amount minus;
    if (with_subtrahend) {
      FERRY_TRY(minus, rows.amount_at(1));
    }
    const auto rest = plus.minus(minus);
    const auto grown = rest ? total.plus(*rest) : std::nullopt;
    if (!grown) return base::fail(ledger_damaged("an amount is above what it is part of"));
    total = *grown;
  }
}

}  // namespace

Result<std::unique_ptr<LedgerStore>> LedgerStore::open(const std::filesystem::path& file, const LedgerIdentity& fresh, std::uint64_t max_bytes) {
  FERRY_TRY(auto database, LedgerDatabase::open(file));
  FERRY_TRY(const auto application, database->number_of("PRAGMA application_id"));
  FERRY_TRY(const auto version, database->number_of("PRAGMA user_version"));
  FERRY_TRY(const auto tables, database->number_of("SELECT count(*) FROM sqlite_schema"));
  if (tables > 0 && application != kApplicationId) {
    return base::fail(base::environment("ledger_foreign", file.string() + " is another program's database: use another data directory"));
  }
  const bool is_old = tables > 0 && version == kVersionWithoutRefundNonces;
  if (tables > 0 && version != kVersion && !is_old) {
    return base::fail(base::environment("ledger_version", file.string() + " has version " + std::to_string(version) +
                                                              " and this program reads version " + std::to_string(kVersion) + ": update it"));
  }
  FERRY_CHECK(database->begin_writing(max_bytes));
  std::unique_ptr<LedgerStore> store{new LedgerStore{std::move(database)}};
  if (tables == 0) {
    FERRY_CHECK(store->make(fresh));
  }
  FERRY_CHECK(check_pages(*store->database_));
  if (is_old) FERRY_CHECK(store->add_refund_nonces());
  FERRY_CHECK(store->load());
  FERRY_CHECK(store->check_conservation());
  return store;
}

Result<void> LedgerStore::make(const LedgerIdentity& fresh) {
  FERRY_TRY(auto transaction, begin());
  FERRY_CHECK(database_->run(kSchema));
  FERRY_CHECK(database_->run(kRefundNonces));
  FERRY_TRY(auto row, database_->query("INSERT INTO ledger (only, ledger_id, chain_id, faucet_secret, minted, block) "
                                       "VALUES (1, ?, ?, ?, zeroblob(16), 0)"));
  FERRY_CHECK(row.blob(fresh.ledger_id.view()).number(fresh.chain_id).blob(fresh.faucet_secret.view()).run());
  FERRY_CHECK(database_->run(("PRAGMA application_id=" + std::to_string(kApplicationId)).c_str()));
  FERRY_CHECK(database_->run(("PRAGMA user_version=" + std::to_string(kVersion)).c_str()));
  return transaction.commit();
}

Result<void> LedgerStore::add_refund_nonces() {
  FERRY_TRY(auto transaction, begin());
  FERRY_CHECK(database_->run(kRefundNonces));
  FERRY_CHECK(database_->run(("PRAGMA user_version=" + std::to_string(kVersion)).c_str()));
  return transaction.commit();
}

Result<void> LedgerStore::load() {
  FERRY_TRY(auto row, database_->query("SELECT ledger_id, chain_id, faucet_secret FROM ledger"));
  FERRY_TRY(const bool found, row.step());
  const auto id = found ? base::Hash256::from(row.blob_at(0)) : std::nullopt;
  const auto secret = found ? base::Hash256::from(row.blob_at(2)) : std::nullopt;
  if (!id || !secret) return base::fail(ledger_damaged("its own row is missing"));
  identity_ = LedgerIdentity{*id, row.number_at(1), *secret};
  return {};
}

Result<void> LedgerStore::check_conservation() const {
  FERRY_TRY(const auto accounts, sum(*database_, "SELECT balance FROM accounts", false));
  FERRY_TRY(const auto escrow, sum(*database_, "SELECT balance, total_claimed FROM channels", true));
  FERRY_TRY(const auto unsettled, sum(*database_, "SELECT claimed, settled FROM receivables", true));
  FERRY_TRY(const auto all, minted());
  const auto held = accounts.plus(escrow);
  if (!held || held->plus(unsettled) != all) {
    return base::fail(ledger_damaged("its accounts and channels do not add up to the money it has made"));
  }
  return {};
}

}  // namespace ferry::chain
