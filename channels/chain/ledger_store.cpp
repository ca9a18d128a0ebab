#include "channels/chain/ledger_store.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace ferry::chain {
namespace {

using base::Amount;
using base::Result;

template <typename Id>
Result<Id> bytes_at(const Query& row, int column) {
  const auto id = Id::from(row.blob_at(column));
  if (!id) return base::fail(ledger_damaged("a stored id has a wrong length"));
  return *id;
}

}  // namespace

Result<Amount> LedgerStore::account(const base::Address& address) const {
  FERRY_TRY(auto row, database_->query("SELECT balance FROM accounts WHERE address = ?"));
  FERRY_TRY(const bool found, row.blob(address.view()).step());
  if (!found) return Amount::zero();
  return row.amount_at(0);
}

Result<channels::ChainChannel> LedgerStore::channel(const base::ChannelId& id) const {
  FERRY_TRY(auto row, database_->query("SELECT balance, total_claimed, pending_withdraw, withdraw_at_ms, closed FROM channels WHERE id = ?"));
  FERRY_TRY(const bool found, row.blob(id.view()).step());
  channels::ChainChannel channel;
  if (!found) return channel;
  FERRY_TRY(channel.balance, row.amount_at(0));
  FERRY_TRY(channel.total_claimed, row.amount_at(1));
  FERRY_TRY(channel.pending_withdraw, row.amount_at(2));
  channel.withdraw_at.unix_ms = row.signed_number_at(3);
  channel.closed = row.number_at(4) != 0;
  return channel;
}

Result<Receivable> LedgerStore::receivable(const base::Address& receiver) const {
  FERRY_TRY(auto row, database_->query("SELECT claimed, settled FROM receivables WHERE receiver = ?"));
  FERRY_TRY(const bool found, row.blob(receiver.view()).step());
  Receivable receivable;
  if (!found) return receivable;
  FERRY_TRY(receivable.claimed, row.amount_at(0));
  FERRY_TRY(receivable.settled, row.amount_at(1));
  return receivable;
}

Result<std::uint64_t> LedgerStore::refund_nonce(const base::ChannelId& id) const {
  FERRY_TRY(auto row, database_->query("SELECT nonce FROM refund_nonces WHERE channel = ?"));
  FERRY_TRY(const bool found, row.blob(id.view()).step());
  return found ? row.number_at(0) : 0;
}

Result<std::uint64_t> LedgerStore::nonce(const base::Address& address) const {
  FERRY_TRY(auto row, database_->query("SELECT nonce FROM accounts WHERE address = ?"));
  FERRY_TRY(const bool found, row.blob(address.view()).step());
  return found ? row.number_at(0) : 0;
}

Result<std::optional<Receipt>> LedgerStore::receipt(const TransactionId& id) const {
  FERRY_TRY(auto row, database_->query("SELECT succeeded, reason, block FROM receipts WHERE id = ?"));
  FERRY_TRY(const bool found, row.blob(id.view()).step());
  if (!found) return std::nullopt;
  return Receipt{id, row.number_at(0) != 0, std::string{row.text_at(1)}, row.number_at(2)};
}

Result<std::vector<ChainEvent>> LedgerStore::events(const base::Address& receiver, std::uint64_t after, std::uint32_t limit) const {
  FERRY_TRY(auto rows, database_->query("SELECT sequence, kind, channel, amount, at_ms FROM events "
                                        "WHERE receiver = ? AND sequence > ? ORDER BY sequence LIMIT ?"));
  rows.blob(receiver.view()).number(std::min<std::uint64_t>(after, INT64_MAX)).number(limit);
  std::vector<ChainEvent> events;
  for (;;) {
    FERRY_TRY(const bool found, rows.step());
    if (!found) return events;
    ChainEvent event;
    event.sequence = rows.number_at(0);
    event.kind = static_cast<EventKind>(rows.number_at(1));
    FERRY_TRY(event.channel, bytes_at<base::ChannelId>(rows, 2));
    FERRY_TRY(event.amount, rows.amount_at(3));
    event.at.unix_ms = rows.signed_number_at(4);
    events.push_back(event);
  }
}

Result<std::optional<FaucetGrant>> LedgerStore::last_grant(const base::Address& account) const {
  FERRY_TRY(auto row, database_->query("SELECT day, proof_window FROM faucet_grants WHERE account = ?"));
  FERRY_TRY(const bool found, row.blob(account.view()).step());
  if (!found) return std::nullopt;
  return FaucetGrant{row.number_at(0), row.number_at(1)};
}

Result<Amount> LedgerStore::granted_on(std::uint64_t day) const {
  FERRY_TRY(auto row, database_->query("SELECT total FROM faucet_days WHERE day = ?"));
  FERRY_TRY(const bool found, row.number(day).step());
  if (!found) return Amount::zero();
  return row.amount_at(0);
}

Result<Amount> LedgerStore::minted() const {
  FERRY_TRY(auto row, database_->query("SELECT minted FROM ledger"));
  FERRY_TRY(const bool found, row.step());
  if (!found) return base::fail(ledger_damaged("its own row is missing"));
  return row.amount_at(0);
}

