#include "client/pay/deposit.hpp"

#include <algorithm>
#include <utility>

#include "channels/chain/faucet.hpp"
#include "channels/chain/ledger_transaction.hpp"

namespace ferry::client {

using base::Amount;
using base::Result;

namespace {

constexpr int kSubmitAttempts = 3;

base::Unexpected no_funds(const base::Address& wallet, Amount balance, Amount needed) {
  return base::fail(base::refusal("no_funds", "the wallet " + wallet.to_eip55() + " holds " + balance.to_btt() + " BTT on this ledger, at least " +
                                                  needed.to_btt() + " are needed to pay this relay: send BTT to it, or take test BTT (wallet faucet) where the ledger gives some"));
}

/// The balance of the wallet after the faucet was asked, if it had to be and may be.
Result<Amount> find_funds(chain::ChainBackend& ledger, const DepositOrder& order, const base::Address& wallet,
                          const std::function<bool()>& cancelled, std::optional<Amount>& granted) {
  FERRY_TRY(Amount balance, value_of(ledger.balance_of(wallet)));
  if (balance >= order.at_least) return balance;
  FERRY_TRY(const auto info, value_of(ledger.info()));
  if (!order.may_use_faucet || !info.has_faucet) return no_funds(wallet, balance, order.at_least);
  FERRY_TRY(granted, take_test_money(ledger, wallet, cancelled));
  FERRY_TRY(balance, value_of(ledger.balance_of(wallet)));
  if (balance < order.at_least) return no_funds(wallet, balance, order.at_least);
  return balance;
}

/// The same bytes until the ledger says yes or no: what is unknown is never made anew.
Result<void> submit(chain::ChainBackend& ledger, const chain::RawTransaction& transaction) {
  base::Error last = base::environment("deposit_unknown", "the ledger did not say whether the deposit arrived; the next attempt sends the same one again");
  for (int attempt = 0; attempt < kSubmitAttempts; ++attempt) {
    auto outcome = ledger.submit(transaction);
    if (outcome.is_ok()) {
      if (outcome.value->succeeded) return {};
      return base::fail(base::refusal(outcome.value->reason, "the ledger refused the deposit: " + outcome.value->reason));
    }
    if (outcome.kind == chain::Outcome<chain::Receipt>::Kind::failed) return base::fail(std::move(*outcome.error));
    if (outcome.error) last.message = outcome.error->message + "; the next attempt sends the same deposit again";
  }
  return base::fail(std::move(last));
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

Result<channels::ChainChannel> submit_deposit_again(chain::ChainBackend& ledger, const base::ChannelId& channel,
                                                    const base::Bytes& raw_transaction, const MakeDurable& durable) {
  FERRY_CHECK(submit(ledger, chain::RawTransaction{chain::transaction_id(base::ByteView{raw_transaction}), raw_transaction}));
  return refresh_channel(ledger, channel, durable);
}

Result<DepositMade> make_deposit(chain::ChainBackend& ledger, const base::Domain& domain, const DepositOrder& order,
                                 const base::SecretKey& wallet, const MakeDurable& durable, const std::function<bool()>& cancelled) {
  DepositMade made;
  FERRY_TRY(const auto balance, find_funds(ledger, order, wallet.address(), cancelled, made.granted));
  made.deposited = std::min(balance, order.wanted);
  made.opened = order.opens;
  made.channel = channels::channel_id(base::domain_separator(domain), order.config);

  FERRY_TRY(const auto transaction, value_of(ledger.prepare(chain::Deposit{order.config, made.deposited}, wallet)));
  made.transaction = transaction.id;
  FERRY_CHECK(durable([&](channels::PayerLedger& book) { return book.open(order.relay, order.config, made.deposited, transaction.bytes); }));
  FERRY_CHECK(submit(ledger, transaction));
  FERRY_TRY(const auto state, refresh_channel(ledger, made.channel, durable));
  made.balance = state.balance;
  return made;
}

}  // namespace ferry::client
