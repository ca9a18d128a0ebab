#pragma once
// RelayLedger: what a relay may deliver, has delivered and can claim, for every channel and payer. A pure state machine: operations give
// records, the caller makes them durable in the order stated, and replaying the records gives the same state after a crash.
//
// Invariants, checked after every step in every build (a broken one stops the process):
//   total_claimed <= charged <= max(ceiling, total_claimed) + credit; ceiling <= the highest balance that the chain has shown.
// Credit belongs to the payer, not to a connection or a channel: N sockets share one window. "credit" above is the largest window that the
// payer was ever granted, and it bounds the sum over all of the payer's channels.
// Threads: none inside. Payers have nothing in common, so a ledger can be divided between locks: relay/shared does that.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

#include "channels/channel_config.hpp"
#include "channels/credit.hpp"
#include "channels/recent_deliveries.hpp"
#include "channels/records.hpp"
#include "protocol/base/time.hpp"

namespace ferry::channels {

enum class ChannelStatus : std::uint8_t { open, draining, closed };  ///< draining: the payer takes the rest back, nothing more is sold

/// What the chain says about a channel.
struct ChainChannel {
  base::Amount balance;
  base::Amount total_claimed;
  base::Amount pending_withdraw;
  base::Time withdraw_at;  ///< when it may be finalized; zero if none is pending
  bool closed = false;
  friend bool operator==(const ChainChannel&, const ChainChannel&) = default;
};

/// What a relay has given back by its signature.
struct SignedRefund {
  std::uint64_t nonce = 0;
  base::Amount amount;
  friend bool operator==(const SignedRefund&, const SignedRefund&) = default;
};

struct RelayChannel {
  ChannelConfig config;
  ChainChannel chain;
  ChannelStatus status = ChannelStatus::open;
  base::Amount charged;    ///< value of delivered chunks and requests
  base::Amount reserved;   ///< admitted, not yet charged; in memory only
  base::Amount ceiling;    ///< best durable voucher
  std::optional<base::Signature> ceiling_signature;
  base::Amount confirmed;  ///< what the client says it has verified; never above charged; money does not depend on it
  base::Time unclaimed_since;  ///< when the first charge came that the last claim did not bring; zero: nothing since
  base::Time charged_at;       ///< the last charge
  std::uint32_t read_in = 0;     ///< how many places of the chain had been noted when it was last read; counts while the journal is replayed
  base::Amount highest_balance;  ///< that the chain has shown; a withdrawal lowers the balance below vouchers that were accepted before
  std::optional<SignedRefund> refund;  ///< the last one; from the first on the channel sells nothing more

  /// What is certain to be paid: promised by a voucher or already claimed (a relay that lost its journal knows only the latter).
  base::Amount covered() const { return std::max(ceiling, chain.total_claimed); }
  /// Charged and covered.
  base::Amount paid() const { return std::min(charged, covered()); }
  /// Charged and not covered.
  base::Amount debt() const { return charged.minus_floored(covered()); }
  /// What a claim would bring now: nothing from a closed channel.
  base::Amount claimable() const {
    if (status == ChannelStatus::closed) return {};
    return std::min({charged, ceiling, chain.balance}).minus_floored(chain.total_claimed);
  }
  /// The claim that brings it. nullopt: none would bring anything.
  std::optional<ClaimRow> claim_row() const;
  /// Charged and promised, and out of reach: the channel was emptied first.
  base::Amount lost() const {
    const auto reach = status == ChannelStatus::closed ? chain.total_claimed : chain.balance;
    return std::min(charged, ceiling).minus_floored(std::max(reach, chain.total_claimed));
  }
};

/// A transaction of the relay's own whose fate is not known: what was prepared, and what was made to outbid it, oldest first.
struct OwnTransaction {
  struct Bid {
    base::Hash256 id;
    base::Bytes raw;
  };
  base::Hash256 id;       ///< of the first
  std::vector<Bid> bids;  ///< not empty
};

/// reserve() said yes. Give it back with charge() or release(), exactly once.
struct Reservation {
  base::Address payer;
  base::ChannelId channel;
  DeliveryKey key;
  base::Amount price;
  bool redelivery = false;  ///< already charged: `price` is the old charge, and nothing will be added
  base::Amount chunk_price;
  base::Amount charged_after;  ///< of a redelivery: the channel's sum with that old charge
};

/// reserve() said not yet: a voucher of at least `required` lifts it.
struct NeedVoucher {
  base::Amount required;
  base::Amount ceiling;
  base::Amount charged;
  base::Amount balance;  ///< when required > balance the client must deposit first
};

class RelayLedger {
 public:
  /// Above what any token has; far enough from 2^128 that sums of two balances fit.
  static constexpr base::Amount kMaxBalance = base::Amount::from_units(base::Amount::Raw{1} << 120U);
  static constexpr std::size_t kMaxChannels = 1'048'576;     ///< of one relay; 6 KiB each while busy; closed ones go at the next start
  static constexpr std::size_t kMaxChannelsPerPayer = 64;    ///< open or owing; bounds the work of every admission

