#include "channels/chain/evm/json_rpc.hpp"

#include <doctest/doctest.h>

using namespace ferry;
using namespace ferry::chain::evm;

namespace {

std::string told(const std::string& text, std::uint64_t id = 7) {
  const auto read = read_rpc_answer(text, id);
  if (!read) return read.error().code;
  if (const auto* error = std::get_if<RpcError>(&*read)) return "error " + std::to_string(error->code) + " " + error->message;
  return "result " + std::get<nlohmann::json>(*read).dump();
}

}  // namespace

TEST_CASE("json-rpc: a question names its version, id, method and parameters") {
  const auto question = nlohmann::json::parse(write_rpc_question(7, "eth_chainId", nlohmann::json::array()));
  CHECK(question == nlohmann::json{{"jsonrpc", "2.0"}, {"id", 7}, {"method", "eth_chainId"}, {"params", nlohmann::json::array()}});
}

TEST_CASE("json-rpc: a result or an error is read") {
  CHECK(told(R"({"jsonrpc":"2.0","id":7,"result":"0x1"})") == R"(result "0x1")");
  CHECK(told(R"({"jsonrpc":"2.0","id":7,"result":null})") == "result null");
  CHECK(told(R"({"jsonrpc":"2.0","id":7,"result":null,"error":{"code":-32000,"message":"no"}})") == "error -32000 no");
  CHECK(told(R"({"jsonrpc":"2.0","id":7,"error":{"code":3,"message":"a\nb"}})") == "error 3 a?b");
  const auto reverted = read_rpc_answer(R"({"jsonrpc":"2.0","id":7,"error":{"code":3,"message":"execution reverted","data":"0x01ff"}})", 7);
  CHECK(std::get<RpcError>(*reverted).data == base::Bytes{1, 0xff});
}

TEST_CASE("json-rpc: what is no answer to the question is a fault of the node") {
  CHECK(told("") == "rpc_answer");
  CHECK(told("<html>") == "rpc_answer");
  CHECK(told("[]") == "rpc_answer");
  CHECK(told("7") == "rpc_answer");
  CHECK(told(R"({"jsonrpc":"2.0","id":8,"result":1})") == "rpc_answer");
  CHECK(told(R"({"jsonrpc":"2.0","id":"7","result":1})") == "rpc_answer");
  CHECK(told(R"({"jsonrpc":"2.0","id":-7,"result":1})") == "rpc_answer");
  CHECK(told(R"({"jsonrpc":"2.0","result":1})") == "rpc_answer");
  CHECK(told(R"({"jsonrpc":"1.0","id":7,"result":1})") == "rpc_answer");
  CHECK(told(R"({"id":7,"result":1})") == "rpc_answer");
  CHECK(told(R"({"jsonrpc":"2.0","id":7})") == "rpc_answer");
  CHECK(told(R"({"jsonrpc":"2.0","id":7,"error":"no"})") == "rpc_answer");
  CHECK(told(R"({"jsonrpc":"2.0","id":7,"result":1,"result":2})") == "rpc_answer");
  CHECK(told(R"({"jsonrpc":"2.0","id":7,"result":)" + std::string(9, '[') + std::string(9, ']') + "}") == "rpc_answer");
  CHECK(told(R"({"jsonrpc":"2.0","id":7,"result":")" + std::string(kMaxRpcText, 'a') + "\"}") == "rpc_answer");
  CHECK(told(R"({"jsonrpc":"2.0","id":7,"error":{"code":99999999999999999999,"message":"no"}})") == "rpc_answer");
}
