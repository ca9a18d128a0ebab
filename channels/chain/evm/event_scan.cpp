#include "channels/chain/evm/event_scan.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace ferry::chain::evm {
namespace {

using base::Result;

constexpr std::uint64_t kMaxRange = 16'384;
constexpr int kMaxQuestions = 256;             // of one call
constexpr std::size_t kMaxToldEarly = 4096;    // remembered for one receiver

/// A shorter range may be granted.
bool may_be_too_much(const base::Error& error) {
  constexpr std::array<std::string_view, 3> kCodes{"rpc_refused", "rpc_too_long", "rpc_status"};
  return std::ranges::find(kCodes, error.code) != kCodes.end();
}

}  // namespace

std::uint64_t EventScan::first_block(const Order& order) {
  // The block of `after` itself may hold more, unless nothing was found there before.
  std::uint64_t from = std::max(block_of_sequence(order.after), order.start_block);
  const std::lock_guard lock{mutex_};
  const auto found = progress_.find(order.receiver);
  if (found != progress_.end() && found->second.after == order.after && found->second.scanned_to >= from) from = found->second.scanned_to + 1;
  return from;
}

void EventScan::remember(const Order& order, std::uint64_t scanned_to) {
  const std::lock_guard lock{mutex_};
  auto& progress = progress_[order.receiver];
  progress.after = order.after;
  progress.scanned_to = scanned_to;
}

Result<base::Time> EventScan::time_of(std::uint64_t block) {
  FERRY_TRY(const auto read, nodes_.first<Block>([block](Node& node) { return node.block(block); }));
  return read.time;
}

Result<void> EventScan::add(const Order& order, const std::vector<Log>& logs, std::vector<ChainEvent>& events) {
  std::optional<std::pair<std::uint64_t, base::Time>> last;
  for (const auto& log : logs) {
    if (events.size() == order.limit) break;
    FERRY_TRY(auto event, read_log(log, order.contract, order.receiver, order.token));
    if (!event || event->sequence <= order.after) continue;
    if (!last || last->first != log.block) {
      FERRY_TRY(const auto time, time_of(log.block));
      last = {log.block, time};
    }
    event->at = last->second;
    events.push_back(*event);
  }
  return {};
}

/// `to` comes back as the last block that was granted.
Result<std::vector<Log>> EventScan::agreed_logs(const Order& order, std::uint64_t from, std::uint64_t& to) {
  const auto kinds = all_topics();
  for (;;) {
    auto logs = nodes_.agreed<std::vector<Log>>("the contract's events", [&](Node& node) -> Result<std::vector<Log>> {
      auto told = node.logs(order.contract, kinds, order.receiver, from, At::number(to));
      if (told || !may_be_too_much(told.error())) return told;
      return base::fail(base::environment("rpc_refused", told.error().message));  // no failure of the node
    });
    if (logs || to == from || logs.error().code != "rpc_refused") return logs;
    to = from + (to - from) / 2;
    const std::lock_guard lock{mutex_};
    range_ = to - from + 1;
  }
}

Result<void> EventScan::scan_confirmed(const Order& order, std::vector<ChainEvent>& events) {
  std::uint64_t from = first_block(order);
  for (int questions = 0; from <= order.confirmed && events.size() < order.limit; ++questions) {
    if (questions == kMaxQuestions) {
      if (!events.empty()) return {};
      return base::fail(base::environment("events_behind", "looked for events up to block " + std::to_string(from) + " of " +
                                                               std::to_string(order.confirmed) + " and goes on: ask again, and set start-block in --ledger to the contract's first block"));
    }
    std::uint64_t to = order.confirmed;
    {
      const std::lock_guard lock{mutex_};
      to = std::min(to, from + range_ - 1);
      range_ = std::min(range_ * 2, kMaxRange);  // agreed_logs() takes back what is too much
    }
    FERRY_TRY(const auto logs, agreed_logs(order, from, to));
    FERRY_CHECK(add(order, logs, events));
    if (events.empty()) remember(order, to);
    from = to + 1;
  }
  return {};
}

void EventScan::add_early(const Order& order, std::vector<ChainEvent>& events) {
  const std::array kinds{topic_of(EventKind::withdraw_initiated)};
  const auto told = nodes_.each<std::vector<Log>>(
      [&](Node& node) { return node.logs(order.contract, kinds, order.receiver, order.confirmed + 1, At::latest()); });
  if (!told) return;  // they come again when they are confirmed
  std::uint64_t sequence = sequence_of(order.confirmed, kMaxLogIndex);
  sequence = std::max({sequence, order.after + 1, events.empty() ? 0 : events.back().sequence + 1});
  const std::lock_guard lock{mutex_};
  auto& told_early = progress_[order.receiver].told_early;
  if (told_early.size() > kMaxToldEarly) told_early.clear();
  for (const auto& [node, logs] : *told) {
    for (const auto& log : logs) {
      if (events.size() == order.limit || block_of_sequence(sequence) != order.confirmed) return;
      const auto event = read_log(log, order.contract, order.receiver, order.token);
      if (!event || !*event || !told_early.insert({log.block_hash, log.index}).second) continue;
      events.push_back(**event);
      events.back().sequence = sequence++;
    }
  }
}

Result<std::vector<ChainEvent>> EventScan::run(const Order& order) {
  std::vector<ChainEvent> events;
  FERRY_CHECK(scan_confirmed(order, events));
  if (events.size() < order.limit) add_early(order, events);
  return events;
}

}  // namespace ferry::chain::evm
