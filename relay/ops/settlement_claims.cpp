// Settlement: what is claimed and settled, at what cost.

#include <spdlog/spdlog.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "channels/chain/ledger_transaction.hpp"
#include "relay/ops/ledger_error.hpp"
#include "relay/ops/settlement.hpp"

namespace ferry::relay {

using base::Amount;
using base::Result;
using channels::ClaimRow;
using Fate = OwnTransactions::Fate;

namespace {

constexpr std::size_t kMaxRefused = 1000;  ///< that are remembered
constexpr Amount::Raw kClaimsInHand = 5;   ///< the account should hold the fees of so many full claims

base::Unexpected still_pending(const std::string& why) {
  const std::string reason = why.empty() ? "" : " (" + why + ")";
  return base::fail(base::environment("settlement_pending", "the ledger has not told yet what became of an earlier transaction" + reason + "; it is asked again soon"));
}

/// A claim of so many rows, only to ask what it costs.
chain::Action claim_of(std::size_t rows) { return chain::Claim{std::vector<ClaimRow>(rows), {}}; }

ClaimCandidate candidate_of(const base::ChannelId& id, const channels::RelayChannel& channel) {
  ClaimCandidate candidate;
  candidate.channel = id;
  candidate.brings = channel.claimable();
  candidate.since = channel.unclaimed_since;
  candidate.withdrawing = !channel.chain.pending_withdraw.is_zero();
  candidate.left = channel.chain.balance.minus_floored(channel.charged);
  return candidate;
}

}  // namespace

Result<Amount> Settlement::cost_of(const chain::Action& action) const {
  const auto fee = backend_.expected_fee(action);
  if (!fee.is_ok()) return error_of(fee);
  if (terms_.fees != chain::Fees::in_native) return *fee.value;
  return fee.value->scaled_up(terms_.coin_price.units(), Amount::btt(1).units()).value_or(Amount::max());
}

Result<ClaimCosts> Settlement::read_costs() const {
  if (terms_.fees == chain::Fees::none) return ClaimCosts{};
  FERRY_TRY(const auto one, cost_of(claim_of(1)));
  FERRY_TRY(const auto many, cost_of(claim_of(chain::kMaxClaimRows)));
  ClaimCosts costs;
  costs.per_row = many.minus_floored(one).scaled_up(1, chain::kMaxClaimRows - 1).value_or(Amount::max());
  costs.per_claim = one.minus_floored(costs.per_row);
  FERRY_TRY(costs.settle, cost_of(chain::Settle{terms_.receiver, terms_.token}));
  return costs;
}

Result<void> Settlement::read_fee_money() {
  if (terms_.fees == chain::Fees::none) return {};
  const auto balance = backend_.fee_balance_of(identity_.address());
  if (!balance.is_ok()) return error_of(balance);
  const auto fee = backend_.expected_fee(claim_of(chain::kMaxClaimRows));
  if (!fee.is_ok()) return error_of(fee);
  const std::lock_guard lock(mutex_);
  status_.fee_money = *balance.value;
  status_.fee_money_wanted = fee.value->times(kClaimsInHand).value_or(Amount::max());
  return {};
}

std::vector<ClaimCandidate> Settlement::candidates(Occasion occasion, Scope scope) const {
  std::vector<ClaimCandidate> found;
  std::vector<base::Address> payers;
  book_.each_channel([&](const base::ChannelId& id, const channels::RelayChannel& channel) {
    if (scope == Scope::withdrawing && channel.chain.pending_withdraw.is_zero()) return;
    if (!channel.claim_row()) return;
    found.push_back(candidate_of(id, channel));
    payers.push_back(channel.config.payer);
  });
  for (std::size_t i = 0; i < found.size(); ++i) complete(found[i], payers[i], occasion);
  return found;
}

void Settlement::complete(ClaimCandidate& candidate, const base::Address& payer, Occasion occasion) const {
  candidate.window = terms_.chunk_price.times(book_.credit_chunks(payer, terms_.chunk_price)).value_or(Amount::max());
  const std::lock_guard lock(mutex_);
  const auto refusal = refused_.find(candidate.channel);
  // The operator's word tries again what was refused.
  candidate.refused = occasion != Occasion::asked && refusal != refused_.end() && refusal->second.brings == candidate.brings;
}

Result<SettlementPreview> Settlement::preview(base::Time now, Occasion occasion) const {
  SettlementPreview preview;
  FERRY_TRY(preview.costs, read_costs());
  preview.claims = decide_claims(terms_.claims, preview.costs, candidates(occasion, Scope::all), occasion, now, chain::kMaxClaimRows);
  const auto unsettled = backend_.unsettled(terms_.receiver, terms_.token);
  if (!unsettled.is_ok()) return error_of(unsettled);
  preview.unsettled = *unsettled.value;
  Amount after = preview.unsettled;
  for (const auto& claim : preview.claims) {
    if (is_claimed(claim.reason)) after = after.plus_saturated(claim.brings);
  }
  const auto settled_at = book_.account().settled_at;
  preview.settle = decide_settle(terms_.claims, preview.costs, after, settled_at == base::Time{} ? now : settled_at, occasion, now);
  return preview;
}

Result<std::vector<ClaimRow>> Settlement::rows_of(std::span<const base::ChannelId> batch, const ClaimCosts& costs, base::Time now, Occasion occasion) {
  FERRY_CHECK(read_again(batch));
  std::vector<ClaimCandidate> left;
  std::unordered_map<base::ChannelId, ClaimRow, base::Bytes32Hasher> rows;
  for (const auto& id : batch) {
    const auto channel = book_.find(id);
    auto row = channel ? channel->claim_row() : std::nullopt;
    if (!row) continue;
    left.push_back(candidate_of(id, *channel));
    complete(left.back(), channel->config.payer, occasion);
    rows.emplace(id, std::move(*row));
  }
  std::vector<ClaimRow> chosen;
  for (const auto& decision : decide_claims(terms_.claims, costs, left, occasion, now, chain::kMaxClaimRows)) {
    if (is_claimed(decision.reason)) chosen.push_back(std::move(rows.at(decision.channel)));
  }
  return chosen;
}

Result<void> Settlement::finish(base::Time now) {
  const auto channels = under_way_.value_or(std::vector<base::ChannelId>{});
  const Amount before = claimed_from(channels);
  const auto take_over = [&](channels::AccountRecord& account) -> Result<void> {
    // What was sent before the start is told by its events.
    FERRY_CHECK(under_way_ ? read_again(*under_way_) : follow_events());
    return read_unsettled(account, now);
  };
  FERRY_TRY(const auto ended, transactions_.finish(take_over, now));
  if (ended.fate == Fate::unknown) return still_pending(ended.why);
  under_way_.emplace();
  if (!channels.empty()) note_claimed(channels, before);
  return {};
}

Result<void> Settlement::claim_all(base::Time now, Occasion occasion, Scope scope) {
  FERRY_CHECK(finish(now));
  FERRY_CHECK(read_fee_money());
  FERRY_TRY(const auto costs, read_costs());
  std::vector<base::ChannelId> chosen;
  for (const auto& decision : decide_claims(terms_.claims, costs, candidates(occasion, scope), occasion, now, chain::kMaxClaimRows)) {
    if (is_claimed(decision.reason)) chosen.push_back(decision.channel);
  }
  // Each batch is looked at on the chain just before it is sent: a run that has to wait for a transaction begins anew without having read all.
  for (std::span<const base::ChannelId> left = chosen; !left.empty();) {
    const auto batch = left.first(std::min<std::size_t>(chain::kMaxClaimRows, left.size()));
    left = left.subspan(batch.size());
    FERRY_TRY(const auto rows, rows_of(batch, costs, now, occasion));
    if (!rows.empty()) FERRY_CHECK(claim_rows(rows, now));
  }
  hopeless_.clear();
  for (const auto& row : candidates(occasion, Scope::withdrawing)) hopeless_[row.channel] = row.brings;
  if (scope == Scope::withdrawing) return {};
  FERRY_CHECK(settle(costs, now, occasion));
  next_claim_ = now + terms_.claim_interval;
  return {};
}

Result<void> Settlement::claim_rows(std::span<const ClaimRow> rows, base::Time now) {
  chain::Claim claim{{rows.begin(), rows.end()}, {}};
  claim.batch_signature = identity_.sign(channels::claim_batch_digest(terms_.domain_separator, rows));
  std::vector<base::ChannelId> channels;
  for (const auto& row : rows) channels.push_back(id_of(row));
  under_way_ = channels;
  const auto take_over = [&](channels::AccountRecord& account) -> Result<void> {
    FERRY_CHECK(read_again(channels));
    return read_unsettled(account, now);
  };
  const Amount before = claimed_from(channels);
  FERRY_TRY(const auto ended, transactions_.send(claim, take_over, now));
  if (ended.fate == Fate::unknown) return still_pending(ended.why);
  under_way_.emplace();
  if (ended.fate == Fate::done) {
    note_claimed(channels, before);
    return {};
  }
  {
    const std::lock_guard lock(mutex_);
    ++status_.claims_refused;
  }
  // One bad row refuses the whole batch: the halves tell which it is, and the others are paid.
  if (rows.size() > 1) {
    FERRY_CHECK(claim_rows(rows.first(rows.size() / 2), now));
    return claim_rows(rows.subspan(rows.size() / 2), now);
  }
  const auto& id = channels.front();
  const auto channel = book_.find(rows.front().config.payer, id);
  note_refused(id, channel ? channel->claimable() : Amount{}, ended.why, now);
  return {};
}

Amount Settlement::claimed_from(std::span<const base::ChannelId> channels) const {
  Amount sum;
  for (const auto& id : channels) {
    if (const auto channel = book_.find(id)) sum = sum.plus_saturated(channel->chain.total_claimed);
  }
  return sum;
}

void Settlement::note_claimed(std::span<const base::ChannelId> channels, Amount before) {
  const Amount gained = claimed_from(channels).minus_floored(before);
  if (!gained.is_zero()) spdlog::info("claimed {} BTT from {} channels", gained.to_btt(), channels.size());
  const std::lock_guard lock(mutex_);
  ++status_.claims;
  status_.claimed_now = status_.claimed_now.plus_saturated(gained);
  std::erase_if(refused_, [this](const auto& entry) {
    const auto channel = book_.find(entry.first);
    return !channel || channel->claimable().is_zero();
  });
}

void Settlement::note_refused(const base::ChannelId& channel, Amount brings, std::string why, base::Time now) {
  spdlog::warn("the ledger refuses to pay {} BTT from channel 0x{}: {}", brings.to_btt(), channel.hex(), why);
  const std::lock_guard lock(mutex_);
  if (refused_.size() >= kMaxRefused) refused_.clear();
  refused_[channel] = Refusal{{channel, std::move(why), now}, brings};
}

Result<void> Settlement::read_unsettled(channels::AccountRecord& account, base::Time now) {
  const auto outcome = backend_.unsettled(terms_.receiver, terms_.token);
  if (!outcome.is_ok()) return error_of(outcome);
  const Amount unsettled = *outcome.value;
  const bool first = account.settled_at == base::Time{} && !unsettled.is_zero();
  if (first || unsettled < account.unsettled) account.settled_at = now;
  account.unsettled = unsettled;
  const std::lock_guard lock(mutex_);
  status_.unsettled = unsettled;
  return {};
}

Result<void> Settlement::settle(const ClaimCosts& costs, base::Time now, Occasion occasion) {
  auto account = book_.account();
  const auto before = account;
  FERRY_CHECK(read_unsettled(account, now));
  if (account != before) FERRY_CHECK(book_.note(account));
  if (!is_settled(decide_settle(terms_.claims, costs, account.unsettled, account.settled_at, occasion, now))) return {};
  under_way_.emplace();
  const auto take_over = [&](channels::AccountRecord& after) { return read_unsettled(after, now); };
  FERRY_TRY(const auto ended, transactions_.send(chain::Settle{terms_.receiver, terms_.token}, take_over, now));
  if (ended.fate == Fate::unknown) return still_pending(ended.why);
  if (ended.fate == Fate::done) spdlog::info("settled {} BTT to {}", account.unsettled.to_btt(), terms_.receiver.to_eip55());
  return {};
}

}  // namespace ferry::relay
