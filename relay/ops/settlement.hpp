#pragma once
// Settlement: turns what clients have promised into money on the ledger. Watches the ledger for withdrawals, claims what was charged, settles
// it to the beneficiary, and after a crash finishes what was begun (docs/payments.md, S4 and S5). One step per call; SettlementThread
// decides when. Threads: tick() and claim() from one thread; status() from any.

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "channels/chain/chain_backend.hpp"
#include "protocol/base/key.hpp"
#include "protocol/base/time.hpp"
#include "relay/ops/own_transactions.hpp"
#include "relay/shared/ledger_book.hpp"

namespace ferry::relay {

struct SettlementTerms {
  base::Address receiver, token;
  base::Hash256 domain_separator;
  base::Duration claim_interval{std::chrono::minutes(10)};
  /// Not having read the ledger for this long counts as blind: a withdrawal could go unseen. An eighth of the withdraw delay.
  base::Duration blind_after{std::chrono::minutes(1)};
};

/// What is known about settling, for metrics and pages.
struct SettlementStatus {
  base::Time last_seen;     ///< when the ledger was last read; zero: not yet
  base::Time last_claim;    ///< when a run of claims last ended without an error; zero: not yet
  base::Amount unsettled;   ///< claimed and not yet moved to the beneficiary, as last seen
  base::Amount claimed_now; ///< by this process
  std::uint64_t claims = 0, claims_refused = 0;
  std::size_t pending = 0;  ///< transactions of unknown fate
  std::string trouble;      ///< what the last step failed of; empty when it went well
};

class Settlement {
 public:
  /// Lifetime: everything named here outlives this.
  Settlement(LedgerBook& book, chain::ChainBackend& backend, const base::SecretKey& identity, SettlementTerms terms);

  /// What is due: at first, and until it has succeeded once, S5: prepared transactions are sent again, the events so far passed over and every
  /// channel read. Then transactions of unknown fate, new events, and a claim when the interval has passed or a withdrawal is pending.
  /// Errors: environment, of the ledger or the journal; status() keeps the last.
  base::Result<void> tick(base::Time now);

  /// Claims everything, and settles. Nothing is begun while the fate of an earlier transaction is unknown: error environment
  /// "settlement_pending"; then those of the ledger.
  base::Result<void> claim(base::Time now);

  bool is_blind(base::Time now) const;
  SettlementStatus status() const;

 private:
  base::Result<void> recover(base::Time now);
  base::Result<void> watch(base::Time now);
  base::Result<void> skip_events();
  base::Result<void> claim_all(base::Time now);
  base::Result<void> claim_rows(std::span<const channels::ClaimRow> rows);
  base::Result<void> settle();
  /// The most valuable first, each channel just read.
  base::Result<std::vector<channels::ClaimRow>> rows_to_claim();
  /// Reads a channel of the book on the ledger and takes the facts over; one that the book does not know is passed over.
  base::Result<void> read_again(const base::ChannelId& channel);
  base::Result<void> read_all_again();
  bool has_urgent_claim() const;
  base::ChannelId id_of(const channels::ClaimRow& row) const { return channels::channel_id(terms_.domain_separator, row.config); }
  base::Result<void> remember(base::Result<void> outcome);
  void saw_ledger(base::Time now);

  LedgerBook& book_;
  chain::ChainBackend& backend_;
  const base::SecretKey& identity_;
  const SettlementTerms terms_;
  OwnTransactions transactions_;
  bool recovered_ = false;
  std::uint64_t last_event_ = 0;
  base::Time next_claim_;

  mutable std::mutex mutex_;
  SettlementStatus status_;  // under mutex_
};

}  // namespace ferry::relay
