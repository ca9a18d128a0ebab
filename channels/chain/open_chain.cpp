#include "channels/chain/open_chain.hpp"

#include <utility>
#include <vector>

#include "channels/chain/evm/evm_backend.hpp"
#include "channels/chain/evm/http_json_rpc.hpp"

namespace ferry::chain {

std::unique_ptr<ChainBackend> open_chain(const LedgerUrl& url) {
  std::vector<evm::JsonRpcTransport> transports;
  for (const auto& node : url.evm->nodes) transports.push_back(evm::http_json_rpc(node));
  auto terms = evm::real_terms();
  terms.wait = std::chrono::seconds(url.evm->wait_seconds);
  return std::make_unique<evm::EvmBackend>(*url.evm, std::move(transports), std::move(terms));
}

}  // namespace ferry::chain
