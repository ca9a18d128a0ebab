#pragma once
// withdraw_step: money from a channel back into the wallet, one step at a time: ask for it, wait for the channel's delay, take it. As one
// procedure that reads downwards and blocks.

#include <optional>

#include "client/pay/deposit.hpp"
#include "protocol/base/time.hpp"

namespace ferry::client {

struct WithdrawStep {
  enum class Kind { requested, waiting, withdrawn, refunded, nothing };
  Kind kind = Kind::nothing;
  base::Amount amount;
  base::Time withdraw_at;  ///< zero unless requested or waiting
  base::Amount adopted{};  ///< of a refund: what the relay kept though it never arrived here
};

/// `amount`: nullopt for all that is not claimed; the relay may still claim what it earned until the delay is over. Nothing is signed for the
/// channel any more from the first step on (C4), which is durable before it is asked for. What was sent before and is of unknown fate is finished
/// first. Errors: the contract's refusals, environment "withdraw_unknown" (sent, fate not known: the next call sends the same), those of the ledger and
/// the journal. Threads: a blocking one.
base::Result<WithdrawStep> withdraw_step(chain::ChainBackend& ledger, const base::ChannelId& id, const channels::PayerChannel& channel,
                                         std::optional<base::Amount> amount, const base::SecretKey& wallet, const MakeDurable& durable,
                                         base::Time now, const Waiting& waiting);

/// One transaction that takes money out of a channel: durable, then sent, until its fate is known. Errors as withdraw_step().
base::Result<void> take_out(chain::ChainBackend& ledger, const base::ChannelId& id, const chain::Action& action, const base::SecretKey& wallet,
                            const MakeDurable& durable, const Waiting& waiting);

/// Sends what a channel's journal holds of unknown fate again: its withdrawal, then its deposit. Errors as those of the two, when their fate is
/// still unknown; what has failed for good is forgotten and is no error.
base::Result<void> finish_recorded(chain::ChainBackend& ledger, const base::ChannelId& id, const channels::PayerChannel& channel,
                                   const base::SecretKey& wallet, const MakeDurable& durable, const Waiting& waiting);

}  // namespace ferry::client
