#include "client/pay/withdraw.hpp"

#include <algorithm>

namespace ferry::client {

using base::Amount;
using base::Result;

namespace {

Result<void> execute(chain::ChainBackend& ledger, const chain::Action& action, const base::SecretKey& wallet) {
  FERRY_TRY(const auto transaction, value_of(ledger.prepare(action, wallet)));
  FERRY_TRY(const auto receipt, value_of(ledger.submit(transaction)));
  if (receipt.succeeded) return {};
  return base::fail(base::refusal(receipt.reason, "the ledger refused the withdrawal: " + receipt.reason));
}

}  // namespace

Result<WithdrawStep> withdraw_step(chain::ChainBackend& ledger, const base::ChannelId& id, const channels::ChannelConfig& config,
                                   std::optional<Amount> amount, const base::SecretKey& wallet, const MakeDurable& durable, base::Time now) {
  FERRY_TRY(const auto before, value_of(ledger.read_channel(id)));
  const Amount unclaimed = before.balance.minus_floored(before.total_claimed);
  if (before.closed || unclaimed.is_zero()) return WithdrawStep{};

  if (before.pending_withdraw.is_zero()) {
    FERRY_CHECK(durable([&](channels::PayerLedger& book) { return book.sync(id, before.balance, before.total_claimed, true); }));
    FERRY_CHECK(execute(ledger, chain::InitiateWithdraw{config, std::min(amount.value_or(unclaimed), unclaimed)}, wallet));
    FERRY_TRY(const auto pending, refresh_channel(ledger, id, durable));
    return WithdrawStep{WithdrawStep::Kind::requested, pending.pending_withdraw, pending.withdraw_at};
  }
  if (now < before.withdraw_at) return WithdrawStep{WithdrawStep::Kind::waiting, before.pending_withdraw, before.withdraw_at};

  FERRY_CHECK(execute(ledger, chain::FinalizeWithdraw{config}, wallet));
  FERRY_TRY(const auto after, refresh_channel(ledger, id, durable));
  return WithdrawStep{WithdrawStep::Kind::withdrawn, before.balance.minus_floored(after.balance), {}};
}

}  // namespace ferry::client
