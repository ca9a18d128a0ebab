// UsageBook as text and back: {"ferry_usage":1,"hour":n,"day":n,"this_hour":[spent,down,up],"today":[…],"apps":[[name,spent,down,up],…],
// "hosts":[…],"relays":[…],"minutes":[[minute,spent,down,up],…]}, spent in BTT.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "client/json_text.hpp"
#include "client/usage/usage_book.hpp"

namespace ferry::client {

using nlohmann::json;

namespace {

constexpr int kVersion = 1;

json usage_json(json first, const Usage& usage) {
  json entry = json::array();
  if (!first.is_null()) entry.push_back(std::move(first));
  entry.push_back(usage.spent.to_btt());
  entry.push_back(usage.down_bytes);
  entry.push_back(usage.up_bytes);
  return entry;
}

json table_json(const UsageTable& table) {
  json rows = json::array();
  for (const auto& row : table.rows()) rows.push_back(usage_json(row.name, row.usage));
  return rows;
}

/// Three values from `first` on, and nothing after them.
std::optional<Usage> read_usage(const json& entry, std::size_t first) {
  if (!entry.is_array() || entry.size() != first + 3) return std::nullopt;
  const auto& spent = entry[first];
  if (!spent.is_string() || !entry[first + 1].is_number_unsigned() || !entry[first + 2].is_number_unsigned()) return std::nullopt;
  const auto amount = base::Amount::parse_btt(spent.get_ref<const std::string&>());
  if (!amount) return std::nullopt;
  return Usage{*amount, entry[first + 1].get<std::uint64_t>(), entry[first + 2].get<std::uint64_t>()};
}

bool read_table(const json& rows, UsageTable& table) {
  if (!rows.is_array() || rows.size() > UsageTable::kMaxRows + 1) return false;
  for (const auto& row : rows) {
    const auto usage = read_usage(row, 1);
    if (!usage || !row[0].is_string()) return false;
    const auto& name = row[0].get_ref<const std::string&>();
    if (name != UsageBook::bounded_name(name) || table.of(name) != Usage{}) return false;
    table.note(name, *usage);
  }
  return true;
}

bool is_number_of_a_period(const json& value) { return value.is_number_unsigned() && value.get<std::uint64_t>() <= std::uint64_t{1} << 40U; }

bool read_minutes(const json& rows, std::array<MinuteUsage, UsageBook::kMinutes>& minutes) {
  if (!rows.is_array() || rows.size() > minutes.size()) return false;
  for (const auto& row : rows) {
    const auto usage = read_usage(row, 1);
    if (!usage || !is_number_of_a_period(row[0])) return false;
    const auto minute = row[0].get<std::int64_t>();
    minutes[static_cast<std::size_t>(minute) % minutes.size()] = {minute, *usage};
  }
  return true;
}

}  // namespace

std::string UsageBook::text() const {
  json minutes = json::array();
  for (const auto& bucket : minutes_) {
    if (bucket.usage != Usage{}) minutes.push_back(usage_json(bucket.minute, bucket.usage));
  }
  return json_text({{"ferry_usage", kVersion},
                    {"hour", std::max<std::int64_t>(hour_, 0)},
                    {"day", std::max<std::int64_t>(day_, 0)},
                    {"this_hour", usage_json(nullptr, this_hour_)},
                    {"today", usage_json(nullptr, today_)},
                    {"apps", table_json(apps_)},
                    {"hosts", table_json(hosts_)},
                    {"relays", table_json(relays_)},
                    {"minutes", std::move(minutes)}});
}

base::Result<UsageBook> UsageBook::parse(std::string_view text) {
  const auto refused = base::fail(base::refusal("usage_text", "this is no record of usage, or a broken one"));
  if (text.size() > kMaxTextBytes) return refused;
  const auto all = json::parse(text, nullptr, false);
  if (!all.is_object() || all.size() != 9 || all.value("ferry_usage", json()) != kVersion) return refused;
  for (const char* member : {"hour", "day", "this_hour", "today", "apps", "hosts", "relays", "minutes"}) {
    if (!all.contains(member)) return refused;
  }
  if (!is_number_of_a_period(all["hour"]) || !is_number_of_a_period(all["day"])) return refused;
  const auto this_hour = read_usage(all["this_hour"], 0);
  const auto today = read_usage(all["today"], 0);
  if (!this_hour || !today) return refused;

  UsageBook book;
  book.hour_ = all["hour"].get<std::int64_t>();
  book.day_ = all["day"].get<std::int64_t>();
  book.this_hour_ = *this_hour;
  book.today_ = *today;
  const bool whole = read_table(all["apps"], book.apps_) && read_table(all["hosts"], book.hosts_) && read_table(all["relays"], book.relays_) &&
                     read_minutes(all["minutes"], book.minutes_);
  if (!whole) return refused;
  return book;
}

}  // namespace ferry::client
