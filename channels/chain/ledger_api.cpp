#include "channels/chain/ledger_api.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "channels/chain/json_reader.hpp"
#include "channels/chain/ledger_json.hpp"

namespace ferry::chain {
namespace {

using nlohmann::json;

/// A stranger learns that the ledger has trouble, and its kind, but not where it lies on the disk.
base::Error told_to_strangers(base::Error error) {
  if (error.kind == base::ErrorKind::environment && error.code.starts_with("ledger_")) {
    error.message = "the relay that keeps this ledger cannot use it now: try again later, or tell its operator";
  }
  return error;
}

template <typename T, typename Write>
json tell(const Outcome<T>& outcome, Write write) {
  if (!outcome.is_ok()) return write_error(told_to_strangers(*outcome.error));
  return write(*outcome.value);
}

json answer(EmbeddedLedger& ledger, std::string_view, const EmptyRequest&) {
  return tell(ledger.info(), [](const ChainInfo& info) { return write_answer(info); });
}

json answer(EmbeddedLedger& ledger, std::string_view method, const AccountRequest& request) {
  if (method == "balance") {
    return tell(ledger.balance_of(request.account), [](base::Amount balance) { return write_answer(BalanceAnswer{balance}); });
  }
  if (method == "nonce") {
    return tell(ledger.nonce_of(request.account), [](std::uint64_t nonce) { return write_answer(NonceAnswer{nonce}); });
  }
  return tell(ledger.challenge(request.account), [](const FaucetChallenge& challenge) { return write_answer(challenge); });
}

json answer(EmbeddedLedger& ledger, std::string_view method, const ChannelRequest& request) {
  if (method == "refund_nonce") {
    return tell(ledger.refund_nonce(request.channel), [](std::uint64_t nonce) { return write_answer(NonceAnswer{nonce}); });
  }
  return tell(ledger.read_channel(request.channel), [](const channels::ChainChannel& channel) { return write_answer(channel); });
}

json answer(EmbeddedLedger& ledger, std::string_view, const UnsettledRequest& request) {
  return tell(ledger.unsettled(request.receiver, request.token), [](base::Amount sum) { return write_answer(UnsettledAnswer{sum}); });
}

json answer(EmbeddedLedger& ledger, std::string_view, const SubmitRequest& request) {
  const RawTransaction raw{transaction_id(request.transaction), request.transaction};
  return tell(ledger.submit(raw), [](const Receipt& receipt) { return write_answer(ReceiptAnswer{receipt}); });
}

json answer(EmbeddedLedger& ledger, std::string_view, const ReceiptRequest& request) {
  return tell(ledger.receipt(request.id), [](const ReceiptAnswer& receipt) { return write_answer(receipt); });
}

json answer(EmbeddedLedger& ledger, std::string_view, const EventsRequest& request) {
  return tell(ledger.events(request.receiver, request.after, request.limit), [](const EventsAnswer& events) { return write_answer(events); });
}

json answer(EmbeddedLedger& ledger, std::string_view, const FaucetProof& request) {
  return tell(ledger.redeem(request), [](base::Amount granted) { return write_answer(GrantAnswer{granted}); });
}

template <typename Request>
json read_and_answer(EmbeddedLedger& ledger, std::string_view method, const json& body) {
  Request request;
  if (const auto read = read_request(body, request); !read) return write_error(read.error());
  return answer(ledger, method, request);
}

}  // namespace

json handle(EmbeddedLedger& ledger, std::string_view method, const json& body) {
  if (method == "info") return read_and_answer<EmptyRequest>(ledger, method, body);
  if (method == "balance" || method == "nonce" || method == "faucet_challenge") return read_and_answer<AccountRequest>(ledger, method, body);
  if (method == "channel" || method == "refund_nonce") return read_and_answer<ChannelRequest>(ledger, method, body);
  if (method == "unsettled") return read_and_answer<UnsettledRequest>(ledger, method, body);
  if (method == "submit") return read_and_answer<SubmitRequest>(ledger, method, body);
  if (method == "receipt") return read_and_answer<ReceiptRequest>(ledger, method, body);
  if (method == "events") return read_and_answer<EventsRequest>(ledger, method, body);
  if (method == "faucet") return read_and_answer<FaucetProof>(ledger, method, body);
  return write_error(base::peer_fault("ledger_method", "the ledger has no method \"" + base::printable(method, 40) + "\""));
}

std::string handle_text(EmbeddedLedger& ledger, std::string_view method, std::string_view body) {
  const auto parsed = parse_json(body, kMaxLedgerText);
  const json answer = parsed ? handle(ledger, method, *parsed) : write_error(parsed.error());
  return answer.dump();
}

int http_status(const json& answer) {
  const auto error = read_error(answer);
  if (!error) return 200;
  switch (error->kind) {
    case base::ErrorKind::peer_fault: return 400;
    case base::ErrorKind::refusal: return 409;
    case base::ErrorKind::environment: return 503;
    case base::ErrorKind::bug: return 500;
  }
  return 500;
}

LedgerTransport local_transport(EmbeddedLedger& ledger) {
  return [&ledger](std::string_view method, std::string body) { return Outcome<std::string>::ok(handle_text(ledger, method, body)); };
}

}  // namespace ferry::chain
