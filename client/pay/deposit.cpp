#include "client/pay/deposit.hpp"

#include <algorithm>
#include <utility>

#include "channels/chain/faucet.hpp"

namespace ferry::client {

using base::Amount;
using base::Result;
using channels::PayerChannel;

namespace {

/// A token that wants its allowance set to nothing first needs two; more is no sense.
constexpr int kMostSteps = 4;

base::Unexpected no_funds(const base::Address& wallet, Amount balance, Amount needed) {
  return base::fail(base::refusal("no_funds", "the wallet " + wallet.to_eip55() + " holds " + balance.to_btt() + " BTT on this ledger, at least " +
                                                  needed.to_btt() + " are needed to pay this relay: send BTT to it, or take test BTT (wallet faucet) where the ledger gives some"));
}

/// What deposits may take of the wallet's balance. Fees that come out of the same coin are set aside: for this deposit, the withdrawal's two
/// transactions, and one in reserve, so that no money is locked in for want of a fee.
Result<Amount> spendable_balance(chain::ChainBackend& ledger, const DepositOrder& order, const base::Address& wallet, const chain::ChainInfo& info) {
  FERRY_TRY(const Amount balance, value_of(ledger.balance_of(wallet)));
  if (info.fees != chain::Fees::in_token) return balance;
  FERRY_TRY(const Amount fee, value_of(ledger.expected_fee(chain::Deposit{order.config, order.wanted})));
  return balance.minus_floored(fee.times(4).value_or(Amount::max()));
}

/// The balance of the wallet after the faucet was asked, if it had to be and may be.
Result<Amount> find_funds(chain::ChainBackend& ledger, const DepositOrder& order, const base::Address& wallet,
                          const std::function<bool()>& cancelled, std::optional<Amount>& granted) {
  FERRY_TRY(const auto info, value_of(ledger.info()));
  FERRY_TRY(Amount balance, spendable_balance(ledger, order, wallet, info));
  if (balance >= order.at_least) return balance;
  if (!order.may_use_faucet || !info.has_faucet) return no_funds(wallet, balance, order.at_least);
  FERRY_TRY(granted, take_test_money(ledger, wallet, cancelled));
  FERRY_TRY(balance, spendable_balance(ledger, order, wallet, info));
  if (balance < order.at_least) return no_funds(wallet, balance, order.at_least);
  return balance;
}

base::Error as_deposit(base::Error error) {
  if (error.code != "transaction_unknown") return error;
  return base::environment("deposit_unknown", "the deposit: " + error.message);
}

struct Carried {
  const std::string& relay;
  const channels::ChannelConfig& config;
  Amount amount;
};

/// Signed and durable, but not sent.
Result<chain::RawTransaction> next_transaction(chain::ChainBackend& ledger, const Carried& deposit, const base::SecretKey& wallet, const MakeDurable& durable) {
  FERRY_TRY(auto transaction, value_of(ledger.prepare(chain::Deposit{deposit.config, deposit.amount}, wallet)));
  auto kept = durable([&](channels::PayerLedger& book) { return book.open(deposit.relay, deposit.config, deposit.amount, transaction.bytes); });
  if (kept) return transaction;
  ledger.abandon(transaction);
  return base::fail(std::move(kept).error());
}

/// From a durable transaction to the deposit, over the steps before it. Gives the last transaction.
Result<chain::TransactionId> carry_out(chain::ChainBackend& ledger, const base::ChannelId& id, const Carried& deposit, Alternatives transaction,
                                       const base::SecretKey& wallet, const MakeDurable& durable, const Waiting& waiting) {
  for (int steps = 0;; ++steps) {
    const auto receipt = wait_for_fate(ledger, id, transaction, wallet, durable, waiting);
    if (!receipt) return base::fail(as_deposit(receipt.error()));
    if (!receipt->succeeded) return base::fail(base::refusal(receipt->reason, "the ledger refused the deposit: " + receipt->reason));
    if (!ledger.is_step(transaction.front())) return receipt->id;
    if (steps == kMostSteps) return base::fail(base::environment("deposit_steps", "the token asks for one permission after the other: use another token"));
    FERRY_TRY(auto next, next_transaction(ledger, deposit, wallet, durable));
    transaction = {std::move(next)};
  }
}

}  // namespace

Result<Amount> take_test_money(chain::ChainBackend& ledger, const base::Address& account, const std::function<bool()>& cancelled) {
  auto* faucet = ledger.faucet();
  if (faucet == nullptr) return base::fail(base::refusal("faucet_closed", "this ledger gives no test money"));
  FERRY_TRY(const auto challenge, value_of(faucet->challenge(account)));
  FERRY_TRY(const auto proof, chain::solve(challenge, cancelled));
  return value_of(faucet->redeem(proof));
}

Result<channels::ChainChannel> refresh_channel(chain::ChainBackend& ledger, const base::ChannelId& channel, const MakeDurable& durable) {
  FERRY_TRY(const auto state, value_of(ledger.read_channel(channel)));
  // A channel whose money is on its way out pays nothing more either.
  const bool closed = state.closed || !state.pending_withdraw.is_zero();
  FERRY_CHECK(durable([&](channels::PayerLedger& book) { return book.sync(channel, state.balance, state.total_claimed, closed); }));
  return state;
}

Result<channels::ChainChannel> finish_deposit(chain::ChainBackend& ledger, const base::ChannelId& id, const PayerChannel& channel,
                                              const base::SecretKey& wallet, const MakeDurable& durable, const Waiting& waiting) {
  const auto recorded = recorded_alternatives(channel, channel.raw_transaction);
  const Amount before = channel.balance;
  const auto carried = carry_out(ledger, id, {channel.relay, channel.config, channel.deposit}, recorded, wallet, durable, waiting);
  if (carried) return refresh_channel(ledger, id, durable);
  if (carried.error().code != "nonce_used") return base::fail(carried.error());
  // Another transaction of the wallet took its place, or it was executed so long ago that its receipt is gone: the channel tells.
  FERRY_TRY(const auto state, refresh_channel(ledger, id, durable));
  if (state.balance > before) return state;
  FERRY_CHECK(durable([&](channels::PayerLedger& book) { return book.fate_known(id, recorded.front().id, {}, true); }));
  return base::fail(carried.error());
}

Result<DepositMade> make_deposit(chain::ChainBackend& ledger, const base::Domain& domain, const DepositOrder& order,
                                 const base::SecretKey& wallet, const MakeDurable& durable, const Waiting& waiting) {
  DepositMade made;
  FERRY_TRY(const auto balance, find_funds(ledger, order, wallet.address(), waiting.cancelled, made.granted));
  made.deposited = std::min(balance, order.wanted);
  made.opened = order.opens;
  made.channel = channels::channel_id(base::domain_separator(domain), order.config);

  const Carried deposit{order.relay, order.config, made.deposited};
  FERRY_TRY(auto transaction, next_transaction(ledger, deposit, wallet, durable));
  FERRY_TRY(made.transaction, carry_out(ledger, made.channel, deposit, {std::move(transaction)}, wallet, durable, waiting));
  FERRY_TRY(const auto state, refresh_channel(ledger, made.channel, durable));
  made.balance = state.balance;
  return made;
}

}  // namespace ferry::client
