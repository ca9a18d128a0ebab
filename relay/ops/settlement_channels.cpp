// Settlement: what the ledger says of channels, at the start and all the time.

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <unordered_set>
#include <utility>

#include "relay/ops/ledger_error.hpp"
#include "relay/ops/settlement.hpp"

namespace ferry::relay {

using base::Result;
using Fate = OwnTransactions::Fate;

namespace {

chain::ChainPlace place_of(const channels::PlaceRecord& record) { return {record.after, record.mark}; }

}  // namespace

Result<void> Settlement::recover(base::Time now) {
  const auto nothing_yet = [](channels::AccountRecord&) { return Result<void>{}; };  // what it did is read below
  FERRY_TRY(const auto ended, transactions_.finish(nothing_yet, now));
  FERRY_TRY(const auto here, certain_place());
  FERRY_TRY(const bool known, has_our_place());
  if (known) {
    last_event_ = book_.place()->after;
    FERRY_CHECK(read_again(book_.to_read_again()));
    FERRY_CHECK(follow_events());
    FERRY_CHECK(note_place(here, now));
  } else {
    FERRY_CHECK(read_everything(here, now));
  }
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

Result<void> Settlement::watch(base::Time now) {
  FERRY_TRY(const auto here, certain_place());
  if (book_.place()) {
    FERRY_TRY(const bool known, has_our_place());
    if (!known && !here) return base::fail(base::environment("chain_behind", "the nodes have another history than before and are behind what was read of it"));
    if (!known) {
      spdlog::warn("the chain has taken back what it had confirmed: every channel is read again; see confirmations in --ledger");
      FERRY_CHECK(read_everything(here, now));
    }
  }
  FERRY_CHECK(follow_events());
  FERRY_CHECK(note_place(here, now));
  if (terms_.fees != chain::Fees::none) FERRY_CHECK(read_some_again());
  saw_ledger(now);
  return {};
}

Result<std::optional<chain::ChainPlace>> Settlement::certain_place() const {
  auto place = backend_.certain_place();
  if (!place.is_ok()) return error_of(place);
  return *place.value;
}

Result<bool> Settlement::has_our_place() const {
  const auto ours = book_.place();
  if (!ours) return false;
  const auto known = backend_.has_place(place_of(*ours));
  if (!known.is_ok()) return error_of(known);
  return *known.value;
}

Result<void> Settlement::note_place(const std::optional<chain::ChainPlace>& place, base::Time now) {
  constexpr base::Duration kLongAgo{std::chrono::minutes(10)};
  const auto known = book_.place();
  if (!place || (known && known->after >= place->after)) return {};
  if (last_event_ == noted_event_ && now - noted_at_ < kLongAgo) return {};
  FERRY_CHECK(book_.note(channels::PlaceRecord{place->after, place->mark}));
  noted_event_ = last_event_;
  noted_at_ = now;
  return {};
}

Result<void> Settlement::read_everything(const std::optional<chain::ChainPlace>& place, base::Time now) {
  // What happens while channels are read is told by events behind that place, or behind the last one that there is.
  last_event_ = place ? place->after : 0;
  if (!place) FERRY_CHECK(skip_events());
  FERRY_CHECK(read_again(not_closed()));
  if (place) FERRY_CHECK(book_.note(channels::PlaceRecord{place->after, place->mark}));
  noted_event_ = last_event_;
  noted_at_ = now;
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

Result<void> Settlement::follow_events() {
  for (;;) {
    const auto events = backend_.events(terms_.receiver, last_event_, chain::kMaxEvents);
    if (!events.is_ok()) return error_of(events);
    if (events.value->empty()) return {};
    std::unordered_set<base::ChannelId, base::Bytes32Hasher> touched;
    for (const auto& event : *events.value) {
      if (event.kind == chain::EventKind::withdraw_initiated) spdlog::info("a client withdraws from channel 0x{}", event.channel.hex());
      if (event.kind != chain::EventKind::settled) touched.insert(event.channel);
    }
    FERRY_CHECK(read_again(std::vector<base::ChannelId>(touched.begin(), touched.end())));
    last_event_ = events.value->back().sequence;
  }
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
  std::vector<base::ChannelId> ids;
  book_.each_channel([&ids](const base::ChannelId& id, const channels::RelayChannel& channel) {
    if (channel.status != channels::ChannelStatus::closed) ids.push_back(id);
  });
  return ids;
}

Result<void> Settlement::read_again(std::span<const base::ChannelId> channels) {
  constexpr std::size_t kMaxReaders = 15;         // besides this thread
  constexpr std::size_t kChannelsPerReader = 20;  // fewer are not worth one
  std::atomic<std::size_t> next{0};
  const auto read_on = [&]() -> Result<void> {
    for (auto i = next++; i < channels.size(); i = next++) FERRY_CHECK(read_again(channels[i]));
    return {};
  };
  // A node on the internet answers some twenty questions a second one by one.
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
  if (to_reread_.empty()) to_reread_ = not_closed();
  for (std::size_t count = std::min(terms_.rereads, to_reread_.size()); count > 0; --count) {
    FERRY_CHECK(read_again(to_reread_.back()));
    to_reread_.pop_back();
  }
  return {};
}

}  // namespace ferry::relay
