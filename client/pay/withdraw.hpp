#pragma once
// withdraw_step: money from a channel back into the wallet, one step at a time: ask for it, wait for the channel's delay, take it. As one
// procedure that reads downwards and blocks.

#include <optional>

#include "client/pay/deposit.hpp"
#include "protocol/base/time.hpp"

namespace ferry::client {

struct WithdrawStep {
  enum class Kind { requested, waiting, withdrawn, nothing };
  Kind kind = Kind::nothing;
  base::Amount amount;
  base::Time withdraw_at;  ///< zero unless requested or waiting
};

/// `amount`: nullopt for all that is not claimed; the relay may still claim what it earned until the delay is over. Nothing is signed for the
/// channel any more from the first step on (C4), which is durable before it is asked for.
/// Errors: the contract's refusals, those of the ledger and the journal. Threads: a blocking one.
base::Result<WithdrawStep> withdraw_step(chain::ChainBackend& ledger, const base::ChannelId& id, const channels::ChannelConfig& config,
                                         std::optional<base::Amount> amount, const base::SecretKey& wallet, const MakeDurable& durable,
                                         base::Time now);

}  // namespace ferry::client
