// EvmBackend: from an action to a signed transaction. Everything that can be known to fail is found out here, before anything is signed.

#include <algorithm>
#include <utility>

#include "channels/chain/evm/evm_backend.hpp"
#include "channels/chain/ledger_transaction.hpp"
#include "channels/chain/outcome.hpp"

namespace ferry::chain::evm {
namespace {

using base::Amount;
using base::Result;

base::Unexpected no(std::string code, std::string message) { return base::fail(base::refusal(std::move(code), std::move(message))); }

base::Unexpected no_fee_money(const base::Address& account, Amount has, Amount needed) {
  return no("no_fee_money", "the account " + account.to_eip55() + " holds " + has.to_btt() + " of the chain's coin, this takes up to " + needed.to_btt() +
                                " with its fee: send the coin to it");
}

}  // namespace

Result<Amount> EvmBackend::told_gas_price() {
  return nodes_.first<Amount>([](Node& node) { return node.gas_price(); });
}

Outcome<Amount> EvmBackend::expected_fee(const Action& action) {
  const auto estimate = [&]() -> Result<Amount> {
    FERRY_TRY(const auto terms, gas_terms());
    FERRY_TRY(const auto told, told_gas_price());
    const auto price = std::max(told, terms.price_floor);
    return price.times(usual_gas(action)).value_or(Amount::max());
  };
  return answered(estimate());
}

Result<Call> EvmBackend::next_call(const Action& action, const base::Address& from, const Deployment& at) {
  const auto* claim = std::get_if<Claim>(&action);
  if (claim != nullptr && claim->rows.size() > kMaxClaimRows) return no("claim_too_many_rows", "claim at most " + std::to_string(kMaxClaimRows) + " channels at once");
  const auto* deposit = std::get_if<Deposit>(&action);
  if (deposit == nullptr || at.token_is_native) return call_for(action, from, at);

  FERRY_TRY(const auto balance, token_balance(from, at));
  if (balance < deposit->amount) {
    return no("insufficient_funds", "the account " + from.to_eip55() + " holds " + balance.to_btt() + " of the token, the deposit needs " + deposit->amount.to_btt());
  }
  FERRY_TRY(const auto words, nodes_.first<base::Bytes>([&](Node& node) { return node.view(allowance_call(at.token, from, at.contract), At::latest()); }));
  FERRY_TRY(const auto allowed, read_token_amount(words));
  if (allowed >= deposit->amount) return call_for(action, from, at);
  // Some tokens take a new allowance only after the old one was set to nothing.
  return approve_call(at.token, at.contract, allowed.is_zero() ? deposit->amount : Amount::zero());
}

/// All but the nonce.
Result<LegacyTransaction> EvmBackend::fill_in(const Call& call, const base::Address& from, const Identity& identity) {
  FERRY_TRY(const auto terms, gas_terms());
  FERRY_TRY(const auto told, told_gas_price());
  LegacyTransaction transaction;
  transaction.chain_id = identity.domain.chain_id;
  FERRY_TRY(transaction.gas_price, price_of_gas(terms, told));
  transaction.to = call.to;
  transaction.value = call.value;
  transaction.data = call.data;

  FERRY_TRY(const auto balance, native_balance(from));
  if (balance < call.value) return no_fee_money(from, balance, call.value);
  using Estimate = std::variant<std::uint64_t, Reverted>;
  FERRY_TRY(const auto estimate, nodes_.first<Estimate>([&](Node& node) { return node.estimate_gas(call, from); }));
  if (const auto* reverted = std::get_if<Reverted>(&estimate)) {
    return no(reverted->code, "the contract would refuse this: " + (reverted->text.empty() ? reverted->code : reverted->text));
  }
  FERRY_TRY(transaction.gas_limit, limit_of_gas(terms, std::get<std::uint64_t>(estimate)));
  const auto needed = highest_fee(transaction).value_or(Amount::max()).plus_saturated(call.value);
  if (balance < needed) return no_fee_money(from, balance, needed);
  return transaction;
}

Result<std::uint64_t> EvmBackend::next_nonce(const base::Address& from) {
  FERRY_TRY(const auto told, nodes_.each<std::uint64_t>([&](Node& node) { return node.pending_nonce(from); }));
  // A nonce that is too low is found out and refused for good; one that is too high would wait for ever.
  const auto lowest = std::ranges::min_element(told, {}, [](const auto& entry) { return entry.second; });
  return lowest->second;
}

Result<RawTransaction> EvmBackend::prepare_now(const Action& action, const base::SecretKey& from) {
  FERRY_TRY(const auto known, identity());
  FERRY_TRY(const auto call, next_call(action, from.address(), known.deployment));
  FERRY_TRY(auto transaction, fill_in(call, from.address(), known));
  FERRY_TRY(const auto pending, next_nonce(from.address()));
  transaction.nonce = nonces_.take(from.address(), pending);
  auto raw = sign_legacy(transaction, from);
  raw.highest_fee = highest_fee(transaction).value_or(Amount::max());
  return raw;
}

Outcome<RawTransaction> EvmBackend::prepare(const Action& action, const base::SecretKey& from) { return answered(prepare_now(action, from)); }

bool EvmBackend::is_step(const RawTransaction& transaction) const {
  const auto read = read_legacy(transaction.bytes);
  return read && is_approve({read->transaction.to, read->transaction.value, read->transaction.data}, url_.token);
}

void EvmBackend::abandon(const RawTransaction& transaction) {
  const auto read = read_legacy(transaction.bytes);
  if (read) nonces_.release(read->from, read->transaction.nonce);
}

Result<RawTransaction> EvmBackend::outbid_now(const RawTransaction& waiting, const base::SecretKey& from) {
  FERRY_TRY(const auto known, identity());
  FERRY_TRY(auto read, read_legacy(waiting.bytes));
  auto& transaction = read.transaction;
  if (transaction.chain_id != known.domain.chain_id) return no("transaction_of_another_ledger", "the transaction is for another chain");
  if (read.from != from.address()) return no("outbid_other_key", "only who signed a transaction can replace it");
  FERRY_TRY(const auto terms, gas_terms());
  FERRY_TRY(const auto told, told_gas_price());
  FERRY_TRY(transaction.gas_price, price_to_outbid(terms, transaction.gas_price, told));
  const auto fee = highest_fee(transaction).value_or(Amount::max());
  const auto needed = fee.plus_saturated(transaction.value);
  FERRY_TRY(const auto balance, native_balance(from.address()));
  if (balance < needed) return no_fee_money(from.address(), balance, needed);
  auto raw = sign_legacy(transaction, from);
  raw.highest_fee = fee;
  nonces_.note(from.address(), transaction.nonce);
  return raw;
}

Outcome<RawTransaction> EvmBackend::outbid(const RawTransaction& waiting, const base::SecretKey& from) { return answered(outbid_now(waiting, from)); }

}  // namespace ferry::chain::evm
