#include "relay/ops/claim_policy.hpp"

#include <algorithm>

namespace ferry::relay {

using base::Amount;

namespace {

Amount times(Amount amount, std::uint64_t factor) { return amount.times(factor).value_or(Amount::max()); }

/// Why a row by itself is claimed, or why not.
ClaimReason reason_of(const ClaimTerms& terms, const ClaimCosts& costs, const ClaimCandidate& row, Occasion occasion, base::Time now) {
  if (row.refused) return ClaimReason::refused;
  if (row.brings < costs.per_row) return ClaimReason::dust;
  if (row.withdrawing) return ClaimReason::withdrawal;
  if (occasion == Occasion::asked) return ClaimReason::asked;
  if (row.brings >= times(costs.per_row, terms.worth)) return ClaimReason::worth;
  if (row.brings < times(costs.per_row, terms.worth_when_old)) return ClaimReason::waits;
  if (occasion == Occasion::stopping) return ClaimReason::stopping;
  if (now - row.since > terms.old_after) return ClaimReason::old;
  return row.left < times(row.window, 2) ? ClaimReason::nearly_used : ClaimReason::waits;
}

using Chosen = std::vector<ClaimDecision*>;

Amount sum_of(const Chosen& rows) {
  Amount sum;
  for (const auto* row : rows) sum = sum.plus_saturated(row->brings);
  return sum;
}

void share_costs(const ClaimCosts& costs, const Chosen& rows) {
  const bool pays = sum_of(rows) >= costs.of_rows(rows.size());
  for (auto* row : rows) {
    if (pays) row->costs = row->costs.plus_saturated(costs.per_claim.scaled_up(1, rows.size()).value_or(costs.per_claim));
    else row->reason = ClaimReason::batch_small;
  }
}

}  // namespace

Amount ClaimCosts::of_rows(std::size_t rows) const { return per_claim.plus_saturated(times(per_row, rows)); }

std::string_view to_string(ClaimReason reason) {
  switch (reason) {
    case ClaimReason::withdrawal: return "withdrawal";
    case ClaimReason::worth: return "worth";
    case ClaimReason::old: return "old";
    case ClaimReason::nearly_used: return "nearly_used";
    case ClaimReason::stopping: return "stopping";
    case ClaimReason::asked: return "asked";
    case ClaimReason::dust: return "dust";
    case ClaimReason::waits: return "waits";
    case ClaimReason::batch_small: return "batch_small";
    case ClaimReason::refused: return "refused";
  }
  return "unknown";
}

std::string_view to_string(SettleReason reason) {
  switch (reason) {
    case SettleReason::nothing: return "nothing";
    case SettleReason::too_little: return "too_little";
    case SettleReason::worth: return "worth";
    case SettleReason::due: return "due";
    case SettleReason::asked: return "asked";
  }
  return "unknown";
}

std::vector<ClaimDecision> decide_claims(const ClaimTerms& terms, const ClaimCosts& costs, const std::vector<ClaimCandidate>& candidates,
                                         Occasion occasion, base::Time now, std::size_t batch) {
  std::vector<ClaimDecision> decisions;
  decisions.reserve(candidates.size());
  for (const auto& row : candidates) {
    decisions.push_back({row.channel, row.brings, costs.per_row, reason_of(terms, costs, row, occasion, now)});
  }
  const auto comes_first = [](const ClaimDecision& a, const ClaimDecision& b) {
    const bool urgent_a = a.reason == ClaimReason::withdrawal, urgent_b = b.reason == ClaimReason::withdrawal;
    return urgent_a != urgent_b ? urgent_a : a.brings > b.brings;
  };
  std::ranges::stable_sort(decisions, comes_first);
  Chosen rows;
  for (auto& decision : decisions) {
    if (!is_claimed(decision.reason)) continue;
    rows.push_back(&decision);
    if (rows.size() < batch) continue;
    share_costs(costs, rows);
    rows.clear();
  }
  if (!rows.empty()) share_costs(costs, rows);
  return decisions;
}

SettleReason decide_settle(const ClaimTerms& terms, const ClaimCosts& costs, Amount unsettled, base::Time settled_at, Occasion occasion,
                           base::Time now) {
  if (unsettled.is_zero()) return SettleReason::nothing;
  if (unsettled < costs.settle) return SettleReason::too_little;
  if (unsettled >= times(costs.settle, terms.settle_worth)) return SettleReason::worth;
  if (occasion == Occasion::asked) return SettleReason::asked;
  return now - settled_at >= terms.settle_every ? SettleReason::due : SettleReason::too_little;
}

}  // namespace ferry::relay
