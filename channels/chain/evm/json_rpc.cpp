#include "channels/chain/evm/json_rpc.hpp"

#include <utility>

#include "channels/chain/json_reader.hpp"

namespace ferry::chain::evm {
namespace {

using base::Result;
using nlohmann::json;

constexpr int kMaxDepth = 8;  // a receipt with its logs takes five

base::Unexpected senseless(const std::string& why) { return base::fail(base::peer_fault("rpc_answer", "the answer makes no sense: " + why)); }

Result<RpcError> read_rpc_error(const json& body) {
  if (!body.is_object() || !body.contains("code") || !body["code"].is_number_integer()) return senseless("its error has no code");
  RpcError error;
  // A code above 2^63 cannot be held and is none of the known ones.
  if (!body["code"].is_number_unsigned() || body["code"].get<std::uint64_t>() <= kMaxJsonNumber) error.code = body["code"].get<std::int64_t>();
  if (const auto message = body.find("message"); message != body.end() && message->is_string()) {
    error.message = base::printable(message->get_ref<const std::string&>(), 300);
  }
  if (const auto data = body.find("data"); data != body.end() && data->is_string()) error.data = base::from_hex(data->get_ref<const std::string&>());
  return error;
}

}  // namespace

std::string write_rpc_question(std::uint64_t id, std::string_view method, json params) {
  return json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}}.dump();
}

Result<RpcAnswer> read_rpc_answer(std::string_view text, std::uint64_t id) {
  auto parsed = parse_json(text, kMaxRpcText, kMaxDepth);
  if (!parsed) return senseless(parsed.error().message);
  json& body = *parsed;
  if (!body.is_object()) return senseless("it is no object");
  const auto version = body.find("jsonrpc");
  if (version == body.end() || *version != "2.0") return senseless("it is not JSON-RPC 2.0");
  const auto told = body.find("id");
  if (told == body.end() || !told->is_number_unsigned() || told->get<std::uint64_t>() != id) return senseless("it is the answer to another question");
  if (const auto error = body.find("error"); error != body.end() && !error->is_null()) {
    FERRY_TRY(auto read, read_rpc_error(*error));
    return RpcAnswer{std::move(read)};
  }
  const auto result = body.find("result");
  if (result == body.end()) return senseless("it has neither a result nor an error");
  return RpcAnswer{std::move(*result)};
}

}  // namespace ferry::chain::evm