  RelayLedger(base::Hash256 domain_separator, base::Address receiver, base::Address receiver_authorizer, base::Address token,
              CreditRules rules);

  /// Hands everything over to `parts` ledgers with the same terms: a payer with its credit, channels, reservations and recent deliveries goes to
  /// the part that `part_of` names (below `parts`); transactions and the account go to the first. Each part is sound by itself, and the snapshots of all, one after
  /// the other, rebuild the whole.
  std::vector<RelayLedger> divide(std::size_t parts, const std::function<std::size_t(const base::Address&)>& part_of) &&;

  /// Applies a record read back from the journal. Errors: environment "journal_record" (not ours, or it breaks an invariant); this ledger must
  /// not be used after that.
  base::Result<void> replay(base::ByteView record);

  /// A client names its channel; `chain` was just read. Known channels are brought up to date. Returns the record to make durable (S1), to
  /// be handed to apply() after that. Refusals: "channel_other_relay" (receiver, authorizer or token are not ours), "channel_not_on_ledger"
  /// (balance zero), "channel_closed", "channel_authorizer", "channel_delay", "too_many_channels". Environment "chain_inconsistent" (more
  /// claimed than deposited).
  base::Result<Record> open(const ChannelConfig& config, const ChainChannel& chain) const;
  /// For who counts the channels of several parts.
  static base::Error too_many_channels();
  /// New chain facts of a known channel (deposit, withdrawal, claim). Refusal "channel_unknown"; environment "chain_inconsistent". A closed
  /// channel stays closed and a claimed total never falls, whatever a lagging node answers. When more is claimed than this ledger charged,
  /// the journal was lost: `charged` becomes what is claimed and the rest is forfeit (S5).
  base::Result<Record> sync(const base::ChannelId& channel, const ChainChannel& chain) const;

  /// Everything about a voucher but its signature, cheapest first (payments.md 8.9). Refusals: "voucher_unknown_channel",
  /// "voucher_channel_not_open", "voucher_not_above_last", "voucher_above_balance".
  base::Result<void> precheck(const base::ChannelId& channel, base::Amount ceiling) const;
  /// precheck and signature (low-s, v, length, signer). Returns the record to make durable before apply() extends credit (S1). Further
  /// refusals: those of Signature and "signature_of_another_key".
  base::Result<Record> check_voucher(const Voucher& voucher, base::Amount confirmed) const;

  /// A durable record takes effect. Never fails for a record that this ledger made; a voucher overtaken by a higher one has no effect, nor has
  /// what took effect when it was made (charge, payer_left).
  void apply(const Record& record);

  /// May this delivery go ahead? Yes while the payer's debt over all channels, with what is admitted and this price, stays within the window,
  /// or when a voucher already covers it; and while charged + reserved + price <= balance. Else NeedVoucher names the smallest ceiling that
  /// would admit it, or one above the balance when only a deposit would.
  /// A recent delivery that the client has not confirmed is made again for free: see RecentDeliveries.
  /// `chunk_price`: the price of one whole chunk under the quote, the unit in which credit is counted.
  /// Errors: refusal "channel_unknown", "channel_not_open".
  base::Result<std::variant<Reservation, NeedVoucher>> reserve(const base::ChannelId& channel, const DeliveryKey& key, base::Amount price,
                                                               base::Amount chunk_price, base::Time now);
  /// The delivery is ready to be sent: returns the record that must be durable before its last byte is released (S2); none for a
  /// redelivery. Takes effect in memory at once, so records must be appended in the order in which they were made. `final_price` may be below
  /// the reserved price (a hit that was reserved as a miss); a higher one is cut to it.
  std::optional<Record> charge(const Reservation& reservation, base::Amount final_price, base::Time now);
  /// The delivery did not happen.
  void release(const Reservation& reservation);

  /// The client closes its channel: what of it was not charged may go back at once. Gives the record that must be durable before the refund is
  /// signed, and takes effect at once: nothing more is admitted. Until the chain has used the nonce up the answer stays the same, whatever was
  /// deposited meanwhile, so that no two signatures ever stand beside each other. `nonce` is the chain's next one, and `chain` was read after it.
  /// Refusals: "channel_unknown", "channel_closed"; "channel_busy" (something is being delivered: ask again); "close_owing" (delivered and not promised:
  /// send a voucher first); "close_claims_first" (a withdrawal is pending, and what was earned is not claimed yet: ask again); "close_nothing".
  base::Result<RefundRecord> close(const base::ChannelId& channel, const ChainChannel& chain, std::uint64_t nonce);

  /// The client says how much it has verified (resume, voucher). Keeps the larger value, at most `charged`. When that is all, nothing is left to
  /// be redelivered: what the client adopted as lost and wants after all is a new delivery.
  void confirm(const base::ChannelId& channel, base::Amount confirmed);

  /// The payer's last session ended and its vouchers have taken effect. If it owes, its credit history starts anew at once, and the record of
  /// that is returned; nobody has to wait for it.
  std::optional<Record> payer_left(const base::Address& payer);

