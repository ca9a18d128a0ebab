#pragma once
// The ledger that the settings name, opened: the private one in the data directory, the one that another relay keeps, or a
// contract on a chain.

#include <functional>
#include <memory>
#include <string>

#include "channels/chain/chain_backend.hpp"
#include "channels/chain/embedded_ledger.hpp"
#include "relay/ops/data_directory.hpp"
#include "relay/shared/settings.hpp"

namespace ferry::relay {

struct OpenedLedger {
  std::unique_ptr<chain::ChainBackend> backend;
  std::string kind;                           ///< "embedded", "remote", "chain"
  chain::EmbeddedLedger* embedded = nullptr;  ///< the backend, if it is one
  chain::ChainInfo info;
  /// Answers one call of the ledger API with JSON, for clients who reach the ledger through this relay; blocks.
  std::function<std::string(std::string method, std::string body)> api;
};

/// Errors: those of LedgerUrl and EmbeddedLedger; environment "ledger_unreachable" when another relay's does not answer; the chain's own, as
/// environment.
base::Result<OpenedLedger> open_ledger(const LedgerSettings& settings, const DataDirectory& data);

}  // namespace ferry::relay
