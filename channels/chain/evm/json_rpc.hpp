#pragma once
// JSON-RPC 2.0: the text of one question, and the strict reading of its answer. Pure; what carries the texts is a JsonRpcTransport.
// Source: jsonrpc.org specification; EIP-1474.

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "channels/chain/chain_backend.hpp"

namespace ferry::chain::evm {

/// The longest answer that is read: a page of logs is the longest that is asked for.
inline constexpr std::size_t kMaxRpcText = 4 * 1024 * 1024;

/// Sends a question's text and waits, within a limit, for the answer's; blocks. ok: a text came back, whatever it says. failed: nothing was sent.
/// unknown: it may have been sent. Threads: must be callable from any.
using JsonRpcTransport = std::function<Outcome<std::string>(std::string body)>;

/// The node understood, and says no.
struct RpcError {
  std::int64_t code = 0;
  std::string message;               ///< bounded, safe to show
  std::optional<base::Bytes> data;   ///< of a reverted call: what the contract said
};

using RpcAnswer = std::variant<nlohmann::json, RpcError>;

std::string write_rpc_question(std::uint64_t id, std::string_view method, nlohmann::json params);

/// Errors: peer_fault "rpc_answer" (no JSON, too long, another id, neither result nor error).
base::Result<RpcAnswer> read_rpc_answer(std::string_view text, std::uint64_t id);

}  // namespace ferry::chain::evm
