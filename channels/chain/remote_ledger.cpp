#include "channels/chain/remote_ledger.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "channels/chain/json_reader.hpp"
#include "channels/chain/ledger_json.hpp"
#include "channels/chain/outcome.hpp"

namespace ferry::chain {
namespace {

template <typename T>
Outcome<T> senseless(const std::string& why) {
  return Outcome<T>::unknown(base::peer_fault("ledger_answer", "the ledger's answer makes no sense: " + why));
}

/// The same non-success for another type.
template <typename T, typename From>
Outcome<T> pass_on(Outcome<From> outcome) {
  const bool failed = outcome.kind == Outcome<From>::Kind::failed;
  return failed ? Outcome<T>::failed(std::move(*outcome.error)) : Outcome<T>::unknown(std::move(*outcome.error));
}

/// A transaction that did not arrive, or that the ledger could not take now, may still be taken another time.
template <typename T>
Outcome<T> final_only_if_refused(Outcome<T> outcome) {
  if (outcome.kind != Outcome<T>::Kind::failed) return outcome;
  return fate<T>(base::fail(std::move(*outcome.error)));
}

/// Strictly growing from `after`, at most `limit`.
bool in_order(const std::vector<ChainEvent>& events, std::uint64_t after, std::uint32_t limit) {
  for (const auto& event : events) {
    if (event.sequence <= after) return false;
    after = event.sequence;
  }
  return events.size() <= limit;
}

}  // namespace

RemoteLedger::RemoteLedger(LedgerTransport transport, std::optional<base::Domain> domain)
    : transport_(std::move(transport)), domain_(domain) {}

template <typename Answer>
Outcome<Answer> RemoteLedger::ask(std::string_view method, const nlohmann::json& request) {
  auto text = transport_(method, request.dump());
  if (!text.is_ok()) return pass_on<Answer>(std::move(text));
  const auto body = parse_json(*text.value, kMaxLedgerText);
  if (!body) return senseless<Answer>(body.error().message);
  if (auto error = read_error(*body)) return Outcome<Answer>::failed(std::move(*error));
  Answer answer{};
  if (const auto read = read_answer(*body, answer); !read) return senseless<Answer>(read.error().message);
  return Outcome<Answer>::ok(std::move(answer));
}

bool RemoteLedger::accepts(const base::Domain& domain) {
  const std::lock_guard lock{mutex_};
  if (!domain_) domain_ = domain;
  return *domain_ == domain;
}

Outcome<ChainInfo> RemoteLedger::info() {
  auto info = ask<ChainInfo>("info", write_request(EmptyRequest{}));
  if (info.is_ok() && !accepts(info.value->domain)) {
    return Outcome<ChainInfo>::failed(base::peer_fault(
        "ledger_changed", "another ledger answers at this address than before: channels on the old one are not known to it; check the address"));
  }
  return info;
}

Outcome<base::Domain> RemoteLedger::domain() {
  {
    const std::lock_guard lock{mutex_};
    if (domain_) return Outcome<base::Domain>::ok(*domain_);
  }
  auto told = info();
  if (!told.is_ok()) return pass_on<base::Domain>(std::move(told));
  return Outcome<base::Domain>::ok(told.value->domain);
}

Outcome<base::Amount> RemoteLedger::balance_of(const base::Address& account) {
  auto answer = ask<BalanceAnswer>("balance", write_request(AccountRequest{account}));
  if (!answer.is_ok()) return pass_on<base::Amount>(std::move(answer));
  return Outcome<base::Amount>::ok(answer.value->balance);
}

Outcome<channels::ChainChannel> RemoteLedger::read_channel(const base::ChannelId& channel) {
  return ask<channels::ChainChannel>("channel", write_request(ChannelRequest{channel}));
}

Outcome<std::uint64_t> RemoteLedger::refund_nonce(const base::ChannelId& channel) {
  auto answer = ask<NonceAnswer>("refund_nonce", write_request(ChannelRequest{channel}));
  if (!answer.is_ok()) return pass_on<std::uint64_t>(std::move(answer));
  return Outcome<std::uint64_t>::ok(answer.value->nonce);
}

Outcome<base::Amount> RemoteLedger::unsettled(const base::Address& receiver, const base::Address& token) {
  auto answer = ask<UnsettledAnswer>("unsettled", write_request(UnsettledRequest{receiver, token}));
  if (!answer.is_ok()) return pass_on<base::Amount>(std::move(answer));
  return Outcome<base::Amount>::ok(answer.value->unsettled);
}

Outcome<std::uint64_t> RemoteLedger::nonce_of(const base::Address& account) {
  auto answer = ask<NonceAnswer>("nonce", write_request(AccountRequest{account}));
  if (!answer.is_ok()) return pass_on<std::uint64_t>(std::move(answer));
  return Outcome<std::uint64_t>::ok(answer.value->nonce);
}

Outcome<RawTransaction> RemoteLedger::prepare(const Action& action, const base::SecretKey& from) {
  auto known = domain();
  if (!known.is_ok()) return pass_on<RawTransaction>(std::move(known));
  auto nonce = nonce_of(from.address());
  if (!nonce.is_ok()) return pass_on<RawTransaction>(std::move(nonce));
  return answered(sign_transaction(LedgerTransaction{*known.value, from.address(), *nonce.value, action}, from));
}

Outcome<Receipt> RemoteLedger::submit(const RawTransaction& transaction) {
  if (transaction_id(transaction.bytes) != transaction.id) {
    return Outcome<Receipt>::failed(base::bug("transaction_id", "the id is not that of the bytes"));
  }
  auto answer = final_only_if_refused(ask<ReceiptAnswer>("submit", write_request(SubmitRequest{transaction.bytes})));
  if (!answer.is_ok()) return pass_on<Receipt>(std::move(answer));
  auto& receipt = *answer.value;
  if (!receipt || receipt->id != transaction.id) return senseless<Receipt>("it is not a receipt of this transaction");
  return Outcome<Receipt>::ok(std::move(*receipt));
}

Outcome<std::optional<Receipt>> RemoteLedger::receipt(const TransactionId& id) {
  auto answer = ask<ReceiptAnswer>("receipt", write_request(ReceiptRequest{id}));
  if (answer.is_ok() && *answer.value && (*answer.value)->id != id) {
    return senseless<std::optional<Receipt>>("it is not a receipt of this transaction");
  }
  return answer;
}

Outcome<std::vector<ChainEvent>> RemoteLedger::page_of_events(const base::Address& receiver, std::uint64_t after, std::uint32_t limit) {
  auto answer = ask<EventsAnswer>("events", write_request(EventsRequest{receiver, std::min(after, kMaxJsonNumber), limit}));
  if (answer.is_ok() && !in_order(*answer.value, after, limit)) {
    return senseless<std::vector<ChainEvent>>("its events are out of order or too many");
  }
  return answer;
}

Outcome<std::vector<ChainEvent>> RemoteLedger::events(const base::Address& receiver, std::uint64_t after, std::uint32_t limit) {
  std::vector<ChainEvent> all;
  for (auto wanted = std::min(limit, kMaxEvents); wanted > 0;) {
    const auto asked_for = std::min(wanted, kEventsPage);
    auto page = page_of_events(receiver, all.empty() ? after : all.back().sequence, asked_for);
    if (!page.is_ok()) return page;
    all.insert(all.end(), page.value->begin(), page.value->end());
    if (page.value->size() < asked_for) break;
    wanted -= asked_for;
  }
  return Outcome<std::vector<ChainEvent>>::ok(std::move(all));
}

Outcome<FaucetChallenge> RemoteLedger::challenge(const base::Address& account) {
  auto answer = ask<FaucetChallenge>("faucet_challenge", write_request(AccountRequest{account}));
  if (answer.is_ok() && answer.value->account != account) return senseless<FaucetChallenge>("the challenge is for another account");
  return answer;
}

Outcome<base::Amount> RemoteLedger::redeem(const FaucetProof& proof) {
  auto answer = final_only_if_refused(ask<GrantAnswer>("faucet", write_request(proof)));
  if (!answer.is_ok()) return pass_on<base::Amount>(std::move(answer));
  return Outcome<base::Amount>::ok(answer.value->granted);
}

}  // namespace ferry::chain
