#include "channels/chain/contract_rules.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "channels/chain/ledger_transaction.hpp"

namespace ferry::chain {
namespace {

using base::Address;
using base::Amount;
using base::ChannelId;
using base::Result;
using channels::ChainChannel;
using channels::ChannelConfig;

base::Unexpected no(std::string code, std::string message) { return base::fail(base::refusal(std::move(code), std::move(message))); }

/// total_claimed <= balance holds for every stored channel.
Amount unclaimed(const ChainChannel& channel) { return channel.balance.minus_floored(channel.total_claimed); }

bool is_payer_side(const Address& who, const ChannelConfig& config) { return who == config.payer || who == config.payer_authorizer; }

bool is_receiver_side(const Address& who, const ChannelConfig& config) { return who == config.receiver || who == config.receiver_authorizer; }

/// One transaction at work: reads through what it has already changed.
class Execution {
 public:
  Execution(const ContractTerms& terms, const ContractStorage& storage, const Address& from, base::Time now)
      : terms_(terms), storage_(storage), from_(from), now_(now) {}

  Result<void> run(const Deposit& deposit);
  Result<void> run(const Claim& claim);
  Result<void> run(const Settle& settle);
  Result<void> run(const InitiateWithdraw& withdraw);
  Result<void> run(const FinalizeWithdraw& withdraw);
  Result<void> run(const Refund& refund);
  Result<void> run(const RefundBySignature& refund);
  Result<void> run(const Transfer& transfer);

  Changes take_changes() { return std::move(changes_); }

 private:
  Result<void> check_new_money(const ChannelConfig& config) const;
  Result<void> check_claimant(const Claim& claim) const;
  Result<void> claim_row(const channels::ClaimRow& row);

  Result<Amount*> account(const Address& address);
  Result<ChainChannel*> channel(const ChannelId& id);
  Result<Receivable*> receivable(const Address& receiver);

  Result<void> take_from(const Address& account, Amount amount);
  Result<void> give_to(const Address& account, Amount amount);
  Result<void> refund_up_to(const ChannelConfig& config, const ChannelId& id, Amount asked);
  /// Escrow goes back to the payer; closes the channel if nothing unclaimed is left.
  Result<void> pay_back(EventKind kind, const ChannelConfig& config, const ChannelId& id, ChainChannel& channel, Amount amount);

  ChannelId id_of(const ChannelConfig& config) const { return channels::channel_id(terms_.domain_separator, config); }
  void tell(EventKind kind, const ChannelId& id, const Address& receiver, Amount amount) {
    changes_.events.push_back(ContractEvent{kind, id, receiver, amount});
  }

