#pragma once
// wait_for_fate: a transaction that is durable is submitted, the same bytes again and again, until its fate is known or patience is over. On a
// chain that takes minutes; whoever waits is told how it stands.

#include <functional>
#include <optional>
#include <vector>

#include "channels/chain/chain_backend.hpp"
#include "channels/payer_ledger.hpp"
#include "protocol/base/time.hpp"

namespace ferry::client {

/// Makes a record and waits until it is durable and has taken effect.
using MakeDurable = std::function<base::Result<void>(std::function<base::Result<channels::Record>(channels::PayerLedger&)>)>;

/// A transaction that is sent and not confirmed yet.
struct WaitingTransaction {
  chain::TransactionId id;
  base::Duration waited{0};
  base::Error why;  ///< as the ledger says it now
};

/// How one waits.
struct Waiting {
  base::Duration patience{0};       ///< zero: three attempts
  base::Duration look_again{1'000}; ///< between two attempts that fail at once
  base::Duration outbid_after{0};   ///< since it was sent, or outbid before; zero: never
  std::function<bool()> cancelled = [] { return false; };
  std::function<void(const WaitingTransaction&)> tell = [](const WaitingTransaction&) {};  ///< once per attempt
};

/// Ends early when it is cancelled. Threads: a blocking one.
void pause(base::Duration duration, const Waiting& waiting);

/// A transaction whose bytes are in the journal, and what was made to outbid it; oldest first, not empty.
using Alternatives = std::vector<chain::RawTransaction>;
/// What the journal kept of one of a channel's transactions, with what outbid it.
Alternatives recorded_alternatives(const channels::PayerChannel& channel, const base::Bytes& raw);

/// The receipt, of whichever was executed, says whether it succeeded; its fee is durable when this returns. What waits for too long is outbid as `wallet`, which
/// signed it: the same for a higher fee, durable before it is sent, and added to `alternatives`. The error of a transaction whose fate is failure is the
/// ledger's; then it is durable that nothing will come of it, unless the chain has executed another in its place (refusal "nonce_used"), which only
/// the channel can tell. Environment "transaction_unknown": its fate is not known yet. Threads: a blocking one.
base::Result<chain::Receipt> wait_for_fate(chain::ChainBackend& ledger, const base::ChannelId& channel, Alternatives& alternatives,
                                           const base::SecretKey& wallet, const MakeDurable& durable, const Waiting& waiting);

}  // namespace ferry::client
