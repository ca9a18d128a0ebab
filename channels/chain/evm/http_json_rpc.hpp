#pragma once
// The JsonRpcTransport of a node that is reached through HTTP.

#include <string>

#include "channels/chain/evm/json_rpc.hpp"
#include "channels/chain/http_post.hpp"

namespace ferry::chain::evm {

/// Outcomes: failed with environment "rpc_unreachable" (nothing was sent); unknown with environment "rpc_no_answer", "rpc_status" (no JSON-RPC
/// but a page of another HTTP status than 200) or peer_fault "rpc_too_long" (beyond kMaxRpcText).
/// `url`: "http(s)://…", as EvmUrl has checked it; its path may hold a secret and is in no error.
JsonRpcTransport http_json_rpc(std::string url, std::chrono::milliseconds connect_timeout = std::chrono::seconds(5),
                               std::chrono::milliseconds total_timeout = std::chrono::seconds(15));

}  // namespace ferry::chain::evm
