// EvmBackend: sending a transaction and learning its fate. Nothing is called failed that may still come true.

#include <algorithm>
#include <utility>

#include "channels/chain/evm/evm_backend.hpp"
#include "channels/chain/ledger_transaction.hpp"
#include "channels/chain/outcome.hpp"

namespace ferry::chain::evm {
namespace {

using base::Amount;
using base::Result;
using Fate = Outcome<Receipt>;

}  // namespace

std::string EvmBackend::why_refused(const NodeTransaction& transaction, const NodeReceipt& receipt) {
  if (receipt.gas_used >= transaction.gas_limit) return "out_of_gas";
  // What it would do now, after the blocks around it: its own place between others cannot be asked for.
  using Again = std::variant<base::Bytes, Reverted>;
  for (const std::uint64_t block : {receipt.block - std::min<std::uint64_t>(receipt.block, 1), receipt.block}) {
    const auto again = nodes_.first<Again>([&](Node& node) { return node.simulate(transaction.call, transaction.from, At::number(block)); });
    const auto* reverted = again ? std::get_if<Reverted>(&*again) : nullptr;
    if (reverted != nullptr) return reverted->code;
  }
  return "reverted";
}

Result<Receipt> EvmBackend::complete(const TransactionId& id, const NodeReceipt& receipt) {
  Receipt known{id, receipt.succeeded, "", receipt.block, {}};
  auto price = receipt.gas_price;
  if (!price || !receipt.succeeded) {
    const auto found = nodes_.first<std::optional<NodeTransaction>>([&](Node& node) { return node.transaction(id); });
    const bool has = found && found->has_value();
    if (!price && has) price = (*found)->gas_price;
    if (!receipt.succeeded) known.reason = has ? why_refused(**found, receipt) : "reverted";
  }
  known.fee = price.value_or(Amount::zero()).times(receipt.gas_used).value_or(Amount::max());
  return known;
}

Result<EvmBackend::Seen> EvmBackend::look_for(const TransactionId& id) {
  FERRY_CHECK(identity());
  FERRY_TRY(const auto confirmed, confirmed_block());
  using Told = std::optional<NodeReceipt>;
  FERRY_TRY(const auto told, nodes_.each<Told>([&](Node& node) { return node.receipt(id); }));
  Seen seen;
  const auto first = std::ranges::find_if(told, [](const auto& entry) { return entry.second.has_value(); });
  if (first == told.end()) return seen;
  seen.somewhere = true;
  const bool is_deep = std::ranges::any_of(told, [&](const auto& entry) { return entry.second && entry.second->block <= confirmed.number; });
  if (!is_deep) return seen;
  for (const auto& [node, receipt] : told) {
    if (!receipt || !receipt->tells_the_same_as(*first->second)) return base::fail(Nodes::disagreement("a transaction's receipt", *first->first, *node));
  }
  const auto& receipt = *first->second;
  FERRY_TRY(const auto block, nodes_.agreed<Block>("a block of the chain", [&](Node& node) { return node.block(receipt.block); }));
  if (block.hash != receipt.block_hash) return seen;  // taken back between the two questions
  FERRY_TRY(seen.confirmed, complete(id, receipt));
  return seen;
}

Outcome<std::optional<Receipt>> EvmBackend::receipt(const TransactionId& id) {
  auto seen = look_for(id);
  return answered(seen ? Result<std::optional<Receipt>>{std::move(seen->confirmed)} : base::fail(seen.error()));
}

Result<std::optional<Fate>> EvmBackend::fate_of(const TransactionId& id, const SignedLegacy& sent) {
  // First the nonce, then the receipt: what was executed by the time of the one is seen by the other.
  FERRY_TRY(const auto confirmed, confirmed_block());
  FERRY_TRY(const auto next, nodes_.agreed<std::uint64_t>("an account's nonce", [&](Node& node) { return node.nonce(sent.from, At::number(confirmed.number)); }));
  FERRY_TRY(auto seen, look_for(id));
  if (seen.confirmed) return std::optional{Fate::ok(std::move(*seen.confirmed))};
  if (next <= sent.transaction.nonce || seen.somewhere) return std::optional<Fate>{};
  return std::optional{Fate::failed(base::refusal("nonce_used", "another transaction of " + sent.from.to_eip55() + " took the place of this one: it will never be executed"))};
}

std::optional<Fate> EvmBackend::broadcast(const RawTransaction& transaction) {
  const auto told = nodes_.each<Node::SentAnswer>([&](Node& node) { return node.send(transaction.bytes); });
  if (!told) {
    // With fewer nodes than must agree it may be on its way all the same.
    return told.error().code == "chain_too_few" ? std::optional<Fate>{} : Fate::unknown(told.error());
  }
  const auto says = [&](Sent what) { return std::ranges::any_of(*told, [what](const auto& entry) { return entry.second.sent == what; }); };
  if (says(Sent::taken) || says(Sent::nonce_used)) return std::nullopt;
  const std::string& message = told->front().second.message;
  if (std::ranges::all_of(*told, [](const auto& entry) { return entry.second.sent == Sent::invalid; })) {
    return Fate::failed(base::refusal("transaction_invalid", "no chain takes this transaction: " + message));
  }
  if (says(Sent::underpriced)) {
    return Fate::unknown(base::environment("transaction_underpriced", "the nodes ask for a higher fee before they take it: outbid it, or wait; " + message));
  }
  if (says(Sent::no_money)) {
    return Fate::unknown(base::environment("no_fee_money", "the account's coins do not suffice for it now: send it some, then submit the same again; " + message));
  }
  return Fate::unknown(base::environment("transaction_refused", "no node takes it now: submit the same again later; " + message));
}

Fate EvmBackend::wait_for(const RawTransaction& transaction, const SignedLegacy& sent) {
  const auto deadline = terms_.clock() + terms_.wait;
  bool was_sent = false;
  for (;;) {
    auto fate = fate_of(transaction.id, sent);
    if (fate && *fate) return std::move(**fate);
    if (!fate && fate.error().code == "chain_disagrees") return Fate::unknown(std::move(fate).error());
    if (!was_sent) {
      if (auto trouble = broadcast(transaction)) return std::move(*trouble);
      was_sent = true;
    }
    if (terms_.clock() >= deadline) {
      return Fate::unknown(fate ? base::environment("transaction_waits", "the transaction is sent and not confirmed yet: submit the same again later, or outbid it")
                                : std::move(fate).error());
    }
    terms_.pause(terms_.poll);
  }
}

Fate EvmBackend::submit(const RawTransaction& transaction) {
  if (transaction_id(transaction.bytes) != transaction.id) return Fate::failed(base::bug("transaction_id", "the id is not that of the bytes"));
  const auto sent = read_legacy(transaction.bytes);
  if (!sent) return Fate::failed(sent.error());
  const auto known = identity();
  if (!known) return Fate::unknown(known.error());
  if (sent->transaction.chain_id != known->domain.chain_id) {
    return Fate::failed(base::refusal("transaction_of_another_ledger", "the transaction is for chain " + std::to_string(sent->transaction.chain_id)));
  }
  nonces_.note(sent->from, sent->transaction.nonce);
  auto fate = wait_for(transaction, *sent);
  if (fate.kind != Fate::Kind::unknown) nonces_.release(sent->from, sent->transaction.nonce);
  return fate;
}

}  // namespace ferry::chain::evm
