#pragma once
// FakeNode: a node whose chain a test writes: how high it is, what it says of channels and receipts at which block, and how it misbehaves.

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "channels/chain/evm/contract_calls.hpp"
#include "channels/chain/evm/contract_logs.hpp"
#include "channels/chain/evm/evm_backend.hpp"
#include "channels/chain/evm/json_rpc.hpp"
#include "channels/chain/evm/legacy_transaction.hpp"
#include "channels/chain/evm/node.hpp"
#include "channels/chain/evm/quantity.hpp"
#include "channels/chain/json_reader.hpp"
#include "channels/channel_config.hpp"
#include "protocol/base/hash.hpp"
#include "tests/unit/channels/chain/people.hpp"

namespace ferry::chain::evm::test {

using chain::test::key_of;
using chain::test::units;
using nlohmann::json;

inline const base::Address kBtt = *base::Address::parse("0x0000000000000000000000000000000000001010");
inline const base::Address kContractAt = *base::Address::from(base::Bytes(20, 0xc0));

/// The node says no.
struct Refusal {
  int code = -32000;
  std::string message;
  std::string data;
};
using Said = std::variant<json, Refusal>;

class FakeNode {
 public:
  std::uint64_t chain_id = 199, head = 1000;
  std::string history = "one";  ///< another name, other block hashes
  std::string code = "0x6001";
  std::string name = "a";
  base::Address native = kBtt;
  base::Amount balance = base::Amount::btt(1000), gas_price = units(300'000'000'000'000);
  std::uint64_t executed = 5, pending = 5;  ///< nonces
  std::uint64_t gas = 60'000;
  std::function<channels::ChainChannel(std::uint64_t block)> channel = [](std::uint64_t) { return channels::ChainChannel{}; };
  std::function<Earnings(std::uint64_t block)> earnings = [](std::uint64_t) { return Earnings{}; };
  std::map<std::string, json> receipts;  ///< by id
  std::vector<Log> logs;
  std::uint64_t longest_range = 1U << 20U;
  std::vector<base::Bytes> sent;
  std::optional<Refusal> on_send;
  std::map<std::string, int> asked;  ///< how often, by method
  /// What it says instead; nullopt: nothing else.
  std::function<std::optional<Said>(const std::string& method, const json& params)> instead;
  /// The whole text or outcome instead of any answer.
  std::optional<Outcome<std::string>> broken;

  JsonRpcTransport transport() {
    return [this](const std::string& body) { return answer(body); };
  }
  base::Hash256 hash_of(std::uint64_t block) const { return base::keccak256(base::bytes_of(history + std::to_string(block))); }
  json receipt_of(const TransactionId& id, std::uint64_t block, bool succeeded = true) const {
    return {{"transactionHash", hex_text(id.view())}, {"blockNumber", write_quantity(block)}, {"blockHash", hex_text(hash_of(block).view())},
            {"status", succeeded ? "0x1" : "0x0"},     {"gasUsed", "0x5208"},                   {"effectiveGasPrice", "0x2"}};
  }
  void executes(const RawTransaction& raw, std::uint64_t block, bool succeeded = true) { receipts[raw.id.hex()] = receipt_of(raw.id, block, succeeded); }
  Log log(EventKind kind, std::uint64_t block, std::uint64_t index, const base::Address& receiver) const {
    Log made;
    made.address = kContractAt;
    made.topics = {topic_of(kind), base::Hash256{}, topic_of(receiver)};
    made.topics[1].data[0] = static_cast<std::uint8_t>(block);
    made.data = kind == EventKind::refunded ? AbiWriter{}.number(7).finish() : AbiWriter{}.number(7).number(8).finish();
    made.block = block;
    made.block_hash = hash_of(block);
    made.index = index;
    return made;
  }

