#include "relay/ops/settlement.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <unordered_set>
#include <utility>

#include "relay/ops/ledger_error.hpp"

namespace ferry::relay {

using base::Result;
using Fate = OwnTransactions::Fate;

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

Result<void> Settlement::recover(base::Time now) {
  const auto nothing_yet = [](channels::AccountRecord&) { return Result<void>{}; };  // every channel is read below
  FERRY_TRY(const auto ended, transactions_.finish(nothing_yet, now));
  // The stored place counts only where events keep theirs for good: a private ledger can be made anew, and is soon gone through.
  if (terms_.fees != chain::Fees::none) last_event_ = book_.account().events_after;
  if (last_event_ == 0) FERRY_CHECK(skip_events());
  FERRY_CHECK(read_all_again());
  FERRY_CHECK(note_events_after());
  auto account = book_.account();
  const auto before = account;
  FERRY_CHECK(read_unsettled(account, now));
  if (account != before) FERRY_CHECK(book_.note(account));
  FERRY_CHECK(read_fee_money());
  recovered_ = true;
  saw_ledger(now);
  if (ended.fate == Fate::unknown) {
    return base::fail(base::environment("settlement_pending", "the ledger has not told yet what became of an earlier transaction; it is asked again soon"));
  }
  return {};
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

Result<void> Settlement::skip_events() {
  for (;;) {
    const auto events = backend_.events(terms_.receiver, last_event_, chain::kMaxEvents);
    if (!events.is_ok()) return error_of(events);
    if (events.value->empty()) return {};
    last_event_ = events.value->back().sequence;
  }
}

Result<void> Settlement::note_events_after() {
  auto account = book_.account();
  if (terms_.fees == chain::Fees::none || account.events_after == last_event_) return {};
  account.events_after = last_event_;
  return book_.note(account);
}

Result<void> Settlement::watch(base::Time now) {
  for (;;) {
    const auto events = backend_.events(terms_.receiver, last_event_, chain::kMaxEvents);
    if (!events.is_ok()) return error_of(events);
    if (events.value->empty()) break;
    std::unordered_set<base::ChannelId, base::Bytes32Hasher> touched;
    for (const auto& event : *events.value) {
      if (event.kind == chain::EventKind::withdraw_initiated) spdlog::info("a client withdraws from channel 0x{}", event.channel.hex());
      if (event.kind != chain::EventKind::settled && touched.insert(event.channel).second) FERRY_CHECK(read_again(event.channel));
    }
    last_event_ = events.value->back().sequence;
    FERRY_CHECK(note_events_after());
  }
  if (terms_.fees != chain::Fees::none) FERRY_CHECK(read_some_again());
  saw_ledger(now);
  return {};
}

Result<void> Settlement::read_again(const base::ChannelId& channel) {
  const auto known = book_.find(channel);
  if (!known) return {};  // a deposit that nobody has named yet
  const auto read = backend_.read_channel(channel);
  if (!read.is_ok()) return error_of(read);
  if (*read.value == known->chain) return {};
  const bool is_open = known->status == channels::ChannelStatus::open;
  if (is_open && read.value->balance < known->chain.balance && read.value->total_claimed == known->chain.total_claimed) {
    spdlog::warn("channel 0x{} holds {} BTT, less than the {} of before", channel.hex(), read.value->balance.to_btt(), known->chain.balance.to_btt());
  }
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

std::vector<base::ChannelId> Settlement::not_closed() const {
  std::vector<base::ChannelId> channels;
  for (const auto& [id, channel] : book_.channels()) {
    if (channel.status != channels::ChannelStatus::closed) channels.push_back(id);
  }
  return channels;
}

Result<void> Settlement::read_all_again() {
  constexpr std::size_t kMaxReaders = 15;         // besides this thread
  constexpr std::size_t kChannelsPerReader = 20;  // fewer are not worth one
  const auto channels = not_closed();
  std::atomic<std::size_t> next{0};
  const auto read_on = [&]() -> Result<void> {
    for (auto i = next++; i < channels.size(); i = next++) FERRY_CHECK(read_again(channels[i]));
    return {};
  };
  // A start waits for this, and a node on the internet answers some twenty questions a second one by one.
  std::vector<std::future<Result<void>>> others;
  const std::size_t readers = std::min(kMaxReaders, channels.size() / kChannelsPerReader);
  for (std::size_t i = 0; i < readers; ++i) others.push_back(std::async(std::launch::async, read_on));
  auto outcome = read_on();
  for (auto& other : others) {
    if (auto done = other.get(); !done && outcome) outcome = std::move(done);
  }
  return outcome;
}

Result<void> Settlement::read_some_again() {
  auto open = not_closed();
  if (open.empty()) return {};
  std::ranges::sort(open);
  auto next = std::ranges::upper_bound(open, reread_after_);
  for (std::size_t count = std::min(terms_.rereads, open.size()); count > 0; --count, ++next) {
    if (next == open.end()) next = open.begin();
    FERRY_CHECK(read_again(*next));
    reread_after_ = *next;
  }
  return {};
}

bool Settlement::has_urgent_claim() const {
  return std::ranges::any_of(claimable(Occasion::routine, Scope::withdrawing), [this](const Row& row) {
    const auto known = hopeless_.find(row.facts.channel);
    return !row.facts.refused && (known == hopeless_.end() || known->second != row.facts.brings);
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
