#include "client/pay/withdraw.hpp"

#include <algorithm>

namespace ferry::client {

using base::Amount;
using base::Result;
using channels::PayerChannel;

namespace {

base::Error as_withdrawal(base::Error error) {
  if (error.code != "transaction_unknown") return error;
  return base::environment("withdraw_unknown", "the withdrawal: " + error.message);
}

/// What has failed for good leaves the journal even when it was another that took its place.
Result<chain::Receipt> fate_of_withdrawal(chain::ChainBackend& ledger, const base::ChannelId& id, Alternatives transaction, const base::SecretKey& wallet,
                                          const MakeDurable& durable, const Waiting& waiting) {
  auto receipt = wait_for_fate(ledger, id, transaction, wallet, durable, waiting);
  const bool is_over = receipt ? receipt->succeeded && receipt->fee.is_zero() : receipt.error().code == "nonce_used";
  if (is_over) FERRY_CHECK(durable([&](channels::PayerLedger& book) { return book.fate_known(id, transaction.front().id, {}, true); }));
  if (!receipt) return base::fail(as_withdrawal(receipt.error()));
  return receipt;
}

/// An error only while the fate is unknown.
template <typename T>
Result<void> unless_unknown(const Result<T>& outcome) {
  if (outcome || outcome.error().kind != base::ErrorKind::environment) return {};
  return base::fail(outcome.error());
}

}  // namespace

Result<void> take_out(chain::ChainBackend& ledger, const base::ChannelId& id, const chain::Action& action, const base::SecretKey& wallet,
                      const MakeDurable& durable, const Waiting& waiting) {
  FERRY_TRY(const auto transaction, value_of(ledger.prepare(action, wallet)));
  auto kept = durable([&](channels::PayerLedger& book) { return book.withdrawing(id, transaction.id, transaction.bytes); });
  if (!kept) {
    ledger.abandon(transaction);
    return kept;
  }
  FERRY_TRY(const auto receipt, fate_of_withdrawal(ledger, id, {transaction}, wallet, durable, waiting));
  if (receipt.succeeded) return {};
  return base::fail(base::refusal(receipt.reason, "the ledger refused the withdrawal: " + receipt.reason));
}

Result<void> finish_recorded(chain::ChainBackend& ledger, const base::ChannelId& id, const PayerChannel& channel, const base::SecretKey& wallet,
                             const MakeDurable& durable, const Waiting& waiting) {
  if (!channel.raw_transaction.empty()) FERRY_CHECK(unless_unknown(finish_deposit(ledger, id, channel, wallet, durable, waiting)));
  if (!channel.withdrawal.empty()) {
    const auto recorded = recorded_alternatives(channel, channel.withdrawal);
    FERRY_CHECK(unless_unknown(fate_of_withdrawal(ledger, id, recorded, wallet, durable, waiting)));
  }
  return {};
}

Result<WithdrawStep> withdraw_step(chain::ChainBackend& ledger, const base::ChannelId& id, const PayerChannel& channel, std::optional<Amount> amount,
                                   const base::SecretKey& wallet, const MakeDurable& durable, base::Time now, const Waiting& waiting) {
  FERRY_CHECK(finish_recorded(ledger, id, channel, wallet, durable, waiting));
  FERRY_TRY(const auto before, refresh_channel(ledger, id, durable));
  const Amount unclaimed = before.balance.minus_floored(before.total_claimed);
  if (before.closed || unclaimed.is_zero()) return WithdrawStep{};

  if (before.pending_withdraw.is_zero()) {
    FERRY_CHECK(durable([&](channels::PayerLedger& book) { return book.sync(id, before.balance, before.total_claimed, true); }));
    FERRY_CHECK(take_out(ledger, id, chain::InitiateWithdraw{channel.config, std::min(amount.value_or(unclaimed), unclaimed)}, wallet, durable, waiting));
    FERRY_TRY(const auto pending, refresh_channel(ledger, id, durable));
    return WithdrawStep{WithdrawStep::Kind::requested, pending.pending_withdraw, pending.withdraw_at};
  }
  const WithdrawStep not_yet{WithdrawStep::Kind::waiting, before.pending_withdraw, before.withdraw_at};
  if (now < before.withdraw_at) return not_yet;

  const auto taken = take_out(ledger, id, chain::FinalizeWithdraw{channel.config}, wallet, durable, waiting);
  if (!taken && taken.error().code == "withdraw_too_early") return not_yet;  // the chain's clock is behind ours
  FERRY_CHECK(taken);
  FERRY_TRY(const auto after, refresh_channel(ledger, id, durable));
  return WithdrawStep{WithdrawStep::Kind::withdrawn, before.balance.minus_floored(after.balance), {}};
}

}  // namespace ferry::client
