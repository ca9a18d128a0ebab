#pragma once
// Node: what every worker of one relay process shares, as references to what main() owns. Immutable, or thread-safe by its own type
// (relay/shared). Outlives all workers.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "channels/chain/chain_backend.hpp"
#include "protocol/base/key.hpp"
#include "protocol/base/time.hpp"
#include "protocol/wire/tls_engine.hpp"
#include "relay/exit/exit_policy.hpp"
#include "relay/shared/blocking_pool.hpp"
#include "relay/shared/ledger_book.hpp"
#include "relay/shared/relay_directory.hpp"
#include "relay/shared/settings.hpp"

namespace ferry::relay {

/// Answers one ledger API call (docs/ledger.md) with JSON; blocks.
using LedgerApi = std::function<std::string(std::string method, std::string body)>;

/// Searches for relays that say that they hold and sell an object, and gives at most `limit` of their descriptors to `found`, once, from whatever
/// thread. Returns at once.
using SearchHolders = std::function<void(base::Hash256 root, std::size_t limit, std::function<void(std::vector<base::Bytes>)> found)>;

struct Node {
  const RelaySettings& settings;
  const base::SecretKey& identity;
  base::Address receiver;              ///< beneficiary of the channels
  const chain::ChainInfo& chain;
  base::Hash256 domain_separator;      ///< of chain.domain
  const exit::ExitPolicy& exit_policy;
  LedgerBook& book;
  chain::ChainBackend& backend;        ///< thread-safe, blocks: only on the pool
  LedgerApi ledger_api;
  BlockingPool& pool;
  std::shared_ptr<wire::TlsContext> tls;
  std::string software;                ///< "ferry-relay/0.1.0"
  std::string front_page;              ///< the abuse notice, HTML
  std::atomic<bool>& draining;
  const RelayDirectory* directory = nullptr;           ///< null: nobody is known, nor this relay's own descriptor
  SearchHolders search_holders{};                      ///< empty: nobody is searched for
  const std::atomic<bool>* ledger_blind = nullptr;  ///< the ledger cannot be watched: nothing new is sold; null: always watched

  /// Wall clock, the only one that peers' times are compared with.
  static base::Time now();
};

}  // namespace ferry::relay
