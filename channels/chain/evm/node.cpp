#include "channels/chain/evm/node.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <utility>

#include "channels/chain/evm/contract_errors.hpp"
#include "channels/chain/evm/node_json.hpp"
#include "channels/chain/evm/quantity.hpp"
#include "channels/chain/json_reader.hpp"
#include "protocol/base/hash.hpp"

namespace ferry::chain::evm {
namespace {

using base::Result;
using nlohmann::json;

json tag_of(At at) { return at.block ? json(write_quantity(*at.block)) : json("latest"); }

bool says_reverted(const RpcError& error) {
  constexpr std::int64_t kReverted = 3;  // geth's code of a reverted call
  return error.code == kReverted || error.message.find("revert") != std::string::npos;
}

Reverted reverted(const RpcError& error) {
  const base::Bytes data = error.data.value_or(base::Bytes{});
  return {code_of_revert(data), text_of_revert(data)};
}

base::Error refused(const RpcError& error) { return base::environment("rpc_refused", "it says no: " + error.message); }

const std::string* text_in(const json& value) { return value.get_ptr<const std::string*>(); }

}  // namespace

Sent read_send_error(std::string_view message) {
  std::string text{message};
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto says = [&text](std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&text](std::string_view word) { return text.find(word) != std::string::npos; });
  };
  if (says({"already known", "known transaction", "already imported", "already in mempool", "already exists"})) return Sent::taken;
  if (says({"nonce too low", "nonce is too low", "nonce has already been used", "old nonce"})) return Sent::nonce_used;
  if (says({"underpriced", "gas price too low", "less than block base fee", "fee too low"})) return Sent::underpriced;
  if (says({"insufficient funds", "insufficient balance"})) return Sent::no_money;
  if (says({"invalid sender", "invalid signature", "intrinsic gas too low", "oversized data", "rlp:", "invalid chain id", "chain id mismatch",
            "invalid transaction v, r, s"})) {
    return Sent::invalid;
  }
  return Sent::refused;
}

base::Error Node::about(base::Error error) const {
  error.message = "the node " + name_ + ": " + error.message;
  return error;
}

base::Unexpected Node::senseless(std::string_view method) const {
  return base::fail(about(base::peer_fault("rpc_answer", "its answer to " + std::string{method} + " makes no sense")));
}

Result<RpcAnswer> Node::ask(std::string_view method, json params) {
  const auto id = next_id_.fetch_add(1);
  const auto text = transport_(write_rpc_question(id, method, std::move(params)));
  if (!text.is_ok()) return base::fail(about(text.error.value_or(base::environment("rpc_no_answer", "it gave no answer"))));
  auto answer = read_rpc_answer(*text.value, id);
  if (!answer) return base::fail(about(std::move(answer).error()));
  return answer;
}

Result<json> Node::result_of(std::string_view method, json params) {
  FERRY_TRY(auto answer, ask(method, std::move(params)));
  if (const auto* error = std::get_if<RpcError>(&answer)) return base::fail(about(refused(*error)));
  return std::get<json>(std::move(answer));
}

Result<std::uint64_t> Node::ask_number(std::string_view method, json params) {
  FERRY_TRY(const auto result, result_of(method, std::move(params)));
  const auto* text = text_in(result);
  const auto number = text == nullptr ? std::nullopt : read_quantity_u64(*text);
  if (!number) return senseless(method);
  return *number;
}

Result<base::Amount> Node::ask_amount(std::string_view method, json params) {
  FERRY_TRY(const auto result, result_of(method, std::move(params)));
  const auto* text = text_in(result);
  const auto amount = text == nullptr ? std::nullopt : read_balance_quantity(*text);
  if (!amount) return senseless(method);
  return *amount;
}

Result<std::uint64_t> Node::chain_id() { return ask_number("eth_chainId", json::array()); }

Result<Block> Node::read_block(const json& body) const {
  if (body.is_null()) return base::fail(about(base::environment("rpc_refused", "it does not have a block that was asked for")));
  const auto block = read_node_block(body);
  if (!block) return senseless("eth_getBlockByNumber");
  return *block;
}

Result<Block> Node::latest_block() {
  FERRY_TRY(const auto body, result_of("eth_getBlockByNumber", {"latest", false}));
  return read_block(body);
}

Result<Block> Node::block(std::uint64_t number) {
  FERRY_TRY(const auto body, result_of("eth_getBlockByNumber", {write_quantity(number), false}));
  FERRY_TRY(const auto block, read_block(body));
  if (block.number != number) return senseless("eth_getBlockByNumber");
  return block;
}

Result<std::optional<base::Hash256>> Node::code_hash(const base::Address& at) {
  FERRY_TRY(const auto result, result_of("eth_getCode", {hex_text(at.view()), "latest"}));
  const auto* text = text_in(result);
  const auto code = text == nullptr ? std::nullopt : base::from_hex(*text);
  if (!code) return senseless("eth_getCode");
  return code->empty() ? std::optional<base::Hash256>{} : base::keccak256(*code);
}

