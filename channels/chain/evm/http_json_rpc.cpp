#include "channels/chain/evm/http_json_rpc.hpp"

#include <utility>

namespace ferry::chain::evm {

JsonRpcTransport http_json_rpc(std::string url, std::chrono::milliseconds connect_timeout, std::chrono::milliseconds total_timeout) {
  HttpPost post{HttpPost::Terms{connect_timeout, total_timeout, kMaxRpcText, {}}};
  return [url = std::move(url), post = std::move(post)](const std::string& body) {
    using Told = Outcome<std::string>;
    auto answer = post(url, body);
    if (!answer) {
      const auto& failure = answer.error();
      if (failure.too_long) return Told::unknown(base::peer_fault("rpc_too_long", "the answer is longer than is read"));
      if (failure.nothing_was_sent) return Told::failed(base::environment("rpc_unreachable", "it cannot be reached: " + failure.why));
      return Told::unknown(base::environment("rpc_no_answer", "it gave no answer: " + failure.why));
    }
    // Some nodes put an error of JSON-RPC under another status; a gateway's page is no JSON.
    constexpr long kOk = 200;
    if (answer->status != kOk && !answer->text.starts_with('{')) {
      return Told::unknown(base::environment("rpc_status", "it answered with the HTTP status " + std::to_string(answer->status)));
    }
    return Told::ok(std::move(answer->text));
  };
}

}  // namespace ferry::chain::evm
