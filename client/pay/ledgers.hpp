#pragma once
// Ledgers: the one place that decides who is asked about the channels of a ledger: the nodes of a chain that the user named, else the relay,
// through its session. Which chain is which is the user's word, never a relay's.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "channels/chain/chain_backend.hpp"
#include "channels/chain/ledger_transport.hpp"
#include "channels/chain/ledger_url.hpp"
#include "protocol/base/time.hpp"

namespace ferry::client {

/// Makes a chain's backend; tests put another in. Precondition: the URL is one of those that the user named.
using OpenChain = std::function<std::unique_ptr<chain::ChainBackend>(const chain::LedgerUrl&)>;

/// Whether this build can reach chains at all (CMake option FERRY_CLIENT_CHAINS).
bool knows_chains();
/// From the URL, over HTTP. Precondition: knows_chains().
std::unique_ptr<chain::ChainBackend> open_named_chain(const chain::LedgerUrl& url);

/// A ledger that may be asked.
struct Ledger {
  std::shared_ptr<chain::ChainBackend> backend;
  base::Duration patience{0};  ///< how long the fate of a transaction is waited for; zero: a few attempts
};

/// Finds out who is to be asked. Blocks: nodes may have to be asked which chain they are on. Errors: refusals "chain_not_named" (the relay is paid
/// on a chain that the user did not name; says what to set), "chain_mismatch" (the nodes are on another chain); environment "relay_unreachable";
/// those of ChainBackend::info(). Lifetime: within that of Ledgers. Threads: any but the loop's.
using LedgerAccess = std::function<base::Result<Ledger>()>;

/// The BlockingPool's queue of a ledger. What sends transactions on it stands in this one.
std::string queue_of(const base::Domain& ledger);
/// For what asks several ledgers and sends nothing.
inline constexpr const char* kQueueOfQuestions = "questions";

class Ledgers {
 public:
  /// `patience`: for transactions on chains.
  Ledgers(const std::vector<chain::LedgerUrl>& chains, OpenChain open, base::Duration patience);
  Ledgers(const Ledgers&) = delete;
  Ledgers& operator=(const Ledgers&) = delete;

  /// `through_relay`: of a relay that serves this ledger; empty when none is connected. Threads: any.
  LedgerAccess at(const base::Domain& ledger, chain::LedgerTransport through_relay);
  /// One for each chain that was named, in that order. Threads: any.
  std::vector<LedgerAccess> named();
  /// A chain that was named is probably this one: no relay is needed to ask about it.
  bool may_be_named(const base::Domain& ledger) const;

 private:
  struct Chain {
    chain::LedgerUrl url;
    std::mutex mutex;
    std::shared_ptr<chain::ChainBackend> backend;  // under mutex; once it was needed
    std::optional<base::Domain> domain;            // under mutex; once the nodes have told it
  };
  base::Result<Ledger> open(Chain& chain, const base::Domain* wanted);
  base::Result<Ledger> open(const base::Domain& wanted, const chain::LedgerTransport& through_relay);

  OpenChain open_;
  base::Duration patience_;
  std::vector<std::unique_ptr<Chain>> chains_;
};

}  // namespace ferry::client
