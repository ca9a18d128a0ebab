#include "relay/ops/settlement.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace ferry::relay {

using base::Result;

namespace {

/// Nodes of the chain contradict each other: nothing that they say is believed.
bool is_contradiction(const base::Error& error) { return error.code == "chain_disagrees" || error.code == "chain_behind"; }

}  // namespace

Settlement::Settlement(LedgerBook& book, chain::ChainBackend& backend, const base::SecretKey& identity, SettlementTerms terms)
    : book_(book),
      backend_(backend),
      identity_(identity),
      terms_(std::move(terms)),
      transactions_(book, backend, identity, terms_.outbid_after) {
  status_.unsettled = book.account().unsettled;
}

Result<void> Settlement::catch_up(base::Time now) { return recovered_ ? Result<void>{} : remember(recover(now)); }

Result<void> Settlement::tick(base::Time now) {
  FERRY_CHECK(catch_up(now));
  FERRY_CHECK(remember(watch(now)));
  if (now >= next_claim_ || transactions_.pending() > 0) return claim(now, Occasion::routine);
  if (has_urgent_claim()) return remember(claim_all(now, Occasion::routine, Scope::withdrawing));
  return {};
}

Result<void> Settlement::claim(base::Time now, Occasion occasion) {
  auto outcome = remember(claim_all(now, occasion, Scope::all));
  const std::lock_guard lock(mutex_);
  if (outcome) status_.last_claim = now;
  return outcome;
}

bool Settlement::has_urgent_claim() const {
  return std::ranges::any_of(candidates(Occasion::routine, Scope::withdrawing), [this](const ClaimCandidate& row) {
    const auto known = hopeless_.find(row.channel);
    return !row.refused && (known == hopeless_.end() || known->second != row.brings);
  });
}

void Settlement::saw_ledger(base::Time now) {
  const std::lock_guard lock(mutex_);
  status_.last_seen = now;
  contradicted_ = false;
}

bool Settlement::is_blind(base::Time now) const {
  const std::lock_guard lock(mutex_);
  return contradicted_ || status_.last_seen == base::Time{} || now - status_.last_seen > terms_.blind_after;
}

SettlementStatus Settlement::status() const {
  const std::size_t pending = transactions_.pending();
  const auto fees = book_.account().fees;
  const std::lock_guard lock(mutex_);
  auto status = status_;
  status.pending = pending;
  status.fees = fees;
  for (const auto& [id, refusal] : refused_) status.refused.push_back(refusal.told);
  return status;
}

Result<void> Settlement::remember(Result<void> outcome) {
  const std::lock_guard lock(mutex_);
  std::string trouble = outcome ? "" : outcome.error().code + ": " + outcome.error().message;
  if (!trouble.empty() && trouble != status_.trouble) spdlog::warn("settlement: {}", trouble);
  if (!outcome && is_contradiction(outcome.error())) contradicted_ = true;
  status_.trouble = std::move(trouble);
  return outcome;
}

}  // namespace ferry::relay
