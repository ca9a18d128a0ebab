#pragma once
// The JSON of a node's answers: blocks, receipts, transactions, logs, read strictly. Pure. Source: the Ethereum JSON-RPC specification.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "channels/chain/evm/node.hpp"

namespace ferry::chain::evm {

/// More logs than this are not read from one answer.
inline constexpr std::size_t kMaxLogs = 10'000;

// Errors: peer_fault "json_member".
base::Result<Block> read_node_block(const nlohmann::json& body);
/// `id` is what was asked for: the receipt of another transaction is an error.
base::Result<NodeReceipt> read_node_receipt(const nlohmann::json& body, const TransactionId& id);
base::Result<NodeTransaction> read_node_transaction(const nlohmann::json& body, const TransactionId& id);
/// In the order of block and index; logs that a reorganisation removed are an error.
base::Result<std::vector<Log>> read_node_logs(const nlohmann::json& body);

nlohmann::json write_call(const Call& call, const std::optional<base::Address>& from);

}  // namespace ferry::chain::evm
