#pragma once
// make_deposit: money from the wallet into a channel, as one procedure that reads downwards and blocks. Used when a channel is opened, topped
// up, or the user says so. Where the chain wants a step before it (a token's `approve`), that is made first, just as durably.

#include <functional>
#include <optional>
#include <string>

#include "client/pay/transaction.hpp"
#include "client/pay/value_of.hpp"
#include "protocol/base/key.hpp"

namespace ferry::client {

struct DepositOrder {
  std::string relay;                 ///< reference, for the journal
  channels::ChannelConfig config;
  bool opens = true;                 ///< a new channel
  base::Amount wanted;
  base::Amount at_least;             ///< what the relay asks; less is of no use
  bool may_use_faucet = false;
};

struct DepositMade {
  base::ChannelId channel;
  base::Amount deposited;
  base::Amount balance;              ///< of the channel
  bool opened = false;
  chain::TransactionId transaction;
  std::optional<base::Amount> granted;  ///< what the faucet gave on the way
};

/// What is in the wallet, at most `wanted`, is deposited, less what the fees take where they are paid in the same coin; the faucet is asked when
/// that is less than `at_least`. Every signed transaction is durable before it is sent (C1), and what the chain says of the channel is durable after it.
/// Errors: refusals "no_funds" (says which address to fund), "no_fee_money", "faucet_…", the contract's; environment "deposit_unknown" (sent, fate
/// not known: the next attempt sends the same transaction), those of the ledger and the journal. Threads: a blocking one.
base::Result<DepositMade> make_deposit(chain::ChainBackend& ledger, const base::Domain& domain, const DepositOrder& order,
                                       const base::SecretKey& wallet, const MakeDurable& durable, const Waiting& waiting);

/// Asks the chain for a channel and makes what it says durable.
base::Result<channels::ChainChannel> refresh_channel(chain::ChainBackend& ledger, const base::ChannelId& channel, const MakeDurable& durable);

/// Goes on with the recorded deposit of a channel: sends the same bytes again, after a step what it was for, then refreshes the channel. One that
/// will never be executed is forgotten. Precondition: channel.raw_transaction is not empty.
base::Result<channels::ChainChannel> finish_deposit(chain::ChainBackend& ledger, const base::ChannelId& id, const channels::PayerChannel& channel,
                                                    const base::SecretKey& wallet, const MakeDurable& durable, const Waiting& waiting);

/// Works for the faucet's test money. Gives what it granted. Refusals "faucet_…".
base::Result<base::Amount> take_test_money(chain::ChainBackend& ledger, const base::Address& account, const std::function<bool()>& cancelled);

}  // namespace ferry::client