  const RelayChannel* find(const base::ChannelId& channel) const;
  /// Credit in units for a payer at a chunk price.
  base::Amount credit_of(const base::Address& payer, base::Amount chunk_price) const;
  /// charged - ceiling over all channels of a payer, where positive.
  base::Amount debt_of(const base::Address& payer) const;

  /// A row for every channel from which a claim would bring something.
  std::vector<ClaimRow> claimable() const;
  /// Transactions recorded as prepared and not yet as done or failed: submit the same bytes again (S4).
  const std::unordered_map<base::Hash256, OwnTransaction, base::Bytes32Hasher>& prepared_transactions() const { return transactions_; }
  /// Its `transaction` is always zero.
  const AccountRecord& account() const { return account_; }
  const GoneRecord& gone() const { return gone_; }
  /// How far the chain was followed; nullopt: nothing is known.
  const std::optional<PlaceRecord>& place() const { return place_; }
  /// After a replay: channels of which the chain may say something else at place() than what stands here, or something that it may take back:
  /// they were read too late for it, or are being emptied. Of all others it says this, if that place is still its history.
  std::vector<base::ChannelId> to_read_again() const;
  /// All channels, for settlement, metrics and tests.
  const std::unordered_map<base::ChannelId, RelayChannel, base::Bytes32Hasher>& channels() const { return channels_; }

  /// The records that rebuild this state (compaction), without reservations and without closed channels that owe nothing.
  std::vector<base::Bytes> snapshot() const;

  /// Checks the invariants of every channel and payer. Error: bug "ledger_invariant", naming the first that does not hold.
  base::Result<void> audit() const;

 private:
  struct Payer {
    PayerCredit credit;
    base::Amount granted;      ///< the largest window that anything was admitted under
    base::Amount chunk_price;  ///< of the last charge: the unit in which paid windows are counted
    std::vector<base::ChannelId> channels;  ///< open or owing
  };

  Payer& payer_of(const RelayChannel& channel) { return payers_[channel.config.payer]; }
  RelayChannel& known(const base::ChannelId& channel);
  /// Debt with reservations, over a payer's channels but `except`, if given.
  base::Amount exposure(const Payer& payer, const RelayChannel* except) const;
  /// Counts what became paid since `paid_before`.
  void count_paid(const RelayChannel& channel, base::Amount paid_before);
  /// Keeps unclaimed_since after a charge at `at`.
  static void note_charge(RelayChannel& channel, base::Time at);
  /// With the closed channels that a snapshot leaves out.
  GoneRecord gone_with_left_out() const;

  void take(const ChannelRecord& record);
  void take(const VoucherRecord& record);
  void take(const TransactionRecord& record);
  void take(const AlternativeRecord& record);
  void take(const AccountRecord& record);
  void take(const PlaceRecord& record);
  void list_channel(const base::ChannelId& id, const RelayChannel& channel);
  CreditRecord credit_record(const base::Address& address, const Payer& payer) const;

  base::Result<void> replay_one(const ChannelRecord& record);
  base::Result<void> replay_one(const VoucherRecord& record);
  base::Result<void> replay_one(const ChargeRecord& record);
  base::Result<void> replay_one(const CreditRecord& record);
  base::Result<void> replay_one(const TransactionRecord& record);
  base::Result<void> replay_one(const ChargedRecord& record);
  base::Result<void> replay_one(const RecentRecord& record);
  base::Result<void> replay_one(const AlternativeRecord& record);
  base::Result<void> replay_one(const AccountRecord& record);
  base::Result<void> replay_one(const UnclaimedRecord& record);
  base::Result<void> replay_one(const GoneRecord& record);
  base::Result<void> replay_one(const RefundRecord& record);
  base::Result<void> replay_one(const PlaceRecord& record);

  base::Result<void> audit_channel(const RelayChannel& channel) const;
  base::Result<void> audit_payer(const Payer& payer) const;
  void check_invariants(const RelayChannel& channel) const;
  void snapshot_payer(const base::Address& address, const Payer& payer, std::vector<base::Bytes>& out) const;
  void snapshot_channel(const base::ChannelId& id, const RelayChannel& channel, std::vector<base::Bytes>& out) const;
  void snapshot_place(std::vector<base::Bytes>& out) const;

  base::Hash256 domain_separator_;
  base::Address receiver_;
  base::Address receiver_authorizer_;
  base::Address token_;
  CreditRules rules_;
  std::unordered_map<base::ChannelId, RelayChannel, base::Bytes32Hasher> channels_;
  std::unordered_map<base::ChannelId, RecentDeliveries, base::Bytes32Hasher> recent_;
  std::unordered_map<base::Address, Payer, base::AddressHasher> payers_;
  std::unordered_map<base::Hash256, OwnTransaction, base::Bytes32Hasher> transactions_;
  AccountRecord account_;
  GoneRecord gone_;
  std::optional<PlaceRecord> place_;
  std::uint32_t places_ = 0;  ///< that were noted
};

}  // namespace ferry::channels
