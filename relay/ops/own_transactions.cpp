#include "relay/ops/own_transactions.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace ferry::relay {

using base::Result;
using Ended = OwnTransactions::Ended;

namespace {

constexpr std::uint8_t kPrepared = 0;

template <typename T>
base::Unexpected error_of(const chain::Outcome<T>& outcome) {
  return base::fail(outcome.error.value_or(base::bug("ledger_outcome", "the ledger gave neither an answer nor an error")));
}

chain::RawTransaction raw_of(const channels::OwnTransaction::Bid& bid) { return chain::RawTransaction{bid.id, bid.raw}; }

std::vector<chain::RawTransaction> alternatives_of(const channels::OwnTransaction& transaction) {
  std::vector<chain::RawTransaction> alternatives;
  for (const auto& bid : transaction.bids) alternatives.push_back(raw_of(bid));
  return alternatives;
}

/// Did the ledger say that it would refuse the action itself, whatever the account holds?
bool refuses_action(const base::Error& error) { return error.kind == base::ErrorKind::refusal && error.code != "no_fee_money"; }

}  // namespace

Result<Ended> OwnTransactions::send(const chain::Action& action, const TakeOver& take_over, base::Time now) {
  auto prepared = backend_.prepare(action, identity_);
  if (!prepared.is_ok()) {
    if (prepared.error && refuses_action(*prepared.error)) return Ended{Fate::refused, prepared.error->code};
    return error_of(prepared);
  }
  if (auto durable = book_.note(channels::TransactionRecord{prepared.value->id, prepared.value->bytes, kPrepared}); !durable) {
    backend_.abandon(*prepared.value);
    return base::fail(std::move(durable).error());
  }
  return submit({prepared.value->id, {{prepared.value->id, prepared.value->bytes}}}, take_over, now);
}

Result<Ended> OwnTransactions::finish(const TakeOver& take_over, base::Time now) {
  for (auto& transaction : book_.prepared_transactions()) {
    if (auto added = outbid_if_due(transaction, now); !added) {
      if (added.error().kind == base::ErrorKind::bug || book_.journal().failed()) return base::fail(std::move(added).error());
      spdlog::warn("a transaction that waits cannot be outbid now: {} ({})", added.error().message, added.error().code);
    }
    FERRY_TRY(auto ended, submit(transaction, take_over, now));
    if (ended.fate == Fate::unknown) return ended;
  }
  return Ended{Fate::done, ""};
}

Result<void> OwnTransactions::outbid_if_due(channels::OwnTransaction& transaction, base::Time now) {
  const auto waiting = waiting_.find(transaction.id);
  if (waiting == waiting_.end() || transaction.bids.size() >= kMaxBids) return {};
  if (!waiting->second.fee_too_low && now - waiting->second.since < outbid_after_) return {};
  auto bid = backend_.outbid(raw_of(transaction.bids.back()), identity_);
  if (!bid.is_ok()) {
    if (bid.error && bid.error->code == "outbid_never") return {};
    return error_of(bid);
  }
  FERRY_CHECK(book_.note(channels::AlternativeRecord{transaction.id, bid.value->id, bid.value->bytes}));
  transaction.bids.push_back({bid.value->id, bid.value->bytes});
  waiting->second = {now, false};
  spdlog::info("a transaction waits for long: it is sent again for a higher fee, for the {}. time", transaction.bids.size() - 1);
  return {};
}

Result<Ended> OwnTransactions::submit(const channels::OwnTransaction& transaction, const TakeOver& take_over, base::Time now) {
  using Kind = chain::Outcome<chain::Receipt>::Kind;
  const auto alternatives = alternatives_of(transaction);
  const auto outcome = chain::submit_alternatives(backend_, alternatives);
  std::optional<chain::Receipt> receipt = outcome.value;
  const std::string code = outcome.error ? outcome.error->code : "no_reason";
  if (outcome.kind == Kind::unknown) {
    const auto known = backend_.receipt(alternatives.back().id);
    if (known.is_ok()) receipt = *known.value;
  }
  if (receipt) {
    if (receipt->succeeded) return end(transaction, {Fate::done, ""}, receipt->fee, take_over);
    spdlog::warn("the ledger executed a transaction of this relay without success: {}", base::printable(receipt->reason));
    return end(transaction, {Fate::refused, base::printable(receipt->reason)}, receipt->fee, take_over);
  }
  if (outcome.kind == Kind::failed) {
    spdlog::warn("the ledger refused a transaction of this relay: {}", code);
    return end(transaction, {Fate::refused, code}, {}, take_over);
  }
  spdlog::info("the fate of a transaction is unknown ({}); it will be sent again unchanged", code);
  auto& waiting = waiting_.try_emplace(transaction.id, Waiting{now, false}).first->second;
  waiting.fee_too_low = code == "transaction_underpriced";
  return Ended{Fate::unknown, code};
}

Result<Ended> OwnTransactions::end(const channels::OwnTransaction& transaction, Ended ended, base::Amount fee, const TakeOver& take_over) {
  // First the book, then the mark: after a crash in between the same bytes give the same receipt. The fee is counted with the mark, so once.
  auto account = book_.account();
  FERRY_CHECK(take_over(account));
  account.transaction = transaction.id;
  account.fees = account.fees.plus_saturated(fee);
  ++account.transactions;
  if (ended.fate == Fate::refused) ++account.refused;
  FERRY_CHECK(book_.note(account));
  waiting_.erase(transaction.id);
  return ended;
}

}  // namespace ferry::relay
