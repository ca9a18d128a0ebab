#include "relay/ops/settlement.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <future>
#include <unordered_set>
#include <utility>

#include "channels/chain/ledger_transaction.hpp"
#include "relay/ops/ledger_error.hpp"

namespace ferry::relay {

using base::Amount;
using base::Result;
using channels::ClaimRow;
using Fate = OwnTransactions::Fate;

namespace {

base::Unexpected still_pending() {
  return base::fail(base::environment("settlement_pending", "the ledger has not told yet what became of an earlier transaction; it is asked again soon"));
}

}  // namespace

Settlement::Settlement(LedgerBook& book, chain::ChainBackend& backend, const base::SecretKey& identity, SettlementTerms terms)
    : book_(book), backend_(backend), identity_(identity), terms_(std::move(terms)), transactions_(book, backend, identity) {}

Result<void> Settlement::recover(base::Time now) {
  const auto nothing_yet = [] { return Result<void>{}; };  // every channel is read below
  FERRY_TRY(const auto fate, transactions_.finish(nothing_yet));
  FERRY_CHECK(skip_events());
  FERRY_CHECK(read_all_again());
  recovered_ = true;
  saw_ledger(now);
  if (fate == Fate::unknown) return still_pending();
  return {};
}

Result<void> Settlement::tick(base::Time now) {
  if (!recovered_) FERRY_CHECK(remember(recover(now)));
  FERRY_CHECK(remember(watch(now)));
  const bool due = now >= next_claim_ || has_urgent_claim() || transactions_.pending() > 0;
  return due ? claim(now) : Result<void>{};
}

Result<void> Settlement::claim(base::Time now) {
  auto outcome = remember(claim_all(now));
  const std::lock_guard lock(mutex_);
  if (outcome) status_.last_claim = now;
  return outcome;
}

Result<void> Settlement::claim_all(base::Time now) {
  FERRY_TRY(const auto fate, transactions_.finish([this] { return read_all_again(); }));
  if (fate == Fate::unknown) return still_pending();
  FERRY_TRY(const auto rows, rows_to_claim());
  for (std::size_t from = 0; from < rows.size(); from += chain::kMaxClaimRows) {
    FERRY_CHECK(claim_rows(std::span{rows}.subspan(from, std::min<std::size_t>(chain::kMaxClaimRows, rows.size() - from))));
  }
  FERRY_CHECK(settle());
  next_claim_ = now + terms_.claim_interval;
  return {};
}

Result<std::vector<ClaimRow>> Settlement::rows_to_claim() {
  std::unordered_set<base::ChannelId, base::Bytes32Hasher> fresh;
  for (const auto& row : book_.claimable()) {
    const auto id = id_of(row);
    FERRY_CHECK(read_again(id));
    fresh.insert(id);
  }
  std::vector<std::pair<Amount, ClaimRow>> valued;
  for (auto& row : book_.claimable()) {
    const auto id = id_of(row);
    const auto channel = book_.find(row.config.payer, id);
    if (!fresh.contains(id) || !channel) continue;  // came meanwhile: the next run takes it
    valued.emplace_back(row.total_claimed.minus_floored(channel->chain.total_claimed), std::move(row));
  }
  std::ranges::stable_sort(valued, [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<ClaimRow> rows;
  for (auto& [value, row] : valued) rows.push_back(std::move(row));
  return rows;
}

Result<void> Settlement::claim_rows(std::span<const ClaimRow> rows) {
  chain::Claim claim{{rows.begin(), rows.end()}, {}};
  claim.batch_signature = identity_.sign(channels::claim_batch_digest(terms_.domain_separator, rows));
  const auto take_over = [&]() -> Result<void> {
    for (const auto& row : rows) FERRY_CHECK(read_again(id_of(row)));
    return {};
  };
  const Amount before = book_.totals().claimed;
  FERRY_TRY(const auto fate, transactions_.send(claim, take_over));
  if (fate == Fate::unknown) return still_pending();
  if (fate == Fate::refused) {
    const std::lock_guard lock(mutex_);
    ++status_.claims_refused;
  }
  // One bad row refuses the whole batch: the halves tell which it is, and the others are paid.
  if (fate == Fate::refused && rows.size() > 1) {
    FERRY_CHECK(claim_rows(rows.first(rows.size() / 2)));
    return claim_rows(rows.subspan(rows.size() / 2));
  }
  if (fate == Fate::done) {
    const Amount gained = book_.totals().claimed.minus_floored(before);
    spdlog::info("claimed {} BTT from {} channels", gained.to_btt(), rows.size());
    const std::lock_guard lock(mutex_);
    ++status_.claims;
    status_.claimed_now = status_.claimed_now.plus_saturated(gained);
  }
  return {};
}

Result<void> Settlement::settle() {
  const auto read_unsettled = [this]() -> Result<Amount> {
    const auto outcome = backend_.unsettled(terms_.receiver, terms_.token);
    if (!outcome.is_ok()) return error_of(outcome);
    const std::lock_guard lock(mutex_);
    status_.unsettled = *outcome.value;
    return *outcome.value;
  };
  FERRY_TRY(const auto unsettled, read_unsettled());
  if (unsettled.is_zero()) return {};
  FERRY_TRY(const auto fate, transactions_.send(chain::Settle{terms_.receiver, terms_.token}, [] { return Result<void>{}; }));
  if (fate == Fate::unknown) return still_pending();
  FERRY_CHECK(read_unsettled());
  if (fate == Fate::done) spdlog::info("settled {} BTT to {}", unsettled.to_btt(), terms_.receiver.to_eip55());
  return {};
}

Result<void> Settlement::skip_events() {
  for (;;) {
    const auto events = backend_.events(terms_.receiver, last_event_, chain::kMaxEvents);
    if (!events.is_ok()) return error_of(events);
    if (events.value->empty()) return {};
    last_event_ = events.value->back().sequence;
  }
}

Result<void> Settlement::watch(base::Time now) {
  for (;;) {
    const auto events = backend_.events(terms_.receiver, last_event_, chain::kMaxEvents);
    if (!events.is_ok()) return error_of(events);
    saw_ledger(now);
    if (events.value->empty()) return {};
    std::unordered_set<base::ChannelId, base::Bytes32Hasher> touched;
    for (const auto& event : *events.value) {
      if (event.kind == chain::EventKind::withdraw_initiated) spdlog::info("a client withdraws from channel 0x{}", event.channel.hex());
      if (event.kind != chain::EventKind::settled && touched.insert(event.channel).second) FERRY_CHECK(read_again(event.channel));
    }
    last_event_ = events.value->back().sequence;
  }
}

Result<void> Settlement::read_again(const base::ChannelId& channel) {
  const auto known = book_.find(channel);
  if (!known) return {};  // a deposit that nobody has named yet
  const auto read = backend_.read_channel(channel);
  if (!read.is_ok()) return error_of(read);
  if (*read.value == known->chain) return {};
  std::promise<Result<void>> synced;
  auto outcome = synced.get_future();
  book_.sync(known->config.payer, channel, *read.value, [&synced](const Result<void>& done) { synced.set_value(done); });
  auto result = outcome.get();
  if (!result && result.error().code == "chain_inconsistent") {
    spdlog::error("channel 0x{}: {}", channel.hex(), result.error().message);
    return {};
  }
  return result;
}

Result<void> Settlement::read_all_again() {
  for (const auto& [id, channel] : book_.channels()) {
    if (channel.status != channels::ChannelStatus::closed) FERRY_CHECK(read_again(id));
  }
  return {};
}

bool Settlement::has_urgent_claim() const {
  for (const auto& row : book_.claimable()) {
    const auto channel = book_.find(row.config.payer, id_of(row));
    if (channel && channel->status == channels::ChannelStatus::draining) return true;
  }
  return false;
}

void Settlement::saw_ledger(base::Time now) {
  const std::lock_guard lock(mutex_);
  status_.last_seen = now;
}

bool Settlement::is_blind(base::Time now) const {
  const std::lock_guard lock(mutex_);
  return status_.last_seen == base::Time{} || now - status_.last_seen > terms_.blind_after;
}

SettlementStatus Settlement::status() const {
  const std::size_t pending = transactions_.pending();
  const std::lock_guard lock(mutex_);
  auto status = status_;
  status.pending = pending;
  return status;
}

Result<void> Settlement::remember(Result<void> outcome) {
  const std::lock_guard lock(mutex_);
  std::string trouble = outcome ? "" : outcome.error().code + ": " + outcome.error().message;
  if (!trouble.empty() && trouble != status_.trouble) spdlog::warn("settlement: {}", trouble);
  status_.trouble = std::move(trouble);
  return outcome;
}

}  // namespace ferry::relay
