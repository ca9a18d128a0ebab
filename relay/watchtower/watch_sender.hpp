#pragma once
// WatchSender: the relay's side: leaves the claims of its channels with a watchtower whenever so much has come to one that a claim of it would
// pay. What was sent is remembered until the process ends; after a start everything is sent again, which changes nothing there.
// Threads: send_changes() from one; trouble() from any.

#include <mutex>
#include <string>
#include <unordered_map>

#include "channels/chain/chain_backend.hpp"
#include "channels/chain/http_post.hpp"
#include "protocol/base/key.hpp"
#include "relay/shared/ledger_book.hpp"

namespace ferry::relay {

class WatchSender {
 public:
  /// `url`: "http(s)://host[:port]". Lifetime: everything named here outlives this.
  WatchSender(const LedgerBook& book, chain::ChainBackend& backend, const base::SecretKey& identity, base::Hash256 domain_separator, std::string url);

  /// Blocks, at most some 20 s for each 200 rows. Errors: environment "watchtower_unreachable"; refusal "watchtower_refused".
  base::Result<void> send_changes();
  /// What the last attempt failed of; empty when it went well.
  std::string trouble() const;

 private:
  base::Result<void> send();
  base::Result<void> post(const std::string& body) const;

  const LedgerBook& book_;
  chain::ChainBackend& backend_;
  const base::SecretKey& identity_;
  const base::Hash256 domain_separator_;
  const std::string url_;
  const chain::HttpPost http_;
  std::unordered_map<base::ChannelId, base::Amount, base::Bytes32Hasher> sent_;
  mutable std::mutex mutex_;
  std::string trouble_;  // under mutex_
};

}  // namespace ferry::relay
