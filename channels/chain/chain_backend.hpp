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

struct ChainInfo {
  std::string name;                 ///< "embedded", "bttc", …
  base::Domain domain;              ///< chain id and channel contract
  base::Address token;              ///< BTT on this chain
  std::uint64_t min_withdraw_delay = channels::kMinWithdrawDelay;  ///< seconds
  bool has_faucet = false;
};

// What can be done on the chain. `from` is the signer of the transaction.
struct Deposit { channels::ChannelConfig config; base::Amount amount; };            ///< open or top up
struct Claim { std::vector<channels::ClaimRow> rows; std::optional<base::Signature> batch_signature; };
struct Settle { base::Address receiver; base::Address token; };                     ///< anyone; moves claimed money to the receiver
struct InitiateWithdraw { channels::ChannelConfig config; base::Amount amount; };
struct FinalizeWithdraw { channels::ChannelConfig config; };                        ///< anyone, after the delay; pays the payer
struct Refund { channels::ChannelConfig config; base::Amount amount; };             ///< receiver side: cooperative close
struct Transfer { base::Address to; base::Amount amount; };                         ///< plain payment between accounts
using Action = std::variant<Deposit, Claim, Settle, InitiateWithdraw, FinalizeWithdraw, Refund, Transfer>;

using TransactionId = base::Hash256;

/// A signed transaction, ready to be made durable and then submitted any number of times.
struct RawTransaction {
  TransactionId id;
  base::Bytes bytes;
};

struct Receipt {
  TransactionId id;
  bool succeeded = false;
  std::string reason;       ///< why it failed: the contract's error code
  std::uint64_t block = 0;
};

enum class EventKind : std::uint8_t { deposited, claimed, settled, withdraw_initiated, withdraw_finalized, refunded, channel_closed };
struct ChainEvent {
  std::uint64_t sequence = 0;  ///< grows by one; where to go on
  EventKind kind{};
  base::ChannelId channel;     ///< zero for `settled`
  base::Amount amount;
  base::Time at;
};

/// The most events that one call gives.
inline constexpr std::uint32_t kMaxEvents = 1000;

class Faucet;

class ChainBackend {
 public:
  virtual ~ChainBackend() = default;
  virtual Outcome<ChainInfo> info() = 0;
  virtual Outcome<base::Amount> balance_of(const base::Address& account) = 0;
  /// A channel that was never opened reads as all zero.
  virtual Outcome<channels::ChainChannel> read_channel(const base::ChannelId& channel) = 0;
  /// Claimed for a receiver and not yet settled.
  virtual Outcome<base::Amount> unsettled(const base::Address& receiver, const base::Address& token) = 0;
  /// Builds and signs; reads what it needs (nonce). Nothing is sent.
  virtual Outcome<RawTransaction> prepare(const Action& action, const base::SecretKey& from) = 0;
  /// Idempotent: the same bytes give the same receipt. `failed` is final for these bytes.
  virtual Outcome<Receipt> submit(const RawTransaction& transaction) = 0;
  /// nullopt: not known to the chain (yet).
  virtual Outcome<std::optional<Receipt>> receipt(const TransactionId& id) = 0;
  /// Events with sequence > `after`, oldest first, at most `limit` (<= kMaxEvents), of channels that pay `receiver`.
  virtual Outcome<std::vector<ChainEvent>> events(const base::Address& receiver, std::uint64_t after, std::uint32_t limit) = 0;
  /// Where newcomers get test money; null on a chain that never gives any. Lifetime: as this. See faucet.hpp.
  virtual Faucet* faucet() { return nullptr; }
};

}  // namespace ferry::chain
