#pragma once
// make_deposit: money from the wallet into a channel, as one procedure that reads downwards and blocks. Used when a channel is opened, topped
// up, or the user says so.

#include <functional>
#include <optional>
#include <string>

#include "channels/chain/chain_backend.hpp"
#include "channels/payer_ledger.hpp"
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

/// Makes a record and waits until it is durable and has taken effect.
using MakeDurable = std::function<base::Result<void>(std::function<base::Result<channels::Record>(channels::PayerLedger&)>)>;

/// What is in the wallet, at most `wanted`, is deposited; the faucet is asked when that is less than `at_least`. The signed transaction is
/// durable before it is sent (C1), and what the chain says of the channel is durable after it.
/// Errors: refusal "no_funds" (says which address to fund), "faucet_…", the contract's; environment "deposit_unknown" (sent, fate not known:
/// the next attempt sends the same transaction), those of the ledger and the journal. Threads: a blocking one.
base::Result<DepositMade> make_deposit(chain::ChainBackend& ledger, const base::Domain& domain, const DepositOrder& order,
                                       const base::SecretKey& wallet, const MakeDurable& durable, const std::function<bool()>& cancelled);

/// Asks the chain for a channel and makes what it says durable.
base::Result<channels::ChainChannel> refresh_channel(chain::ChainBackend& ledger, const base::ChannelId& channel, const MakeDurable& durable);

/// Sends the recorded deposit of a channel again, then refreshes it.
base::Result<channels::ChainChannel> submit_deposit_again(chain::ChainBackend& ledger, const base::ChannelId& channel,
                                                          const base::Bytes& raw_transaction, const MakeDurable& durable);

/// Works for the faucet's test money. Gives what it granted. Refusals "faucet_…".
base::Result<base::Amount> take_test_money(chain::ChainBackend& ledger, const base::Address& account, const std::function<bool()>& cancelled);

/// What an Outcome says, for a procedure that gives up on anything but ok.
template <typename T>
base::Result<T> value_of(chain::Outcome<T> outcome) {
  if (outcome.is_ok()) return std::move(*outcome.value);
  return base::fail(outcome.error.value_or(base::environment("ledger_unknown", "the ledger did not answer; try again")));
}

}  // namespace ferry::client
