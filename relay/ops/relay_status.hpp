#pragma once
// RelayStatus: everything that metrics, API and pages tell about a running relay, read at one moment as plain values, and StatusSources, where
// it is read. What readiness means is decided here too.

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "protocol/base/time.hpp"
#include "relay/ops/process_use.hpp"
#include "relay/ops/settlement.hpp"
#include "relay/shared/content_cache.hpp"
#include "relay/shared/content_counters.hpp"
#include "relay/shared/counters.hpp"
#include "relay/shared/discovery_counters.hpp"
#include "relay/shared/journal_writer.hpp"
#include "relay/shared/ledger_book.hpp"
#include "relay/shared/relay_directory.hpp"

namespace ferry::relay {

/// What does not change while the relay runs.
struct RelayFacts {
  std::string software;   ///< "ferry-relay/0.1.0"
  std::string reference;  ///< ferry://…
  std::string ledger;     ///< the URL by which others can use the same ledger
  std::string ledger_name;
  std::string beneficiary;
  std::string policy;     ///< the exit policy's text
  std::string policy_hash;
  pricing::Tariff tariff;
  base::Time started;
};

struct RelayStatus {
  const RelayFacts* facts = nullptr;
  base::Time now;
  // Summed over workers.
  std::uint64_t connections_accepted = 0, connections_refused = 0, connections_open = 0;
  std::uint64_t sessions_authenticated = 0, sessions_open = 0, streams_open = 0;
  std::uint64_t peer_faults = 0, tls_failures = 0;
  std::uint64_t requests = 0, requests_refused = 0, exit_refusals = 0;
  std::uint64_t chunks_hit = 0, chunks_miss = 0, chunks_redelivered = 0, chunks_witnessed = 0, payload_bytes = 0;
  std::uint64_t tunnels = 0, tunnels_open = 0, tunnel_down_bytes = 0, tunnel_up_bytes = 0;
  std::uint64_t vouchers_accepted = 0, vouchers_refused = 0, credit_waits = 0, ledger_calls = 0;

  LedgerTotals totals;
  SettlementStatus settlement;
  std::string watchtower_trouble;
  std::string ledger_trouble;  ///< why the ledger that this relay keeps cannot be written
  std::uint64_t journal_bytes = 0, journal_records = 0, journal_commits = 0;
  CacheUse cache;
  const ContentCounters* content = nullptr;  ///< still counting; may be null
  const DiscoveryCounters* discovery = nullptr;  ///< the same
  std::uint64_t relays_met = 0;
  ProcessUse process;

  bool draining = false, journal_failed = false, ledger_blind = false;

  /// Why this relay should be sent no clients now; empty when it is ready.
  std::vector<std::string> not_ready() const;
  /// What an operator should know although the relay works.
  std::vector<std::string> notes() const;
};

/// Lifetime: everything named here outlives this. Threads: read() from any.
struct StatusSources {
  RelayFacts facts;
  std::vector<const Counters*> workers;
  const LedgerBook* book = nullptr;
  const JournalWriter* journal = nullptr;
  const Settlement* settlement = nullptr;
  const ContentCache* cache = nullptr;        ///< null: none
  const ContentCounters* content = nullptr;   ///< null: none
  const std::atomic<bool>* draining = nullptr;
  const std::atomic<bool>* ledger_blind = nullptr;

  const RelayDirectory* directory = nullptr;       ///< null: none
  const DiscoveryCounters* discovery = nullptr;    ///< null: none
  std::function<std::string()> watchtower_trouble{};  ///< empty: no watchtower
  std::function<std::string()> ledger_trouble{};      ///< empty: the ledger is another's

  RelayStatus read(base::Time now) const;
};

}  // namespace ferry::relay