 private:
  Outcome<std::string> answer(const std::string& body) {
    if (broken) return *broken;
    const auto question = json::parse(body);
    const auto method = question["method"].get<std::string>();
    ++asked[method];
    std::optional<Said> said;
    if (instead) said = instead(method, question["params"]);
    if (!said) said = say(method, question["params"]);
    json told{{"jsonrpc", "2.0"}, {"id", question["id"]}};
    if (const auto* no = std::get_if<Refusal>(&*said)) {
      told["error"] = {{"code", no->code}, {"message", no->message}};
      if (!no->data.empty()) told["error"]["data"] = no->data;
    } else {
      told["result"] = std::get<json>(*said);
    }
    return Outcome<std::string>::ok(told.dump());
  }
  std::uint64_t block_of(const json& tag) const {
    return tag == "latest" || tag == "pending" ? head : read_quantity_u64(tag.get<std::string>()).value();
  }
  Said block(std::uint64_t number) const {
    if (number > head) return json(nullptr);
    return json{{"number", write_quantity(number)}, {"hash", hex_text(hash_of(number).view())}, {"timestamp", write_quantity(1'700'000'000 + 2 * number)}};
  }
  Said call(const json& params) const {
    const auto data = base::from_hex(params[0]["data"].get<std::string>()).value();
    const auto block = block_of(params[1]);
    const auto is = [&](const Call& other) { return base::Bytes(data.begin(), data.begin() + 4) == base::Bytes(other.data.begin(), other.data.begin() + 4); };
    if (is(native_token_call({}))) return json(hex_text(AbiWriter{}.address(native).finish()));
    if (is(voucher_digest_call({}, {}, {}))) {
      const auto separator = base::domain_separator({chain_id, kContractAt});
      return json(hex_text(channels::voucher_digest(separator, {}, units(1)).view()));
    }
    if (is(channel_state_call({}, {}))) {
      const auto state = channel(block);
      return json(hex_text(AbiWriter{}.amount(state.balance).amount(state.total_claimed).amount(state.pending_withdraw)
                               .number(static_cast<std::uint64_t>(state.withdraw_at.unix_seconds())).number(state.closed ? 1 : 0).finish()));
    }
    if (is(receivers_call({}, {}, {}))) return json(hex_text(AbiWriter{}.amount(earnings(block).claimed).amount(earnings(block).settled).finish()));
    return Refusal{3, "execution reverted", hex_text(selector_of("withdraw_pending()"))};
  }
  Said logs_of(const json& filter) const {
    const auto from = block_of(filter["fromBlock"]), to = block_of(filter["toBlock"]);
    if (filter["toBlock"] != "latest" && to - from >= longest_range) return Refusal{-32005, "too many blocks", ""};
    json found = json::array();
    for (const auto& entry : logs) {
      const auto& kinds = filter["topics"][0];
      const bool is_wanted = std::ranges::find(kinds, json(hex_text(entry.topics[0].view()))) != kinds.end();
      if (entry.block < from || entry.block > std::min(to, head) || !is_wanted) continue;
      if (json(hex_text(entry.topics[2].view())) != filter["topics"][2]) continue;
      json topics = json::array();
      for (const auto& topic : entry.topics) topics.push_back(hex_text(topic.view()));
      found.push_back({{"address", hex_text(entry.address.view())}, {"topics", topics}, {"data", hex_text(entry.data)}, {"removed", false},
                       {"blockNumber", write_quantity(entry.block)}, {"blockHash", hex_text(entry.block_hash.view())},
                       {"transactionHash", hex_text(entry.transaction.view())}, {"logIndex", write_quantity(entry.index)}});
    }
    return found;
  }
  Said say(const std::string& method, const json& params) {
    if (method == "eth_chainId") return json(write_quantity(chain_id));
    if (method == "eth_getCode") return json(code);
    if (method == "eth_call") return call(params);
    if (method == "eth_getBlockByNumber") return block(block_of(params[0]));
    if (method == "eth_getBalance") return json(write_quantity(balance.units()));
    if (method == "eth_getTransactionCount") return json(write_quantity(params[1] == "pending" ? pending : executed));
    if (method == "eth_gasPrice") return json(write_quantity(gas_price.units()));
    if (method == "eth_estimateGas") return json(write_quantity(gas));
    if (method == "eth_getLogs") return logs_of(params[0]);
    if (method == "eth_getTransactionReceipt") {
      const auto found = receipts.find(params[0].get<std::string>().substr(2));
      return found == receipts.end() ? json(nullptr) : found->second;
    }
    if (method == "eth_sendRawTransaction") {
      if (on_send) return *on_send;
      sent.push_back(base::from_hex(params[0].get<std::string>()).value());
      return json("0x00");
    }
    return json(nullptr);
  }
};

/// A backend over fake nodes, on a clock that goes on only when it waits.
struct FakeWorld {
  FakeNode a, b;
  base::Time now = base::Time::from_seconds(1000);
  std::function<void()> on_pause = [] {};
  EvmUrl url = [] {
    EvmUrl made;
    made.nodes = {"http://a", "http://b"};
    made.contract = kContractAt;
    made.token = kBtt;
    made.confirmations = 10;
    return made;
  }();

  EvmTerms terms() {
    EvmTerms made;
    made.wait = std::chrono::seconds(5);
    made.heads_age = base::Duration::zero();
    made.clock = [this] { return now; };
    made.pause = [this](base::Duration duration) {
      now = now + duration;
      on_pause();
    };
    return made;
  }
  std::unique_ptr<EvmBackend> one() { return std::make_unique<EvmBackend>(url, std::vector{a.transport()}, terms()); }
  std::unique_ptr<EvmBackend> two() { return std::make_unique<EvmBackend>(url, std::vector{a.transport(), b.transport()}, terms()); }
};

template <typename T>
std::string told(const Outcome<T>& outcome) {
  if (outcome.is_ok()) return "ok";
  return (outcome.kind == Outcome<T>::Kind::failed ? "failed: " : "unknown: ") + outcome.error->code;
}
inline std::string fate(const Outcome<Receipt>& outcome) {
  if (!outcome.is_ok()) return told(outcome);
  return outcome.value->succeeded ? "ok" : "reverted: " + outcome.value->reason;
}

}  // namespace ferry::chain::evm::test
