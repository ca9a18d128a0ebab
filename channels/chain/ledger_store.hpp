#pragma once
// LedgerStore: the tables of the embedded ledger. Reads and writes what the contract, the accounts, the receipts and the faucet remember;
// decides nothing. Threads: none inside; the ledger holds its mutex.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "channels/chain/chain_backend.hpp"
#include "channels/chain/contract_storage.hpp"
#include "channels/chain/ledger_database.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"

namespace ferry::chain {

/// Chosen once, when the file is made.
struct LedgerIdentity {
  base::Hash256 ledger_id;      ///< random: two ledgers never share a domain
  std::uint64_t chain_id = 0;
  base::Hash256 faucet_secret;  ///< what faucet challenges are made from
};

/// The last time the faucet gave to an account.
struct FaucetGrant {
  std::uint64_t day = 0;
  std::uint64_t window = 0;
};

/// Errors of all functions: environment, those of LedgerDatabase.
class LedgerStore final : public ContractStorage {
 public:
  /// Opens the ledger in `file`, or makes it as `fresh`. An existing one is read through and its sums are checked.
  /// Errors: also environment "ledger_foreign" (another program's file), "ledger_version" (made by a newer Ferry).
  static base::Result<std::unique_ptr<LedgerStore>> open(const std::filesystem::path& file, const LedgerIdentity& fresh, std::uint64_t max_bytes);

  const LedgerIdentity& identity() const { return identity_; }
  base::Result<WriteTransaction> begin() { return WriteTransaction::begin(*database_); }

  base::Result<base::Amount> account(const base::Address& address) const override;
  base::Result<channels::ChainChannel> channel(const base::ChannelId& id) const override;
  base::Result<Receivable> receivable(const base::Address& receiver) const override;
  base::Result<std::uint64_t> refund_nonce(const base::ChannelId& id) const override;

  /// How many transactions of the account were executed.
  base::Result<std::uint64_t> nonce(const base::Address& address) const;
  base::Result<std::optional<Receipt>> receipt(const TransactionId& id) const;
  base::Result<std::vector<ChainEvent>> events(const base::Address& receiver, std::uint64_t after, std::uint32_t limit) const;
  base::Result<std::optional<FaucetGrant>> last_grant(const base::Address& account) const;
  base::Result<base::Amount> granted_on(std::uint64_t day) const;
  base::Result<base::Amount> minted() const;

  // Everything below only between begin() and commit().
  base::Result<void> apply(const Changes& changes, base::Time now);
  base::Result<void> set_nonce(const base::Address& address, std::uint64_t nonce);
  /// Numbers the receipt with the next block and keeps it.
  base::Result<Receipt> add_receipt(Receipt receipt);
  /// New money for an account, booked on `grant.day`. Forgets the days before yesterday.
  base::Result<void> add_grant(const base::Address& account, base::Amount amount, const FaucetGrant& grant);

 private:
  explicit LedgerStore(std::unique_ptr<LedgerDatabase> database) : database_(std::move(database)) {}
  base::Result<void> make(const LedgerIdentity& fresh);
  base::Result<void> add_refund_nonces();
  base::Result<void> load();
  base::Result<void> check_conservation() const;
  base::Result<void> set_account(const base::Address& address, base::Amount balance);

  std::unique_ptr<LedgerDatabase> database_;
  LedgerIdentity identity_;
};

}  // namespace ferry::chain
