#pragma once
// What ties the procedures that move money on a ledger to one client: where records go, who is told while a chain takes its time, and what was
// left unfinished by an earlier run.

#include <string>

#include "client/core.hpp"
#include "client/pay/transaction.hpp"

namespace ferry::client {

/// Threads: the result is for a blocking one. Lifetime: within that of `book`.
MakeDurable durable_in(PayerBook& book);

/// Events "transaction_waits" on the loop, at first and then every half minute. `purpose`: "deposit" or "withdrawal". Threads: made on the loop,
/// called on a blocking one.
std::function<Waiting(const Ledger&)> waiting_for(Core& core, std::string purpose);

/// A channel as it is in the journal at this moment, and not when the work was handed over: what ran before it may have finished something. Errors:
/// refusal "channel_unknown", environment "client_closing". Threads: any but the loop's.
base::Result<channels::PayerChannel> channel_now(Loop& loop, const PayerBook& book, const base::ChannelId& id);

/// On a chain, what an earlier run left unfinished goes first, so that nothing new takes its place in the wallet's order. Does nothing where no chain's
/// patience is needed. Errors: those of finish_recorded(). Threads: a blocking one.
base::Result<void> finish_all(const Ledger& ledger, Loop& loop, PayerBook& book, const base::SecretKey& wallet, const Waiting& waiting);

}  // namespace ferry::client
