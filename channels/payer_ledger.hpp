#pragma once
// PayerLedger: what a client has deposited, verified, owes and signed, for every channel. A pure state machine like RelayLedger: records
// first, then effect. It never takes a number from a relay: it adds charges of chunks that it verified, and only where a connection was
// lost may it adopt a bounded difference, and says so.
//
// Invariants, checked after every step in every build (a broken one stops the process): adopted <= confirmed <= recorded; signed_ceiling <=
// reserved_ceiling <= the highest balance that the chain has shown. What is signed exceeds what is confirmed by no more than the caller's
// `ahead` (and what the chain shows as claimed).
// Threads: none inside.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "channels/channel_config.hpp"
#include "channels/records.hpp"

namespace ferry::channels {

/// What was made to outbid a transaction: of it and all that outbid it one is executed.
struct PayerBid {
  base::Hash256 first;  ///< the transaction that was outbid
  base::Bytes raw;
};

struct PayerChannel {
  ChannelConfig config;
  std::string relay;
  base::Amount balance;           ///< deposited and not withdrawn, as last seen on chain
  base::Amount total_claimed;
  base::Amount confirmed;         ///< charges of verified deliveries, plus adopted losses
  base::Amount adopted;           ///< of these, paid without having been received
  base::Amount signed_ceiling;    ///< highest ceiling ever signed (after a restart: at most reserved_ceiling, learned from the relay)
  base::Amount reserved_ceiling;  ///< durable bound of what may be signed
  bool closed = false;
  base::Bytes raw_transaction;    ///< the last deposit, to be broadcast again if its fate is unknown; empty once the balance has grown
  base::Amount deposit;           ///< what that transaction, or the one that it clears the way for, moves
  base::Bytes withdrawal;         ///< a withdrawal's transaction of unknown fate, to be broadcast again; or empty
  std::vector<PayerBid> bids;     ///< for the two above, oldest first
  base::Amount fees;              ///< what all transactions on this channel cost
  base::Hash256 last_fee_of;      ///< the transaction whose fee was counted last
  base::Amount sent_ceiling;      ///< sent since the last resume(), or shown by the relay; signed above it may have been lost; in memory only
  base::Amount recorded;          ///< confirmed, and what will be when the records that were made are durable; in memory only
  base::Amount highest_balance;   ///< that the chain has shown

  /// What a relay must hold to be paid for all that was confirmed; from a closed channel only what was signed before (C4).
  base::Amount last_ceiling() const { return closed ? signed_ceiling : std::max(signed_ceiling, std::min(confirmed, balance)); }
  /// In the channel, and neither owed nor claimed.
  base::Amount unspent() const { return balance.minus_floored(std::max(confirmed, total_claimed)); }
};

/// What a relay says about a channel when a session starts.
struct RelayView {
  base::Amount charged;
  base::Amount ceiling;
  std::optional<base::Signature> ceiling_signature;
};

/// A step of signing: when `reserve` is set it must be durable before `ceiling` is signed.
struct SigningStep {
  base::Amount ceiling;
  std::optional<Record> reserve;
};

class PayerLedger {
 public:
  explicit PayerLedger(base::Hash256 domain_separator);

  /// Applies a record read back from the journal. Errors: environment "journal_record" (not ours, or it breaks an invariant); this ledger must
  /// not be used after that.
  base::Result<void> replay(base::ByteView record);
  /// A durable record takes effect. Records of deliveries and losses must be applied in the order in which they were made.
  void apply(const Record& record);

  /// C1: durable before the deposit is broadcast. For a channel that is known it records a further deposit. Refusals as check(ChannelConfig),
  /// "channel_closed", "transaction_too_long", "relay_text_too_long".
  base::Result<Record> open(std::string relay, const ChannelConfig& config, base::Amount deposit, base::Bytes raw_transaction) const;

  /// Durable before a withdrawal's transaction is broadcast. Refusals "channel_unknown", "transaction_too_long".
  base::Result<Record> withdrawing(const base::ChannelId& channel, const base::Hash256& transaction, base::Bytes raw) const;
  /// Durable before what outbids a recorded transaction is broadcast. Refusals as those of withdrawing().
  base::Result<Record> outbidding(const base::ChannelId& channel, const base::Hash256& first, base::Bytes raw) const;
  /// The fate of a transaction of this channel, or of one that outbid it, is known; `transaction` is the one that was recorded first. Its fee is counted once, however often it is told. `failed`: nothing will come of it. A
  /// deposit that succeeded stays recorded until sync() shows it. Refusal "channel_unknown".
  base::Result<Record> fate_known(const base::ChannelId& channel, const base::Hash256& transaction, base::Amount fee, bool failed) const;

