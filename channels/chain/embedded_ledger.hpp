#pragma once
// EmbeddedLedger: a private ledger in one SQLite file that behaves as a chain with the channel contract and one token, test BTT. A relay
// keeps it and serves it to its clients and to other relays (ledger_api). It is as true as the relay that keeps it: money on it is test
// money. Not a chain: no consensus, no fees, no proofs.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "channels/chain/chain_backend.hpp"
#include "channels/chain/contract_rules.hpp"
#include "channels/chain/faucet.hpp"
#include "channels/chain/ledger_store.hpp"
#include "channels/chain/ledger_transaction.hpp"

namespace ferry::chain {

struct LedgerParameters {
  std::uint64_t chain_id = 1337;  ///< fixed when the file is made
  std::uint64_t min_withdraw_delay = channels::kMinWithdrawDelay;  ///< seconds; shorter only in tests
  std::uint64_t max_bytes = std::uint64_t{4} << 30U;  ///< of the file: strangers can make it grow
  std::optional<FaucetTerms> faucet = FaucetTerms{};
  std::optional<base::Hash256> ledger_id;  ///< for tests that need the same domain twice; random otherwise
  /// Hears of each submit and redeem that the file could not take, for the keeper's log. Threads: those of the callers.
  std::function<void(const base::Error&)> on_write_failure{};
};

/// Threads: any; one mutex around the file. Every submit and redeem is durable when it returns.
/// Errors: what SQLite cannot do is an environment error (see LedgerDatabase): failed for reads, unknown for submit and redeem.
class EmbeddedLedger final : public ChainBackend, public Faucet {
 public:
  using Clock = std::function<base::Time()>;

  /// Opens or makes the ledger in `file`. `clock` is called from the caller's threads and must not call back.
  /// Errors: those of LedgerStore::open(); environment "ledger_other_chain" (made with another chain id).
  static base::Result<std::unique_ptr<EmbeddedLedger>> open(const std::filesystem::path& file, const LedgerParameters& parameters, Clock clock);

  Outcome<ChainInfo> info() override;
  Outcome<base::Amount> balance_of(const base::Address& account) override;
  Outcome<channels::ChainChannel> read_channel(const base::ChannelId& channel) override;
  Outcome<std::uint64_t> refund_nonce(const base::ChannelId& channel) override;
  Outcome<base::Amount> unsettled(const base::Address& receiver, const base::Address& token) override;
  Outcome<RawTransaction> prepare(const Action& action, const base::SecretKey& from) override;
  /// Further errors: those of read_transaction(); refusal "nonce_used" (prepare it anew); environment "nonce_gap" (unknown: an earlier
  /// transaction of the account is missing, these bytes may still come true).
  Outcome<Receipt> submit(const RawTransaction& transaction) override;
  Outcome<std::optional<Receipt>> receipt(const TransactionId& id) override;
  Outcome<std::vector<ChainEvent>> events(const base::Address& receiver, std::uint64_t after, std::uint32_t limit) override;
  Faucet* faucet() override { return this; }

  /// The nonce of the account's next transaction.
  Outcome<std::uint64_t> nonce_of(const base::Address& account);

  Outcome<FaucetChallenge> challenge(const base::Address& account) override;
  Outcome<base::Amount> redeem(const FaucetProof& proof) override;

  /// Why the file could not take the last transaction or grant; nullopt since one that it took.
  std::optional<base::Error> write_trouble();

  /// All test money that the faucet has ever made.
  Outcome<base::Amount> minted();

 private:
  EmbeddedLedger(std::unique_ptr<LedgerStore> store, const LedgerParameters& parameters, Clock clock);
  base::Result<Receipt> execute_once(const TransactionId& id, const LedgerTransaction& transaction);
  base::Result<base::Amount> grant(const FaucetProof& proof, base::Time now);
  template <typename T>
  void note_write(const base::Result<T>& written);

  LedgerParameters parameters_;
  Clock clock_;
  ContractTerms terms_;
  FaucetGate gate_;
  std::mutex mutex_;
  std::unique_ptr<LedgerStore> store_;  // under mutex_
  std::optional<base::Error> write_trouble_;  // under mutex_
};

}  // namespace ferry::chain
