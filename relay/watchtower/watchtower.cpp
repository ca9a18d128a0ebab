#include "relay/watchtower/watchtower.hpp"

#include <spdlog/spdlog.h>

#include <utility>
#include <vector>

namespace ferry::relay {

using base::Amount;
using base::Result;
using Fate = OwnTransactions::Fate;

namespace {

template <typename T>
base::Unexpected error_of(const chain::Outcome<T>& outcome) {
  return base::fail(outcome.error.value_or(base::bug("ledger_outcome", "the chain gave neither an answer nor an error")));
}

base::Unexpected still_pending() {
  return base::fail(base::environment("watchtower_pending", "the chain has not told yet what became of an earlier claim; it is asked again soon"));
}

}  // namespace

Watchtower::Watchtower(WatchMemory memory, JournalWriter& journal, LedgerBook& account, chain::ChainBackend& backend, const base::SecretKey& key, WatchtowerTerms terms)
    : journal_(journal),
      account_(account),
      backend_(backend),
      terms_(std::move(terms)),
      transactions_(account, backend, key, terms_.outbid_after),
      place_(memory.place),
      rows_(std::move(memory.rows)),
      to_look_at_(std::move(memory.unseen)) {}

Result<void> Watchtower::check(const WatchRow& row) const {
  if (!terms_.relays.contains(row.row.config.receiver_authorizer)) {
    return base::fail(base::refusal("watch_relay_unknown", "this watchtower does not work for the relay " + row.row.config.receiver_authorizer.to_eip55() + ": see its --watch-relay"));
  }
  if (row.row.config.token != terms_.token) return base::fail(base::refusal("watch_token", "the channel holds another token than this watchtower watches"));
  return check_watch_row(terms_.domain_separator, row);
}

Result<void> Watchtower::take(base::ByteView body) {
  FERRY_TRY(const auto rows, unpack_watch_rows(body));
  for (const auto& row : rows) FERRY_CHECK(check(row));
  {
    const std::lock_guard lock(mutex_);
    ++being_taken_;
  }
  auto kept = keep(rows);
  const std::lock_guard lock(mutex_);
  --being_taken_;
  return kept;
}

Result<void> Watchtower::keep(const std::vector<WatchRow>& rows) {
  for (const auto& row : rows) {
    const auto id = channels::channel_id(terms_.domain_separator, row.row.config);
    {
      const std::lock_guard lock(mutex_);
      const auto known = rows_.find(id);
      if (known != rows_.end() && known->second.row.total_claimed >= row.row.total_claimed) continue;
      if (known == rows_.end() && rows_.size() >= terms_.max_channels) return base::fail(base::refusal("watch_full", "this watchtower takes no more channels"));
    }
    FERRY_CHECK(journal_.append_and_wait(pack(row)));
    const std::lock_guard lock(mutex_);
    auto& kept = rows_.try_emplace(id, row).first->second;
    if (kept.row.total_claimed < row.row.total_claimed) kept = row;
    ++status_.rows_taken;
    to_look_at_.insert(id);  // its payer may have begun to withdraw before the row came
  }
  return {};
}

std::optional<WatchRow> Watchtower::find(const base::ChannelId& channel) const {
  const std::lock_guard lock(mutex_);
  const auto known = rows_.find(channel);
  return known == rows_.end() ? std::nullopt : std::optional{known->second};
}

Result<void> Watchtower::tick(base::Time now) {
  auto outcome = step(now);
  const std::lock_guard lock(mutex_);
  if (outcome) status_.last_seen = now;
  std::string trouble = outcome ? "" : outcome.error().code + ": " + outcome.error().message;
  if (!trouble.empty() && trouble != status_.trouble) spdlog::warn("watchtower: {}", trouble);
  status_.trouble = std::move(trouble);
  return outcome;
}

Result<void> Watchtower::step(base::Time now) {
  const auto nothing = [](channels::AccountRecord&) { return Result<void>{}; };  // the channels are read again before any other claim
  FERRY_TRY(const auto ended, transactions_.finish(nothing, now));
  if (ended.fate == Fate::unknown) return still_pending();
  const auto here = backend_.certain_place();
  if (!here.is_ok()) return error_of(here);
  FERRY_CHECK(check_history(*here.value));
  std::set<base::Address> receivers;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, row] : rows_) receivers.insert(row.row.config.receiver);
  }
  for (const auto& receiver : receivers) FERRY_CHECK(follow(receiver));
  std::set<base::ChannelId> channels;
  bool all_told = false;  // of the rows that are in the file already
  {
    const std::lock_guard lock(mutex_);
    channels = to_look_at_;
    all_told = being_taken_ == 0;
  }
  for (const auto& channel : channels) {
    FERRY_CHECK(look_at(channel, now));
    const std::lock_guard lock(mutex_);
    to_look_at_.erase(channel);
  }
  return all_told ? note_place(*here.value, !channels.empty(), now) : Result<void>{};
}