  /// What the chain says (deposit seen, claim, withdrawal). `closed` also when the payer withdraws: nothing is signed for this salt any more, ever
  /// (C4). Refusal "channel_unknown"; environment "chain_inconsistent" (more claimed than deposited).
  base::Result<Record> sync(const base::ChannelId& channel, base::Amount balance, base::Amount total_claimed, bool closed) const;

  /// A relay's view at session start, checked: a ceiling that it shows must bear our own signature, else peer_fault "relay_view_forged", and lie
  /// within reserved_ceiling, else environment "wallet_outdated": a later state of this wallet signed it. Raises signed_ceiling to it; a voucher above
  /// it was lost and may be signed again. `view.charged` is not believed: see adopt_loss(). Refusal "channel_unknown".
  base::Result<void> resume(const base::ChannelId& channel, const RelayView& view);

  /// A verified delivery: the record that must be durable before it is owed (C3). Several may be under way. A redelivery of a charge that has such a
  /// record already (its bytes were lost later) must not be counted again: the caller remembers its last ones, told apart by `charged_after`, the
  /// relay's sum with the charge. Precondition: the channel is known.
  Record delivered(const base::ChannelId& channel, const base::RequestHash& request, std::uint64_t index, const base::Hash256& chunk_hash,
                   base::Amount charge, base::Amount charged_after);

  /// The relay counts more than we verified, after a lost connection. Adopts at most up to `relay_charged` and at most `loss_bound`.
  /// The caller asks again first for what it misses: a relay delivers recent chunks again for free. It adopts only while nothing is in flight, and
  /// tells the relay its new `confirmed` before it asks for more, so that nothing adopted is redelivered and counted twice. The record's amount is zero when nothing is
  /// missing. Refusals "loss_above_bound", "channel_unknown", "channel_closed".
  base::Result<Record> adopt_loss(const base::ChannelId& channel, base::Amount relay_charged, base::Amount loss_bound);

  /// A relay that gives the rest back at once keeps `kept`: what of it was not counted here is adopted, for the relay could claim it anyway. Only what
  /// was signed or confirmed may be kept. The record's amount is zero when nothing is missing. Refusals "channel_unknown", "refund_too_low".
  base::Result<Record> leave(const base::ChannelId& channel, base::Amount kept);

  /// The ceiling to sign now so that `ahead` beyond what is confirmed is promised; never above balance. `reserve_step`: how far the durable
  /// bound is raised at a time. nullopt when nothing higher results than what the relay holds or was sent.
  /// Refusals: "channel_unknown", "channel_closed", "channel_exhausted" (balance does not allow even what is owed).
  base::Result<std::optional<SigningStep>> next_ceiling(const base::ChannelId& channel, base::Amount ahead, base::Amount reserve_step) const;
  /// The voucher was signed and may have left: remember it.
  void signed_up_to(const base::ChannelId& channel, base::Amount ceiling);
  /// The relay refused a voucher and says what stands: what was signed above that may be signed again.
  void voucher_refused(const base::ChannelId& channel, base::Amount standing);

  const PayerChannel* find(const base::ChannelId& channel) const;
  /// An open channel to this relay identity that still has money to promise, the fullest first.
  std::optional<base::ChannelId> usable_channel(const base::Address& receiver_authorizer) const;
  const std::unordered_map<base::ChannelId, PayerChannel, base::Bytes32Hasher>& channels() const { return channels_; }

  /// The records that rebuild this state (compaction).
  std::vector<base::Bytes> snapshot() const;

  /// Checks the invariants of every channel. Error: bug "ledger_invariant", naming the first that does not hold.
  base::Result<void> audit() const;

 private:
  PayerChannel& known(const base::ChannelId& channel);
  void take(const PayerOpenRecord& record);
  void take(const PayerChainRecord& record);
  void take(const ReserveCeilingRecord& record);
  void take(const DeliveredRecord& record);
  void take(const AdoptedRecord& record);
  void take(const PayerTransactionRecord& record);
  void take(const PayerAlternativeRecord& record);
  void take(const SignedRecord&) {}  // signed_up_to() said so when it was signed; the record is for the next start

  base::Result<void> replay_one(const PayerOpenRecord& record);
  base::Result<void> replay_one(const PayerChainRecord& record);
  base::Result<void> replay_one(const ReserveCeilingRecord& record);
  base::Result<void> replay_one(const DeliveredRecord& record);
  base::Result<void> replay_one(const AdoptedRecord& record);
  base::Result<void> replay_one(const SignedRecord& record);
  base::Result<void> replay_one(const PayerTransactionRecord& record);
  base::Result<void> replay_one(const PayerAlternativeRecord& record);

  void check_invariants(const PayerChannel& channel) const;

  base::Hash256 domain_separator_;
  std::unordered_map<base::ChannelId, PayerChannel, base::Bytes32Hasher> channels_;
};

}  // namespace ferry::channels