Result<base::Bytes> Node::view(const Call& call, At at) {
  FERRY_TRY(const auto result, result_of("eth_call", {write_call(call, {}), tag_of(at)}));
  const auto* text = text_in(result);
  auto bytes = text == nullptr ? std::nullopt : base::from_hex(*text);
  if (!bytes) return senseless("eth_call");
  return std::move(*bytes);
}

Result<std::variant<base::Bytes, Reverted>> Node::simulate(const Call& call, const base::Address& from, At at) {
  using Fate = std::variant<base::Bytes, Reverted>;
  FERRY_TRY(const auto answer, ask("eth_call", {write_call(call, from), tag_of(at)}));
  if (const auto* error = std::get_if<RpcError>(&answer)) {
    if (says_reverted(*error)) return Fate{reverted(*error)};
    return base::fail(about(refused(*error)));
  }
  const auto* text = text_in(std::get<json>(answer));
  auto bytes = text == nullptr ? std::nullopt : base::from_hex(*text);
  if (!bytes) return senseless("eth_call");
  return Fate{std::move(*bytes)};
}

Result<std::variant<std::uint64_t, Reverted>> Node::estimate_gas(const Call& call, const base::Address& from) {
  using Fate = std::variant<std::uint64_t, Reverted>;
  FERRY_TRY(const auto answer, ask("eth_estimateGas", json::array({write_call(call, from)})));
  if (const auto* error = std::get_if<RpcError>(&answer)) {
    if (says_reverted(*error)) return Fate{reverted(*error)};
    return base::fail(about(refused(*error)));
  }
  const auto* text = text_in(std::get<json>(answer));
  const auto gas = text == nullptr ? std::nullopt : read_quantity_u64(*text);
  if (!gas) return senseless("eth_estimateGas");
  return Fate{*gas};
}

Result<base::Amount> Node::balance(const base::Address& account, At at) {
  return ask_amount("eth_getBalance", {hex_text(account.view()), tag_of(at)});
}

Result<std::uint64_t> Node::nonce(const base::Address& account, At at) {
  return ask_number("eth_getTransactionCount", {hex_text(account.view()), tag_of(at)});
}

Result<std::uint64_t> Node::pending_nonce(const base::Address& account) {
  return ask_number("eth_getTransactionCount", {hex_text(account.view()), "pending"});
}

Result<base::Amount> Node::gas_price() { return ask_amount("eth_gasPrice", json::array()); }

Result<Node::SentAnswer> Node::send(base::ByteView raw) {
  FERRY_TRY(const auto answer, ask("eth_sendRawTransaction", json::array({hex_text(raw)})));
  // The id is known beforehand; what the node says of it adds nothing.
  if (const auto* error = std::get_if<RpcError>(&answer)) return SentAnswer{read_send_error(error->message), about(refused(*error)).message};
  return SentAnswer{Sent::taken, {}};
}

Result<std::optional<NodeReceipt>> Node::receipt(const TransactionId& id) {
  FERRY_TRY(const auto body, result_of("eth_getTransactionReceipt", json::array({hex_text(id.view())})));
  if (body.is_null()) return std::optional<NodeReceipt>{};
  const auto receipt = read_node_receipt(body, id);
  if (!receipt) return senseless("eth_getTransactionReceipt");
  return std::optional{*receipt};
}

Result<std::optional<NodeTransaction>> Node::transaction(const TransactionId& id) {
  FERRY_TRY(const auto body, result_of("eth_getTransactionByHash", json::array({hex_text(id.view())})));
  if (body.is_null()) return std::optional<NodeTransaction>{};
  auto transaction = read_node_transaction(body, id);
  if (!transaction) return senseless("eth_getTransactionByHash");
  return std::optional{std::move(*transaction)};
}

Result<std::vector<Log>> Node::logs(const base::Address& contract, std::span<const base::Hash256> kinds, const base::Address& receiver,
                                    std::uint64_t from, At to) {
  json names = json::array();
  for (const auto& kind : kinds) names.push_back(hex_text(kind.view()));
  return logs_by(contract, json::array({names, nullptr, hex_text(topic_of(receiver).view())}), from, to);
}

Result<std::vector<Log>> Node::created_channels(const base::Address& contract, const base::Address& payer, std::uint64_t from, std::uint64_t to) {
  const auto topics = json::array({hex_text(created_topic().view()), nullptr, nullptr, hex_text(topic_of(payer).view())});
  return logs_by(contract, topics, from, At::number(to));
}

Result<std::vector<Log>> Node::logs_by(const base::Address& contract, json topics, std::uint64_t from, At to) {
  const json filter{{"address", hex_text(contract.view())},
                    {"fromBlock", write_quantity(from)},
                    {"toBlock", tag_of(to)},
                    {"topics", std::move(topics)}};
  FERRY_TRY(const auto body, result_of("eth_getLogs", json::array({filter})));
  auto logs = read_node_logs(body);
  if (!logs) return senseless("eth_getLogs");
  const auto is_outside = [&](const Log& log) { return log.block < from || (to.block && log.block > *to.block); };
  if (std::ranges::any_of(*logs, is_outside)) return senseless("eth_getLogs");
  return std::move(*logs);
}

}  // namespace ferry::chain::evm
