#pragma once
// ChainBackend: the few things that Ferry asks of a chain, whatever chain it is: read a channel, submit a signed transaction, learn its fate,
// follow events. Calls block; run them on a blocking pool. Nothing chain-specific (gas, RLP, protobuf) is visible above it.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "channels/channel_config.hpp"
#include "channels/relay_ledger.hpp"
#include "protocol/base/key.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"
#include "protocol/base/typed_data.hpp"

namespace ferry::chain {

/// Three-valued: Unknown (timeout, no answer) is never treated as failure and never retried as a new transaction.
template <typename T>
struct Outcome {
  enum class Kind { ok, failed, unknown };
  Kind kind = Kind::unknown;
  std::optional<T> value;             ///< set when ok
  std::optional<base::Error> error;   ///< set otherwise

  static Outcome ok(T v) { return Outcome{Kind::ok, std::move(v), std::nullopt}; }
  static Outcome failed(base::Error e) { return Outcome{Kind::failed, std::nullopt, std::move(e)}; }
  static Outcome unknown(base::Error e) { return Outcome{Kind::unknown, std::nullopt, std::move(e)}; }
  bool is_ok() const { return kind == Kind::ok; }
};

/// What a transaction costs its sender.
enum class Fees : std::uint8_t {
  none,
  in_token,   ///< in the token that channels hold
  in_native,  ///< in another coin: fee_balance_of() is another than balance_of()
};

struct ChainInfo {
  std::string name;                 ///< "embedded", "bttc", …
  base::Domain domain;              ///< chain id and channel contract
  base::Address token;              ///< BTT on this chain
  std::uint64_t min_withdraw_delay = channels::kMinWithdrawDelay;  ///< seconds
  bool has_faucet = false;
  Fees fees = Fees::none;
};

// What can be done on the chain. `from` is the signer of the transaction.
struct Deposit { channels::ChannelConfig config; base::Amount amount; };            ///< open or top up
struct Claim { std::vector<channels::ClaimRow> rows; std::optional<base::Signature> batch_signature; };
struct Settle { base::Address receiver; base::Address token; };                     ///< anyone; moves claimed money to the receiver
struct InitiateWithdraw { channels::ChannelConfig config; base::Amount amount; };
struct FinalizeWithdraw { channels::ChannelConfig config; };                        ///< anyone, after the delay; pays the payer
struct Refund { channels::ChannelConfig config; base::Amount amount; };             ///< receiver side: cooperative close
struct Transfer { base::Address to; base::Amount amount; };                         ///< plain payment between accounts
/// Anyone, with receiver_authorizer's word over channels::refund_digest(): the payer takes it to the chain himself. Uses the channel's nonce up.
struct RefundBySignature { channels::ChannelConfig config; base::Amount amount; std::uint64_t nonce = 0; base::Signature signature; };
using Action = std::variant<Deposit, Claim, Settle, InitiateWithdraw, FinalizeWithdraw, Refund, Transfer, RefundBySignature>;

using TransactionId = base::Hash256;

/// A signed transaction, ready to be made durable and then submitted any number of times.
struct RawTransaction {
  TransactionId id;
  base::Bytes bytes;
  base::Amount highest_fee{};  ///< what it can cost its sender at most, as prepare() and outbid() know it
};

struct Receipt {
  TransactionId id;
  bool succeeded = false;
  std::string reason;       ///< why it failed: the contract's error code
  std::uint64_t block = 0;
  base::Amount fee{};       ///< what it cost its sender, in the chain's native unit
};

enum class EventKind : std::uint8_t { deposited, claimed, settled, withdraw_initiated, withdraw_finalized, refunded, channel_closed };
struct ChainEvent {
  std::uint64_t sequence = 0;  ///< grows by one; where to go on
  EventKind kind{};
  base::ChannelId channel;     ///< zero for `settled`
  base::Amount amount;
  base::Time at;
};

/// Channels of one payer, found on the chain, and where to go on.
struct FoundChannels {
  std::vector<channels::ChannelConfig> configs;
  std::optional<std::uint64_t> next;  ///< nullopt: these were the last
};

/// A point of the chain's history up to which everything is certain. Whoever has the same mark has the same history before it.
struct ChainPlace {
  std::uint64_t after = 0;  ///< events up to this sequence lie before it
  base::Hash256 mark;
  friend bool operator==(const ChainPlace&, const ChainPlace&) = default;
};

/// The most events that one call gives.
inline constexpr std::uint32_t kMaxEvents = 1000;

class Faucet;

/// A chain that can take back what it has said in its newest blocks tells money only when it is certain, and dangers at once: a balance that
/// is lower or a withdrawal that is begun in the newest block counts, one that is higher or ended counts once it is confirmed.
class ChainBackend {
 public:
  virtual ~ChainBackend() = default;
  virtual Outcome<ChainInfo> info() = 0;
  virtual Outcome<base::Amount> balance_of(const base::Address& account) = 0;
  /// What the account can pay fees with. nullopt: there are none.
  virtual Outcome<std::optional<base::Amount>> fee_balance_of(const base::Address& account);
  /// What an action will cost, about, before anything is signed: whether it is worth while. Zero where there are no fees.
  virtual Outcome<base::Amount> expected_fee(const Action& action);
  /// A channel that was never opened reads as all zero.
  virtual Outcome<channels::ChainChannel> read_channel(const base::ChannelId& channel) = 0;
  /// How many signed refunds of the channel were used up: what the next one must bear, once that is certain. Refusal "refunds_not_signed" where the
  /// chain takes none.
  virtual Outcome<std::uint64_t> refund_nonce(const base::ChannelId& channel);
  /// Claimed for a receiver and not yet settled.
  virtual Outcome<base::Amount> unsettled(const base::Address& receiver, const base::Address& token) = 0;
  /// Builds and signs; reads what it needs (nonce). Nothing is sent. A prepared transaction keeps its place in the account's order until its
  /// fate is known: submit it, or abandon() it. After a restart submit what was prepared before and is of unknown fate first.
  virtual Outcome<RawTransaction> prepare(const Action& action, const base::SecretKey& from) = 0;
  /// The transaction only clears the way for the action that it was prepared for (a token must be told who may take it): once it has
  /// succeeded, prepare the action again. A property of its bytes, so it can be asked after a restart too.
  virtual bool is_step(const RawTransaction& transaction) const;
  /// `transaction` was prepared and never submitted, and never will be: its place is free again.
  virtual void abandon(const RawTransaction& transaction);
  /// Idempotent: the same bytes give the same receipt. `failed` is final for these bytes.
  virtual Outcome<Receipt> submit(const RawTransaction& transaction) = 0;
  /// The same transaction for a higher fee, for one that waits too long. At most one of the two is ever executed: make it durable beside the
  /// old one, then give both to submit_alternatives(). Refusal "outbid_never" where nothing waits; see the backend for others.
  virtual Outcome<RawTransaction> outbid(const RawTransaction& waiting, const base::SecretKey& from);
  /// nullopt: not known to the chain (yet).
  virtual Outcome<std::optional<Receipt>> receipt(const TransactionId& id) = 0;
  /// Events with sequence > `after`, oldest first, at most `limit` (<= kMaxEvents), of channels that pay `receiver`. The beginning of a
  /// withdrawal may be told twice: at once, and again in its place when it is certain.
  virtual Outcome<std::vector<ChainEvent>> events(const base::Address& receiver, std::uint64_t after, std::uint32_t limit) = 0;
  /// The newest one. Channels that were read before this call were read no later than there. nullopt: this ledger has none (the default).
  virtual Outcome<std::optional<ChainPlace>> certain_place();
  /// Whether `place` belongs to the chain's history. No when a reorganisation went deeper, or this is another chain.
  virtual Outcome<bool> has_place(const ChainPlace& place);
  /// The channels that `payer` ever opened, oldest first, as far as one call goes: it begins with `from` (zero, then FoundChannels::next). For who has lost
  /// the journal. Refusal "channels_not_listed" where the chain has no such list.
  virtual Outcome<FoundChannels> channels_of(const base::Address& payer, std::uint64_t from);
  /// Where newcomers get test money; null on a chain that never gives any. Lifetime: as this. See faucet.hpp.
  virtual Faucet* faucet() { return nullptr; }
};

/// Alternatives of one transaction (outbid), oldest first, of which at most one is ever executed: submits the newest, and takes the receipt of
/// whichever was. `failed` only when that is final for all of them. Precondition: not empty.
Outcome<Receipt> submit_alternatives(ChainBackend& backend, const std::vector<RawTransaction>& alternatives);

}  // namespace ferry::chain
