#include "client/usage/usage_book.hpp"

#include <algorithm>
#include <tuple>

namespace ferry::client {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;
constexpr std::int64_t kDayMs = 24 * kHourMs;

std::uint64_t sum(std::uint64_t a, std::uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

auto weight(const Usage& usage) { return std::tuple(usage.spent, sum(usage.down_bytes, usage.up_bytes)); }

/// Clocks are set back by a little, then a limit must not be granted twice; one that was far ahead must not stop everything until then.
bool is_another(std::int64_t period, std::int64_t now) { return now > period || now < period - 1; }

}  // namespace

void Usage::add(const Usage& more) {
  spent = spent.plus_saturated(more.spent);
  down_bytes = sum(down_bytes, more.down_bytes);
  up_bytes = sum(up_bytes, more.up_bytes);
}

void UsageTable::note(const std::string& name, const Usage& usage) {
  if (name == UsageBook::kRest) return rest_.add(usage);
  const auto known = rows_.find(name);
  if (known != rows_.end()) return known->second.add(usage);
  if (rows_.size() >= kMaxRows) {
    const auto least = std::min_element(rows_.begin(), rows_.end(), [](const auto& a, const auto& b) { return weight(a.second) < weight(b.second); });
    rest_.add(least->second);
    rows_.erase(least);
  }
  rows_.emplace(name, usage);
}

Usage UsageTable::of(const std::string& name) const {
  if (name == UsageBook::kRest) return rest_;
  const auto known = rows_.find(name);
  return known == rows_.end() ? Usage{} : known->second;
}

std::vector<UsageRow> UsageTable::rows() const {
  std::vector<UsageRow> rows;
  rows.reserve(rows_.size() + 1);
  for (const auto& [name, usage] : rows_) rows.push_back({name, usage});
  std::stable_sort(rows.begin(), rows.end(), [](const UsageRow& a, const UsageRow& b) { return weight(a.usage) > weight(b.usage); });
  if (rest_ != Usage{}) rows.push_back({std::string(UsageBook::kRest), rest_});
  return rows;
}

void UsageTable::clear() {
  rows_.clear();
  rest_ = {};
}

std::string UsageBook::bounded_name(std::string_view name) { return name.empty() ? "unnamed" : base::printable(name, kMaxNameBytes); }

void UsageBook::advance(base::Time now) {
  if (const auto hour = now.unix_ms / kHourMs; is_another(hour_, hour)) {
    hour_ = hour;
    this_hour_ = {};
  }
  if (const auto day = now.unix_ms / kDayMs; is_another(day_, day)) {
    day_ = day;
    today_ = {};
    for (auto* table : {&apps_, &hosts_, &relays_}) table->clear();
  }
}

void UsageBook::note(std::string_view app, std::string_view host, std::string_view relay, const Usage& usage, base::Time now) {
  advance(now);
  this_hour_.add(usage);
  today_.add(usage);
  apps_.note(bounded_name(app), usage);
  hosts_.note(bounded_name(host), usage);
  relays_.note(bounded_name(relay), usage);
  const auto minute = std::max<std::int64_t>(now.unix_ms / kMinuteMs, 0);
  auto& bucket = minutes_[static_cast<std::size_t>(minute) % kMinutes];
  if (bucket.minute != minute) bucket = {minute, {}};
  bucket.usage.add(usage);
}

std::vector<MinuteUsage> UsageBook::last_hour(base::Time now) const {
  std::vector<MinuteUsage> minutes;
  minutes.reserve(kMinutes);
  const auto last = std::max<std::int64_t>(now.unix_ms / kMinuteMs, kMinutes);
  for (auto minute = last - static_cast<std::int64_t>(kMinutes) + 1; minute <= last; ++minute) {
    const auto& bucket = minutes_[static_cast<std::size_t>(minute) % kMinutes];
    minutes.push_back(bucket.minute == minute ? bucket : MinuteUsage{minute, {}});
  }
  return minutes;
}

}  // namespace ferry::client
