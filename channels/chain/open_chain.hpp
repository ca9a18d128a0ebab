#pragma once
// open_chain: from a ledger's URL that names a chain to its backend, whatever chain it is, over HTTP.

#include <chrono>
#include <memory>
#include <optional>

#include "channels/chain/chain_backend.hpp"
#include "channels/chain/ledger_url.hpp"

namespace ferry::chain {

/// Asks nothing yet: info() shows whether the chain answers and is the right one. `longest_wait`: submit() waits no longer for its
/// transaction, whatever the URL says. Precondition: url.kind is chain.
std::unique_ptr<ChainBackend> open_chain(const LedgerUrl& url, std::optional<std::chrono::seconds> longest_wait = {});

}  // namespace ferry::chain