Result<void> Watchtower::check_history(const std::optional<chain::ChainPlace>& here) {
  if (place_) {
    const auto known = backend_.has_place({place_->after, place_->mark});
    if (!known.is_ok()) return error_of(known);
    if (*known.value) return {};
    spdlog::warn("the chain has another history than before: every channel is looked at");
  } else if (!followed_.empty()) {
    return {};  // a ledger without places
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [id, row] : rows_) to_look_at_.insert(id);
  followed_.clear();
  place_.reset();
  if (here) place_ = channels::PlaceRecord{here->after, here->mark};
  noted_at_ = {};
  return {};
}

Result<void> Watchtower::note_place(const std::optional<chain::ChainPlace>& here, bool looked, base::Time now) {
  constexpr base::Duration kLongAgo{std::chrono::minutes(10)};
  if (!here || (!looked && now - noted_at_ < kLongAgo)) return {};
  place_ = channels::PlaceRecord{here->after, here->mark};
  noted_at_ = now;
  return journal_.append_and_wait(channels::pack(*place_));
}

Result<void> Watchtower::follow(const base::Address& receiver) {
  auto& after = followed_.try_emplace(receiver, place_ ? place_->after : 0).first->second;
  for (;;) {
    const auto events = backend_.events(receiver, after, chain::kMaxEvents);
    if (!events.is_ok()) return error_of(events);
    if (events.value->empty()) return {};
    for (const auto& event : *events.value) {
      if (event.kind != chain::EventKind::withdraw_initiated || !find(event.channel)) continue;
      spdlog::info("a client withdraws from channel 0x{}", event.channel.hex());
      const std::lock_guard lock(mutex_);
      to_look_at_.insert(event.channel);
    }
    after = events.value->back().sequence;
  }
}

Result<void> Watchtower::look_at(const base::ChannelId& channel, base::Time now) {
  const auto row = find(channel);
  if (!row) return {};
  const auto read = backend_.read_channel(channel);
  if (!read.is_ok()) return error_of(read);
  const auto& on_chain = *read.value;
  if (on_chain.closed || on_chain.pending_withdraw.is_zero()) return {};
  const Amount brings = std::min(row->row.total_claimed, on_chain.balance).minus_floored(on_chain.total_claimed);
  if (brings.is_zero()) return {};
  return claim(channel, *row, brings, now);
}

Result<void> Watchtower::claim(const base::ChannelId& channel, const WatchRow& row, Amount brings, base::Time now) {
  const chain::Claim action{{row.row}, row.claim_signature};
  const auto fee = backend_.expected_fee(action);
  if (!fee.is_ok()) return error_of(fee);
  const auto cost = terms_.fees == chain::Fees::in_native ? fee.value->scaled_up(terms_.coin_price.units(), Amount::btt(1).units()).value_or(Amount::max()) : *fee.value;
  if (brings < cost) {
    spdlog::info("channel 0x{}: a claim would bring {} and cost {}: it is left", channel.hex(), brings.to_btt(), cost.to_btt());
    return {};
  }
  const auto nothing = [](channels::AccountRecord&) { return Result<void>{}; };
  FERRY_TRY(const auto ended, transactions_.send(action, nothing, now));
  if (ended.fate == Fate::unknown) return still_pending();  // the channel stays to be looked at
  const std::lock_guard lock(mutex_);
  if (ended.fate == Fate::done) {
    spdlog::info("claimed {} BTT from channel 0x{} for its relay", brings.to_btt(), channel.hex());
    ++status_.claims;
    status_.claimed = status_.claimed.plus_saturated(brings);
  } else {
    spdlog::warn("the claim of channel 0x{} is refused: {}", channel.hex(), ended.why);
    ++status_.claims_refused;
  }
  return {};
}

WatchtowerStatus Watchtower::status() const {
  const auto pending = transactions_.pending();
  const auto fees = account_.account().fees;
  const std::lock_guard lock(mutex_);
  auto status = status_;
  status.channels = rows_.size();
  status.pending = pending;
  status.fees = fees;
  return status;
}

}  // namespace ferry::relay
