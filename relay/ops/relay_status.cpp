#include "relay/ops/relay_status.hpp"

namespace ferry::relay {

namespace {

std::uint64_t value(const Counters::Count& counter) { return counter.load(std::memory_order_relaxed); }

void add(RelayStatus& status, const Counters& worker) {
  status.connections_accepted += value(worker.connections_accepted);
  status.connections_refused += value(worker.connections_refused);
  status.connections_open += value(worker.connections_open);
  status.sessions_authenticated += value(worker.sessions_authenticated);
  status.sessions_open += value(worker.sessions_open);
  status.streams_open += value(worker.streams_open);
  status.peer_faults += value(worker.peer_faults);
  status.tls_failures += value(worker.tls_failures);
  status.requests += value(worker.requests);
  status.requests_refused += value(worker.requests_refused);
  status.exit_refusals += value(worker.exit_refusals);
  status.chunks_hit += value(worker.chunks_hit);
  status.chunks_miss += value(worker.chunks_miss);
  status.chunks_redelivered += value(worker.chunks_redelivered);
  status.chunks_witnessed += value(worker.chunks_witnessed);
  status.payload_bytes += value(worker.payload_bytes);
  status.tunnels += value(worker.tunnels);
  status.tunnels_open += value(worker.tunnels_open);
  status.tunnel_down_bytes += value(worker.tunnel_down_bytes);
  status.tunnel_up_bytes += value(worker.tunnel_up_bytes);
  status.vouchers_accepted += value(worker.vouchers_accepted);
  status.vouchers_refused += value(worker.vouchers_refused);
  status.credit_waits += value(worker.credit_waits);
  status.ledger_calls += value(worker.ledger_calls);
}

}  // namespace

RelayStatus StatusSources::read(base::Time now) const {
  RelayStatus status;
  status.facts = &facts;
  status.now = now;
  for (const auto* worker : workers) add(status, *worker);
  status.totals = book->totals();
  status.settlement = settlement->status();
  if (watchtower_trouble) status.watchtower_trouble = watchtower_trouble();
  if (ledger_trouble) status.ledger_trouble = ledger_trouble();
  status.journal_bytes = journal->size_bytes();
  status.journal_records = journal->records();
  status.journal_commits = journal->commits();
  status.journal_failed = journal->failed();
  if (cache != nullptr) status.cache = cache->use();
  status.content = content;
  status.discovery = discovery;
  if (directory != nullptr) status.relays_met = directory->size();
  status.process = read_process_use();
  status.draining = draining->load(std::memory_order_relaxed);
  status.ledger_blind = ledger_blind->load(std::memory_order_relaxed);
  return status;
}

std::vector<std::string> RelayStatus::not_ready() const {
  std::vector<std::string> reasons;
  if (draining) reasons.emplace_back("draining: the relay is shutting down");
  if (journal_failed) reasons.emplace_back("journal failed: nothing can be made durable; mend the disk and restart the relay");
  if (ledger_blind) reasons.emplace_back("ledger out of sight: withdrawals could go unseen, so nothing is sold until it answers again");
  return reasons;
}

std::vector<std::string> RelayStatus::notes() const {
  std::vector<std::string> notes;
  if (!cache.disk_writable) notes.emplace_back("the disk cache cannot be written (full?): the relay goes on from memory");
  if (settlement.pending > 0) notes.emplace_back("the fate of a transaction on the ledger is not known yet");
  if (settlement.lacks_fee_money()) {
    notes.push_back("fee money is low: the relay's own account holds " + settlement.fee_money->to_btt() + " of the chain's coin and should hold " +
                    settlement.fee_money_wanted.to_btt() + ", else it cannot claim");
  }
  if (!settlement.refused.empty()) notes.push_back("the ledger refuses claims of " + std::to_string(settlement.refused.size()) + " channels: see /api/v1/earnings");
  if (!settlement.trouble.empty()) notes.push_back("settlement: " + settlement.trouble);
  if (!watchtower_trouble.empty()) notes.push_back(watchtower_trouble);
  if (!ledger_trouble.empty()) notes.push_back("nobody can open or top up a channel: " + ledger_trouble);
  // Each client needs a descriptor, and so does each transfer from an origin.
  if (process.max_files > 0 && process.open_files * 10 > process.max_files * 9) notes.emplace_back("nearly out of file descriptors: raise ulimit -n");
  return notes;
}

}  // namespace ferry::relay