Result<void> LedgerStore::set_account(const base::Address& address, Amount balance) {
  FERRY_TRY(auto row, database_->query("INSERT INTO accounts (address, balance, nonce) VALUES (?, ?, 0) "
                                       "ON CONFLICT (address) DO UPDATE SET balance = excluded.balance"));
  return row.blob(address.view()).amount(balance).run();
}

Result<void> LedgerStore::set_nonce(const base::Address& address, std::uint64_t nonce) {
  FERRY_TRY(auto row, database_->query("INSERT INTO accounts (address, balance, nonce) VALUES (?, zeroblob(16), ?) "
                                       "ON CONFLICT (address) DO UPDATE SET nonce = excluded.nonce"));
  return row.blob(address.view()).number(nonce).run();
}

Result<void> LedgerStore::apply(const Changes& changes, base::Time now) {
  for (const auto& [address, balance] : changes.accounts) {
    FERRY_CHECK(set_account(address, balance));
  }
  for (const auto& [id, channel] : changes.channels) {
    FERRY_TRY(auto row, database_->query("INSERT OR REPLACE INTO channels "
                                         "(id, balance, total_claimed, pending_withdraw, withdraw_at_ms, closed) VALUES (?, ?, ?, ?, ?, ?)"));
    row.blob(id.view()).amount(channel.balance).amount(channel.total_claimed).amount(channel.pending_withdraw);
    FERRY_CHECK(row.signed_number(channel.withdraw_at.unix_ms).number(channel.closed ? 1 : 0).run());
  }
  for (const auto& [receiver, receivable] : changes.receivables) {
    FERRY_TRY(auto row, database_->query("INSERT OR REPLACE INTO receivables (receiver, claimed, settled) VALUES (?, ?, ?)"));
    FERRY_CHECK(row.blob(receiver.view()).amount(receivable.claimed).amount(receivable.settled).run());
  }
  for (const auto& [id, nonce] : changes.refund_nonces) {
    FERRY_TRY(auto row, database_->query("INSERT OR REPLACE INTO refund_nonces (channel, nonce) VALUES (?, ?)"));
    FERRY_CHECK(row.blob(id.view()).number(nonce).run());
  }
  for (const auto& event : changes.events) {
    FERRY_TRY(auto row, database_->query("INSERT INTO events (kind, channel, receiver, amount, at_ms) VALUES (?, ?, ?, ?, ?)"));
    row.number(static_cast<std::uint64_t>(event.kind)).blob(event.channel.view()).blob(event.receiver.view());
    FERRY_CHECK(row.amount(event.amount).signed_number(now.unix_ms).run());
  }
  return {};
}

Result<Receipt> LedgerStore::add_receipt(Receipt receipt) {
  FERRY_CHECK(database_->run("UPDATE ledger SET block = block + 1"));
  FERRY_TRY(receipt.block, database_->number_of("SELECT block FROM ledger"));
  FERRY_TRY(auto row, database_->query("INSERT INTO receipts (id, succeeded, reason, block) VALUES (?, ?, ?, ?)"));
  FERRY_CHECK(row.blob(receipt.id.view()).number(receipt.succeeded ? 1 : 0).text(receipt.reason).number(receipt.block).run());
  return receipt;
}

Result<void> LedgerStore::add_grant(const base::Address& to, Amount amount, const FaucetGrant& grant) {
  FERRY_TRY(const auto balance, account(to));
  FERRY_TRY(const auto today, granted_on(grant.day));
  FERRY_TRY(const auto all, minted());
  const auto new_all = all.plus(amount);
  if (!new_all) return base::fail(base::refusal("faucet_dry", "the faucet has given all the money that 128 bits can count"));
  // No balance and no day's total is above what was ever minted, so these sums fit when that one does.
  FERRY_CHECK(set_account(to, balance.plus_saturated(amount)));

  FERRY_TRY(auto ledger, database_->query("UPDATE ledger SET minted = ?"));
  FERRY_CHECK(ledger.amount(*new_all).run());
  FERRY_TRY(auto day, database_->query("INSERT OR REPLACE INTO faucet_days (day, total) VALUES (?, ?)"));
  FERRY_CHECK(day.number(grant.day).amount(today.plus_saturated(amount)).run());
  FERRY_TRY(auto row, database_->query("INSERT OR REPLACE INTO faucet_grants (account, day, proof_window) VALUES (?, ?, ?)"));
  FERRY_CHECK(row.blob(to.view()).number(grant.day).number(grant.window).run());

  FERRY_TRY(auto old_grants, database_->query("DELETE FROM faucet_grants WHERE day < ? - 1"));
  FERRY_CHECK(old_grants.number(grant.day).run());
  FERRY_TRY(auto old_days, database_->query("DELETE FROM faucet_days WHERE day < ? - 1"));
  return old_days.number(grant.day).run();
}

}  // namespace ferry::chain
