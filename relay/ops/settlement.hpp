#pragma once
// Settlement: turns what clients have promised into money on the ledger. Watches the ledger for withdrawals, claims what was charged as far as
// it pays (claim_policy.hpp), settles it to the beneficiary, and after a crash finishes what was begun (docs/payments.md, S4 and S5). One step
// per call; SettlementThread decides when. Threads: tick() and claim() from one thread; status(), is_blind() and preview() from any.

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "channels/chain/chain_backend.hpp"
#include "protocol/base/key.hpp"
#include "protocol/base/time.hpp"
#include "relay/ops/claim_policy.hpp"
#include "relay/ops/own_transactions.hpp"
#include "relay/shared/ledger_book.hpp"

namespace ferry::relay {

struct SettlementTerms {
  base::Address receiver, token;
  base::Hash256 domain_separator;
  base::Duration claim_interval{std::chrono::minutes(10)};
  /// Not having read the ledger for this long counts as blind: a withdrawal could go unseen. An eighth of the withdraw delay.
  base::Duration blind_after{std::chrono::minutes(1)};
  chain::Fees fees = chain::Fees::none;
  base::Amount coin_price = base::Amount::btt(1);  ///< fees in another coin: what one of it is worth in the token
  base::Amount chunk_price{};                      ///< of a usual chunk: the unit of credit
  ClaimTerms claims{};
  base::Duration outbid_after{std::chrono::minutes(5)};
  std::size_t rereads = 16;  ///< channels that each step reads again, so that money which a chain takes back late is missed
};

/// A claim that the ledger refused, for one channel.
struct RefusedClaim {
  base::ChannelId channel;
  std::string why;
  base::Time at;
};

/// What is known about settling, for metrics and pages.
struct SettlementStatus {
  base::Time last_seen;     ///< when the ledger was last read; zero: not yet
  base::Time last_claim;    ///< when a run of claims last ended without an error; zero: not yet
  base::Amount unsettled;   ///< claimed and not yet moved to the beneficiary, as last seen
  base::Amount claimed_now; ///< by this process
  base::Amount fees;        ///< paid for this relay's transactions so far, in the chain's coin
  std::uint64_t claims = 0, claims_refused = 0;
  std::size_t pending = 0;  ///< transactions of unknown fate
  std::optional<base::Amount> fee_money;  ///< what the relay's own account can pay fees with; nothing where there are no fees
  base::Amount fee_money_wanted;          ///< below this it will soon be unable to claim
  std::vector<RefusedClaim> refused;      ///< that stand as they were
  std::string trouble;      ///< what the last step failed of; empty when it went well
  bool lacks_fee_money() const { return fee_money && *fee_money < fee_money_wanted; }
};

/// What a run of claims would do.
struct SettlementPreview {
  ClaimCosts costs;
  std::vector<ClaimDecision> claims;
  base::Amount unsettled;
  SettleReason settle{};
};

class Settlement {
 public:
  /// Lifetime: everything named here outlives this.
  Settlement(LedgerBook& book, chain::ChainBackend& backend, const base::SecretKey& identity, SettlementTerms terms);

  /// What is due: at first, and until it has succeeded once, S5: prepared transactions are sent again and the channels read that may have changed. Then
  /// transactions of unknown fate, new events, and a claim when the interval has passed or a withdrawal is pending.
  /// Errors: environment, of the ledger or the journal; status() keeps the last.
  base::Result<void> tick(base::Time now);

  /// S5, unless it has succeeded before. Errors: as tick().
  base::Result<void> catch_up(base::Time now);

  /// Claims everything that the policy allows on this occasion, and settles. Nothing is begun while the fate of an earlier transaction is
  /// unknown: error environment "settlement_pending"; then those of the ledger; refusal "no_fee_money".
  base::Result<void> claim(base::Time now, Occasion occasion = Occasion::asked);

  /// What claim() would do now, after the books; reads costs and what is unsettled on the ledger. Errors: those of the ledger.
  base::Result<SettlementPreview> preview(base::Time now, Occasion occasion) const;

  bool is_blind(base::Time now) const;
  SettlementStatus status() const;

 private:
  enum class Scope { all, withdrawing };
  struct Refusal {
    RefusedClaim told;
    base::Amount brings;
  };

  base::Result<void> recover(base::Time now);
  base::Result<void> watch(base::Time now);
  /// Reads what events have touched since the last call.
  base::Result<void> follow_events();
  base::Result<void> skip_events();
  /// Whether the journal is about the chain's history as it is: else nothing that it says of the chain counts.
  base::Result<bool> has_our_place() const;
  base::Result<std::optional<chain::ChainPlace>> certain_place() const;
  /// When events came, or it was done long ago.
  base::Result<void> note_place(const std::optional<chain::ChainPlace>& place, base::Time now);
  /// Where the journal's word of the chain does not count.
  base::Result<void> read_everything(const std::optional<chain::ChainPlace>& place, base::Time now);
  base::Result<void> finish(base::Time now);
  base::Result<void> claim_all(base::Time now, Occasion occasion, Scope scope);
  base::Result<void> claim_rows(std::span<const channels::ClaimRow> rows, base::Time now);
  base::Result<void> settle(const ClaimCosts& costs, base::Time now, Occasion occasion);
  /// Into `account`, which notes when money was moved.
  base::Result<void> read_unsettled(channels::AccountRecord& account, base::Time now);
  base::Result<void> read_fee_money();
  base::Result<ClaimCosts> read_costs() const;
  base::Result<base::Amount> cost_of(const chain::Action& action) const;
  /// Channels of the book from which a claim would bring something, with what the policy must know.
  std::vector<ClaimCandidate> candidates(Occasion occasion, Scope scope) const;
  /// What only the book as a whole tells: the payer's credit, and whether the ledger has refused the claim as it is now.
  void complete(ClaimCandidate& candidate, const base::Address& payer, Occasion occasion) const;
  /// Those of one batch that are still worth it after a look at the chain.
  base::Result<std::vector<channels::ClaimRow>> rows_of(std::span<const base::ChannelId> batch, const ClaimCosts& costs, base::Time now, Occasion occasion);
  void note_refused(const base::ChannelId& channel, base::Amount brings, std::string why, base::Time now);
  base::Amount claimed_from(std::span<const base::ChannelId> channels) const;
  void note_claimed(std::span<const base::ChannelId> channels, base::Amount before);
  /// Reads a channel of the book on the ledger and takes the facts over; one that the book does not know is passed over.
  base::Result<void> read_again(const base::ChannelId& channel);
  std::vector<base::ChannelId> not_closed() const;
  /// With several threads where there are many.
  base::Result<void> read_again(std::span<const base::ChannelId> channels);
  base::Result<void> read_some_again();
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
  std::uint64_t noted_event_ = 0;  ///< last_event_ when a place was noted
  base::Time noted_at_;
  base::Time next_claim_;
  /// Channels of the transaction that was sent last; nullopt: it was sent before the start, and any may be concerned.
  std::optional<std::vector<base::ChannelId>> under_way_;
  std::map<base::ChannelId, base::Amount> hopeless_;   ///< withdrawals for which a claim would cost more than it brings
  std::vector<base::ChannelId> to_reread_;  ///< what read_some_again() has left

  mutable std::mutex mutex_;
  SettlementStatus status_;                     // under mutex_
  std::map<base::ChannelId, Refusal> refused_;  // under mutex_
  bool contradicted_ = false;                   // under mutex_: nodes of the chain disagree
};

}  // namespace ferry::relay
