#include "channels/chain/ledger_json.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "channels/chain/json_reader.hpp"

namespace ferry::chain {
namespace {

using base::Result;
using nlohmann::json;

constexpr std::array<std::string_view, 7> kEventNames{"deposited",          "claimed",  "settled",       "withdraw_initiated",
                                                      "withdraw_finalized", "refunded", "channel_closed"};
static_assert(static_cast<std::size_t>(EventKind::channel_closed) + 1 == kEventNames.size());

EventKind read_event_kind(JsonReader& in, const char* name) {
  const auto text = in.text(name, 32);
  for (std::size_t i = 0; i < kEventNames.size(); ++i) {
    if (kEventNames[i] == text) return static_cast<EventKind>(i);
  }
  in.fail_member(name, "is not a known event");
  return EventKind{};
}

base::Time read_time(JsonReader& in, const char* name) { return base::Time{static_cast<std::int64_t>(in.number(name))}; }

/// Times on the ledger's clock are after 1970; a broken clock must not make unreadable answers.
std::uint64_t time_number(base::Time time) { return time.unix_ms < 0 ? 0 : static_cast<std::uint64_t>(time.unix_ms); }

json write_event(const ChainEvent& event) {
  const auto kind = std::min(static_cast<std::size_t>(event.kind), kEventNames.size() - 1);
  return {{"sequence", event.sequence},
          {"kind", kEventNames[kind]},
          {"channel", hex_text(event.channel.view())},
          {"amount", event.amount.to_units_text()},
          {"at_ms", time_number(event.at)}};
}

Result<ChainEvent> read_event(const json& body) {
  JsonReader in{body};
  ChainEvent event;
  event.sequence = in.number("sequence");
  event.kind = read_event_kind(in, "kind");
  event.channel = in.bytes32<base::ChannelId>("channel");
  event.amount = in.amount("amount");
  event.at = read_time(in, "at_ms");
  FERRY_CHECK(in.finish());
  return event;
}

}  // namespace

json write_request(const EmptyRequest&) { return json::object(); }
json write_request(const AccountRequest& request) { return {{"account", request.account.to_eip55()}}; }
json write_request(const ChannelRequest& request) { return {{"channel", hex_text(request.channel.view())}}; }
json write_request(const UnsettledRequest& request) {
  return {{"receiver", request.receiver.to_eip55()}, {"token", request.token.to_eip55()}};
}
json write_request(const SubmitRequest& request) { return {{"transaction", hex_text(request.transaction)}}; }
json write_request(const ReceiptRequest& request) { return {{"id", hex_text(request.id.view())}}; }
json write_request(const EventsRequest& request) {
  return {{"receiver", request.receiver.to_eip55()}, {"after", request.after}, {"limit", request.limit}};
}
json write_request(const FaucetProof& request) {
  return {{"account", request.account.to_eip55()}, {"window", request.window}, {"number", request.number}};
}

Result<void> read_request(const json& body, EmptyRequest&) { return JsonReader{body}.finish_strictly(); }

Result<void> read_request(const json& body, AccountRequest& request) {
  JsonReader in{body};
  request.account = in.address("account");
  return in.finish_strictly();
}

Result<void> read_request(const json& body, ChannelRequest& request) {
  JsonReader in{body};
  request.channel = in.bytes32<base::ChannelId>("channel");
  return in.finish_strictly();
}

Result<void> read_request(const json& body, UnsettledRequest& request) {
  JsonReader in{body};
  request.receiver = in.address("receiver");
  request.token = in.address("token");
  return in.finish_strictly();
}

Result<void> read_request(const json& body, SubmitRequest& request) {
  JsonReader in{body};
  request.transaction = in.bytes("transaction", kMaxTransactionBytes);
  return in.finish_strictly();
}

Result<void> read_request(const json& body, ReceiptRequest& request) {
  JsonReader in{body};
  request.id = in.bytes32<TransactionId>("id");
  return in.finish_strictly();
}

Result<void> read_request(const json& body, EventsRequest& request) {
  JsonReader in{body};
  request.receiver = in.address("receiver");
  request.after = in.number("after");
  request.limit = static_cast<std::uint32_t>(in.number("limit", kEventsPage));
  return in.finish_strictly();
}

Result<void> read_request(const json& body, FaucetProof& request) {
  JsonReader in{body};
  request.account = in.address("account");
  request.window = in.number("window");
  request.number = in.number("number");
  return in.finish_strictly();
}

json write_answer(const ChainInfo& answer) {
  return {{"name", answer.name},
          {"chain_id", answer.domain.chain_id},
          {"contract", answer.domain.verifying_contract.to_eip55()},
          {"token", answer.token.to_eip55()},
          {"min_withdraw_delay_s", answer.min_withdraw_delay},
          {"has_faucet", answer.has_faucet}};
}
json write_answer(const BalanceAnswer& answer) { return {{"balance", answer.balance.to_units_text()}}; }
json write_answer(const NonceAnswer& answer) { return {{"nonce", answer.nonce}}; }
json write_answer(const channels::ChainChannel& answer) {
  return {{"balance", answer.balance.to_units_text()},
          {"total_claimed", answer.total_claimed.to_units_text()},
          {"pending_withdraw", answer.pending_withdraw.to_units_text()},
          {"withdraw_at_ms", time_number(answer.withdraw_at)},
          {"closed", answer.closed}};
}
json write_answer(const UnsettledAnswer& answer) { return {{"unsettled", answer.unsettled.to_units_text()}}; }
json write_answer(const ReceiptAnswer& answer) {
  if (!answer) return {{"receipt", nullptr}};
  return {{"receipt",
           {{"id", hex_text(answer->id.view())}, {"succeeded", answer->succeeded}, {"reason", answer->reason}, {"block", answer->block}}}};
}
json write_answer(const EventsAnswer& answer) {
  json events = json::array();
  for (const auto& event : answer) events.push_back(write_event(event));
  return {{"events", std::move(events)}};
}
json write_answer(const FaucetChallenge& answer) {
  return {{"account", answer.account.to_eip55()},
          {"window", answer.window},
          {"difficulty_bits", answer.difficulty_bits},
          {"seed", hex_text(answer.seed.view())}};
}
json write_answer(const GrantAnswer& answer) { return {{"granted", answer.granted.to_units_text()}}; }

Result<void> read_answer(const json& body, ChainInfo& answer) {
  JsonReader in{body};
  answer.name = base::printable(in.text("name", 64));
  answer.domain.chain_id = in.number("chain_id");
  answer.domain.verifying_contract = in.address("contract");
  answer.token = in.address("token");
  answer.min_withdraw_delay = in.number("min_withdraw_delay_s", channels::kMaxWithdrawDelay);
  answer.has_faucet = in.boolean("has_faucet");
  return in.finish();
}

Result<void> read_answer(const json& body, BalanceAnswer& answer) {
  JsonReader in{body};
  answer.balance = in.amount("balance");
  return in.finish();
}

Result<void> read_answer(const json& body, NonceAnswer& answer) {
  JsonReader in{body};
  answer.nonce = in.number("nonce");
  return in.finish();
}

Result<void> read_answer(const json& body, channels::ChainChannel& answer) {
  JsonReader in{body};
  answer.balance = in.amount("balance");
  answer.total_claimed = in.amount("total_claimed");
  answer.pending_withdraw = in.amount("pending_withdraw");
  answer.withdraw_at = read_time(in, "withdraw_at_ms");
  answer.closed = in.boolean("closed");
  if (answer.total_claimed > answer.balance) in.fail_member("total_claimed", "is above the balance, which no channel allows");
  return in.finish();
}

Result<void> read_answer(const json& body, UnsettledAnswer& answer) {
  JsonReader in{body};
  answer.unsettled = in.amount("unsettled");
  return in.finish();
}

Result<void> read_answer(const json& body, ReceiptAnswer& answer) {
  JsonReader in{body};
  const json& inside = in.member("receipt");
  FERRY_CHECK(in.finish());
  answer.reset();
  if (inside.is_null()) return {};
  JsonReader fields{inside};
  Receipt receipt;
  receipt.id = fields.bytes32<TransactionId>("id");
  receipt.succeeded = fields.boolean("succeeded");
  receipt.reason = base::printable(fields.text("reason", 100));
  receipt.block = fields.number("block");
  answer = std::move(receipt);
  return fields.finish();
}

Result<void> read_answer(const json& body, EventsAnswer& answer) {
  JsonReader in{body};
  const json& list = in.member("events");
  if (!list.is_array() || list.size() > kEventsPage) in.fail_member("events", "must be a list of at most " + std::to_string(kEventsPage) + " events");
  FERRY_CHECK(in.finish());
  answer.clear();
  for (const auto& item : list) {
    FERRY_TRY(const auto event, read_event(item));
    answer.push_back(event);
  }
  return {};
}

Result<void> read_answer(const json& body, FaucetChallenge& answer) {
  JsonReader in{body};
  answer.account = in.address("account");
  answer.window = in.number("window");
  answer.difficulty_bits = static_cast<std::uint32_t>(in.number("difficulty_bits", 256));
  answer.seed = in.bytes32<base::Hash256>("seed");
  return in.finish();
}

Result<void> read_answer(const json& body, GrantAnswer& answer) {
  JsonReader in{body};
  answer.granted = in.amount("granted");
  return in.finish();
}

}  // namespace ferry::chain
