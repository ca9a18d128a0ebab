#include "channels/chain/evm/event_scan.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace ferry::chain::evm {
namespace {

using base::Result;

constexpr int kMaxQuestions = 256;             // of one call
constexpr std::size_t kMaxToldEarly = 4096;    // remembered for one receiver

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

Result<void> EventScan::scan_confirmed(const Order& order, std::vector<ChainEvent>& events) {
  std::uint64_t from = first_block(order);
  const auto kinds = all_topics();
  const auto ask = [&](Node& node, std::uint64_t first, std::uint64_t last) {
    return node.logs(order.contract, kinds, order.receiver, first, At::number(last));
  };
  for (int questions = 0; from <= order.confirmed && events.size() < order.limit; ++questions) {
    if (questions == kMaxQuestions) {
      if (!events.empty()) return {};
      return base::fail(base::environment("events_behind", "looked for events up to block " + std::to_string(from) + " of " +
                                                               std::to_string(order.confirmed) + " and goes on: ask again, and set start-block in the chain's URL to the contract's first block"));
    }
    FERRY_TRY(const auto range, ranges_.next(from, order.confirmed, ask));
    FERRY_CHECK(add(order, range.logs, events));
    if (events.empty()) remember(order, range.to);
    from = range.to + 1;
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
