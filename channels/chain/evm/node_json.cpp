#include "channels/chain/evm/node_json.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "channels/chain/evm/quantity.hpp"
#include "channels/chain/json_reader.hpp"

namespace ferry::chain::evm {
namespace {

using base::Result;
using nlohmann::json;

constexpr std::size_t kMaxQuantityText = 66;
constexpr std::size_t kMaxTopics = 4;
constexpr std::size_t kMaxLogData = 1024;

std::uint64_t number_in(JsonReader& in, const char* name, std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) {
  const auto number = read_quantity_u64(in.text(name, kMaxQuantityText));
  if (!number || *number > max) in.fail_member(name, "must be a quantity of at most " + std::to_string(max));
  return number.value_or(0);
}

base::Amount amount_in(JsonReader& in, const char* name) {
  const auto amount = read_quantity(in.text(name, kMaxQuantityText));
  if (!amount) in.fail_member(name, "must be a quantity of at most 128 bits");
  return base::Amount::from_units(amount.value_or(0));
}

base::Address address_in(JsonReader& in, const char* name) {
  const auto address = base::Address::from(in.bytes(name, 20));
  if (!address) in.fail_member(name, "must be an address");
  return address.value_or(base::Address{});
}

void check_id(JsonReader& in, const char* name, const TransactionId& id) {
  if (in.bytes32<TransactionId>(name) != id) in.fail_member(name, "is another transaction's");
}

Result<Log> read_log(const json& body) {
  JsonReader in{body};
  Log log;
  log.address = address_in(in, "address");
  log.data = in.bytes("data", kMaxLogData);
  log.block = number_in(in, "blockNumber", kMaxBlock);
  log.block_hash = in.bytes32<base::Hash256>("blockHash");
  log.transaction = in.bytes32<base::Hash256>("transactionHash");
  log.index = number_in(in, "logIndex", kMaxLogIndex - 1);
  const json& topics = in.member("topics");
  FERRY_CHECK(in.finish());
  if (!topics.is_array() || topics.size() > kMaxTopics) in.fail_member("topics", "must be a list of at most four");
  if (const auto removed = body.find("removed"); removed != body.end() && *removed != false) in.fail_member("removed", "must be false");
  FERRY_CHECK(in.finish());
  for (const auto& topic : topics) {
    const auto value = topic.is_string() ? base::Hash256::parse_hex(topic.get_ref<const std::string&>()) : std::nullopt;
    if (!value) in.fail_member("topics", "must be words");
    log.topics.push_back(value.value_or(base::Hash256{}));
  }
  FERRY_CHECK(in.finish());
  return log;
}

bool is_before(const Log& a, const Log& b) { return std::pair{a.block, a.index} < std::pair{b.block, b.index}; }

}  // namespace

Result<Block> read_node_block(const json& body) {
  constexpr std::uint64_t kMaxSeconds = std::uint64_t{1} << 40U;
  JsonReader in{body};
  Block block;
  block.number = number_in(in, "number", kMaxBlock);
  block.hash = in.bytes32<base::Hash256>("hash");
  block.time = base::Time::from_seconds(static_cast<std::int64_t>(number_in(in, "timestamp", kMaxSeconds)));
  FERRY_CHECK(in.finish());
  return block;
}

Result<NodeReceipt> read_node_receipt(const json& body, const TransactionId& id) {
  JsonReader in{body};
  check_id(in, "transactionHash", id);
  NodeReceipt receipt;
  receipt.block = number_in(in, "blockNumber", kMaxBlock);
  receipt.block_hash = in.bytes32<base::Hash256>("blockHash");
  receipt.succeeded = number_in(in, "status", 1) == 1;
  receipt.gas_used = number_in(in, "gasUsed");
  if (body.is_object() && body.contains("effectiveGasPrice") && !body["effectiveGasPrice"].is_null()) receipt.gas_price = amount_in(in, "effectiveGasPrice");
  FERRY_CHECK(in.finish());
  return receipt;
}

Result<NodeTransaction> read_node_transaction(const json& body, const TransactionId& id) {
  constexpr std::size_t kMaxData = 128 * 1024;
  JsonReader in{body};
  check_id(in, "hash", id);
  NodeTransaction transaction;
  transaction.from = address_in(in, "from");
  transaction.call.to = address_in(in, "to");
  transaction.call.value = amount_in(in, "value");
  transaction.call.data = in.bytes("input", kMaxData);
  transaction.gas_price = amount_in(in, "gasPrice");
  transaction.gas_limit = number_in(in, "gas");
  FERRY_CHECK(in.finish());
  return transaction;
}

Result<std::vector<Log>> read_node_logs(const json& body) {
  if (!body.is_array() || body.size() > kMaxLogs) {
    return base::fail(base::peer_fault("json_member", "the logs must be a list of at most " + std::to_string(kMaxLogs)));
  }
  std::vector<Log> logs;
  for (const auto& item : body) {
    FERRY_TRY(auto log, read_log(item));
    if (!logs.empty() && !is_before(logs.back(), log)) return base::fail(base::peer_fault("json_member", "the logs are not in order"));
    logs.push_back(std::move(log));
  }
  return logs;
}

json write_call(const Call& call, const std::optional<base::Address>& from) {
  json body{{"to", hex_text(call.to.view())}, {"data", hex_text(call.data)}};
  if (from) body["from"] = hex_text(from->view());
  if (!call.value.is_zero()) body["value"] = write_quantity(call.value.units());
  return body;
}

}  // namespace ferry::chain::evm