  const ContractTerms& terms_;
  const ContractStorage& storage_;
  Address from_;
  base::Time now_;
  Changes changes_;
};

Result<Amount*> Execution::account(const Address& address) {
  auto found = changes_.accounts.find(address);
  if (found == changes_.accounts.end()) {
    FERRY_TRY(const auto stored, storage_.account(address));
    found = changes_.accounts.emplace(address, stored).first;
  }
  return &found->second;
}

Result<ChainChannel*> Execution::channel(const ChannelId& id) {
  auto found = changes_.channels.find(id);
  if (found == changes_.channels.end()) {
    FERRY_TRY(const auto stored, storage_.channel(id));
    found = changes_.channels.emplace(id, stored).first;
  }
  return &found->second;
}

Result<Receivable*> Execution::receivable(const Address& receiver) {
  auto found = changes_.receivables.find(receiver);
  if (found == changes_.receivables.end()) {
    FERRY_TRY(const auto stored, storage_.receivable(receiver));
    found = changes_.receivables.emplace(receiver, stored).first;
  }
  return &found->second;
}

Result<void> Execution::take_from(const Address& account_of, Amount amount) {
  FERRY_TRY(Amount* const money, account(account_of));
  const auto left = money->minus(amount);
  if (!left) {
    return no("insufficient_funds", "the account holds " + money->to_btt() + " BTT, the transaction needs " + amount.to_btt() +
                                        ": get test money from the faucet or take a smaller amount");
  }
  *money = *left;
  return {};
}

Result<void> Execution::give_to(const Address& account_of, Amount amount) {
  FERRY_TRY(Amount* const money, account(account_of));
  const auto sum = money->plus(amount);
  if (!sum) return no("amount_too_large", "the account would hold more than 128 bits can count");
  *money = *sum;
  return {};
}

Result<void> Execution::check_new_money(const ChannelConfig& config) const {
  if (config.payer.is_zero()) return no("channel_payer", "the payer must not be the zero address: withdrawals go there");
  if (config.payer_authorizer.is_zero()) return no("channel_authorizer", "the payer's authorizer must not be the zero address");
  if (config.receiver.is_zero()) return no("channel_receiver", "the receiver must not be the zero address");
  if (config.receiver_authorizer.is_zero()) return no("channel_receiver_authorizer", "the receiver's authorizer must not be the zero address");
  if (config.token != terms_.token) return no("channel_token", "this ledger's only token is " + terms_.token.to_eip55());
  if (config.withdraw_delay < terms_.min_withdraw_delay || config.withdraw_delay > channels::kMaxWithdrawDelay) {
    return no("channel_delay", "the withdraw delay must lie between " + std::to_string(terms_.min_withdraw_delay) + " and " +
                                   std::to_string(channels::kMaxWithdrawDelay) + " seconds");
  }
  return {};
}

Result<void> Execution::run(const Deposit& deposit) {
  if (deposit.amount.is_zero()) return no("deposit_nothing", "a deposit needs an amount");
  FERRY_CHECK(check_new_money(deposit.config));
  const auto id = id_of(deposit.config);
  FERRY_TRY(ChainChannel* const stored, channel(id));
  if (stored->closed) return no("channel_closed", "this channel is closed for good: open a new one with a new salt");
  const auto balance = stored->balance.plus(deposit.amount);
  if (!balance) return no("amount_too_large", "the channel would hold more than 128 bits can count");
  FERRY_CHECK(take_from(from_, deposit.amount));
  stored->balance = *balance;
  tell(EventKind::deposited, id, deposit.config.receiver, deposit.amount);
  return {};
}

Result<void> Execution::check_claimant(const Claim& claim) const {
  const auto& authorizer = claim.rows.front().config.receiver_authorizer;
  for (const auto& row : claim.rows) {
    if (claim.batch_signature && row.config.receiver_authorizer != authorizer) {
      return no("claim_other_authorizer", "a batch signature covers the channels of one receiver authorizer only");
    }
    if (!claim.batch_signature && !is_receiver_side(from_, row.config)) {
      return no("claim_not_receiver", "only the receiver or its authorizer may claim without a batch signature");
    }
  }
  if (!claim.batch_signature) return {};
  return base::check_signature(channels::claim_batch_digest(terms_.domain_separator, claim.rows), *claim.batch_signature, authorizer);
}

Result<void> Execution::run(const Claim& claim) {
  if (claim.rows.empty()) return no("claim_nothing", "a claim needs at least one row");
  if (claim.rows.size() > kMaxClaimRows) return no("claim_too_many_rows", "claim at most " + std::to_string(kMaxClaimRows) + " channels at once");
  FERRY_CHECK(check_claimant(claim));
  for (const auto& row : claim.rows) {
    FERRY_CHECK(claim_row(row));
  }
  return {};
}

Result<void> Execution::claim_row(const channels::ClaimRow& row) {
  const auto id = id_of(row.config);
  FERRY_TRY(ChainChannel* const stored, channel(id));
  const auto gain = row.total_claimed.minus(stored->total_claimed);
  if (!gain || gain->is_zero()) return {};
  if (row.total_claimed > row.ceiling) return no("claim_above_ceiling", "the voucher promises less than is claimed");
  if (row.total_claimed > stored->balance) return no("claim_above_balance", "the channel holds less than is claimed");
  const auto digest = channels::voucher_digest(terms_.domain_separator, id, row.ceiling);
  FERRY_CHECK(base::check_signature(digest, row.voucher_signature, row.config.payer_authorizer));

  FERRY_TRY(Receivable* const earned, receivable(row.config.receiver));
  const auto claimed = earned->claimed.plus(*gain);
  if (!claimed) return no("amount_too_large", "the receiver has claimed more than 128 bits can count");
  earned->claimed = *claimed;
  stored->total_claimed = row.total_claimed;
  tell(EventKind::claimed, id, row.config.receiver, *gain);
  return {};
}

Result<void> Execution::run(const Settle& settle) {
  if (settle.token != terms_.token) return no("settle_token", "this ledger's only token is " + terms_.token.to_eip55());
  FERRY_TRY(Receivable* const earned, receivable(settle.receiver));
  const auto amount = earned->claimed.minus_floored(earned->settled);
  if (amount.is_zero()) return {};
  earned->settled = earned->claimed;
  FERRY_CHECK(give_to(settle.receiver, amount));
  tell(EventKind::settled, ChannelId{}, settle.receiver, amount);
  return {};
}

Result<void> Execution::run(const InitiateWithdraw& withdraw) {
  const auto& config = withdraw.config;
  if (!is_payer_side(from_, config)) return no("withdraw_not_payer", "only the payer or its authorizer may withdraw");
  if (withdraw.amount.is_zero()) return no("withdraw_nothing", "a withdrawal needs an amount");
  const auto id = id_of(config);
  FERRY_TRY(ChainChannel* const stored, channel(id));
  if (!stored->pending_withdraw.is_zero()) return no("withdraw_pending", "a withdrawal is already pending: finalize it first");
  if (withdraw.amount > unclaimed(*stored)) {
    return no("withdraw_above_unclaimed", "only " + unclaimed(*stored).to_btt() + " BTT of this channel are not claimed");
  }
  stored->pending_withdraw = withdraw.amount;
  stored->withdraw_at = now_ + std::chrono::seconds(config.withdraw_delay);
  tell(EventKind::withdraw_initiated, id, config.receiver, withdraw.amount);
  return {};
}

Result<void> Execution::run(const FinalizeWithdraw& withdraw) {
  const auto id = id_of(withdraw.config);
  FERRY_TRY(ChainChannel* const stored, channel(id));
  if (stored->pending_withdraw.is_zero()) return no("withdraw_not_pending", "no withdrawal is pending: initiate one first");
  if (now_ < stored->withdraw_at) {
    return no("withdraw_too_early", "the withdrawal can be finalized at unix time " + std::to_string(stored->withdraw_at.unix_seconds()));
  }
  const auto amount = std::min(stored->pending_withdraw, unclaimed(*stored));
  stored->pending_withdraw = Amount::zero();
  return pay_back(EventKind::withdraw_finalized, withdraw.config, id, *stored, amount);
}

Result<void> Execution::run(const Refund& refund) {
  if (!is_receiver_side(from_, refund.config)) return no("refund_not_receiver", "only the receiver or its authorizer may refund");
  if (refund.amount.is_zero()) return no("refund_nothing", "a refund needs an amount");
  return refund_up_to(refund.config, id_of(refund.config), refund.amount);
}

Result<void> Execution::run(const RefundBySignature& refund) {
  if (refund.amount.is_zero()) return no("refund_nothing", "a refund needs an amount");
  const auto id = id_of(refund.config);
  FERRY_TRY(const auto next, storage_.refund_nonce(id));
  if (refund.nonce != next) return no("refund_nonce", "the channel's next signed refund has number " + std::to_string(next));
  const auto digest = channels::refund_digest(terms_.domain_separator, id, refund.nonce, refund.amount);
  FERRY_CHECK(base::check_signature(digest, refund.signature, refund.config.receiver_authorizer));
  changes_.refund_nonces[id] = next + 1;
  return refund_up_to(refund.config, id, refund.amount);
}

Result<void> Execution::refund_up_to(const ChannelConfig& config, const ChannelId& id, Amount asked) {
  FERRY_TRY(ChainChannel* const stored, channel(id));
  const auto amount = std::min(asked, unclaimed(*stored));
  if (amount.is_zero()) return {};
  stored->pending_withdraw = stored->pending_withdraw.minus_floored(amount);
  return pay_back(EventKind::refunded, config, id, *stored, amount);
}

Result<void> Execution::pay_back(EventKind kind, const ChannelConfig& config, const ChannelId& id, ChainChannel& channel, Amount amount) {
  channel.balance = channel.balance.minus_floored(amount);
  FERRY_CHECK(give_to(config.payer, amount));
  tell(kind, id, config.receiver, amount);
  if (unclaimed(channel).is_zero()) {
    channel.closed = true;
    channel.pending_withdraw = Amount::zero();
    tell(EventKind::channel_closed, id, config.receiver, Amount::zero());
  }
  if (channel.pending_withdraw.is_zero()) channel.withdraw_at = base::Time{};
  return {};
}

Result<void> Execution::run(const Transfer& transfer) {
  if (transfer.amount.is_zero()) return no("transfer_nothing", "a transfer needs an amount");
  if (transfer.to.is_zero()) return no("transfer_to_zero", "nobody could ever spend what is sent to the zero address");
  if (transfer.to == terms_.domain.verifying_contract) return no("transfer_to_contract", "the contract takes money by deposits only");
  FERRY_CHECK(take_from(from_, transfer.amount));
  return give_to(transfer.to, transfer.amount);
}

}  // namespace

Result<Changes> execute(const ContractTerms& terms, const ContractStorage& storage, const Action& action, const Address& from, base::Time now) {
  Execution execution{terms, storage, from, now};
  FERRY_CHECK(std::visit([&](const auto& what) { return execution.run(what); }, action));
  return execution.take_changes();
}

}  // namespace ferry::chain
