#include "channels/chain/open_chain.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "channels/chain/evm/evm_backend.hpp"
#include "channels/chain/evm/http_json_rpc.hpp"

namespace ferry::chain {

std::unique_ptr<ChainBackend> open_chain(const LedgerUrl& url, std::optional<std::chrono::seconds> longest_wait) {
  std::vector<evm::JsonRpcTransport> transports;
  for (const auto& node : url.evm->nodes) transports.push_back(evm::http_json_rpc(node));
  auto terms = evm::real_terms();
  terms.wait = std::chrono::seconds(url.evm->wait_seconds);
  if (longest_wait) terms.wait = std::min<base::Duration>(terms.wait, *longest_wait);
  return std::make_unique<evm::EvmBackend>(*url.evm, std::move(transports), std::move(terms));
}

}  // namespace ferry::chain
