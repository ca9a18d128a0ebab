#include "client/usage/usage_book.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/client/usage/day.hpp"

namespace ferry::client {

using base::Amount;
using base::Time;

namespace {

constexpr auto kMinute = std::chrono::minutes(1);

Usage btt(std::uint64_t spent, std::uint64_t down = 0, std::uint64_t up = 0) { return {Amount::btt(spent), down, up}; }

}  // namespace

TEST_CASE("usage book: counts this hour, today, and per app, host and relay") {
  UsageBook book;
  book.note("browser", "example.org", "relay-one", btt(2, 100, 10), kMidnight);
  book.note("browser", "example.net", "relay-two", btt(3, 200, 20), kMidnight + kMinute);
  book.note("mail", "example.org", "relay-one", btt(1, 1, 1), kMidnight + kMinute);
  CHECK(book.this_hour() == btt(6, 301, 31));
  CHECK(book.today() == btt(6, 301, 31));
  CHECK(book.apps().rows() == std::vector<UsageRow>{{"browser", btt(5, 300, 30)}, {"mail", btt(1, 1, 1)}});
  CHECK(book.hosts().rows() == std::vector<UsageRow>{{"example.net", btt(3, 200, 20)}, {"example.org", btt(3, 101, 11)}});
  CHECK(book.relays().of("relay-two") == btt(3, 200, 20));
  CHECK(book.relays().of("relay-three") == Usage{});
}

TEST_CASE("usage book: an hour and a day end at their last millisecond, UTC") {
  UsageBook book;
  const base::Duration ms{1};
  book.note("a", "h", "r", btt(1), kMidnight);
  book.note("a", "h", "r", btt(2), kMidnight + kHour - ms);
  CHECK(book.this_hour().spent == Amount::btt(3));
  book.advance(kMidnight + kHour);
  CHECK(book.this_hour() == Usage{});
  CHECK(book.today().spent == Amount::btt(3));
  book.note("a", "h", "r", btt(4), kMidnight + kDay - ms);
  CHECK(book.today().spent == Amount::btt(7));
  CHECK(book.apps().of("a").spent == Amount::btt(7));
  book.note("b", "h", "r", btt(5), kMidnight + kDay);
  CHECK(book.today().spent == Amount::btt(5));
  CHECK(book.apps().rows() == std::vector<UsageRow>{{"b", btt(5)}});
  CHECK(book.day() == 20'001);
}

TEST_CASE("usage book: a clock set back a little grants nothing anew, one that was far ahead does not count for ever") {
  UsageBook book;
  book.note("a", "h", "r", btt(1), kMidnight);
  book.advance(kMidnight - kMinute);
  CHECK(book.today().spent == Amount::btt(1));
  CHECK(book.this_hour().spent == Amount::btt(1));
  book.advance(kMidnight - 2 * kHour);
  CHECK(book.this_hour() == Usage{});
  CHECK(book.today().spent == Amount::btt(1));
  book.advance(kMidnight - 3 * kDay);
  CHECK(book.today() == Usage{});
}

TEST_CASE("usage book: the last hour by the minute, also those in which nothing happened") {
  UsageBook book;
  book.note("a", "h", "r", btt(1), kMidnight);
  book.note("a", "h", "r", btt(2), kMidnight + 59 * kMinute);
  auto minutes = book.last_hour(kMidnight + 59 * kMinute);
  REQUIRE(minutes.size() == UsageBook::kMinutes);
  CHECK(minutes.front().usage == btt(1));
  CHECK(minutes.back().usage == btt(2));
  CHECK(minutes.back().minute == minutes.front().minute + 59);
  CHECK(minutes[30].usage == Usage{});
  minutes = book.last_hour(kMidnight + kHour);
  CHECK(minutes.front().usage == Usage{});
  CHECK(minutes[58].usage == btt(2));
  book.note("a", "h", "r", btt(4), kMidnight + kHour);  // takes the bucket of an hour ago
  CHECK(book.last_hour(kMidnight + kHour).back().usage == btt(4));
  for (const auto& minute : book.last_hour(kMidnight + 5 * kHour)) CHECK(minute.usage == Usage{});
}

TEST_CASE("usage book: names are bounded and printable") {
  UsageBook book;
  book.note("", "a\nb\xff", std::string(10'000, 'r'), btt(1), kMidnight);
  CHECK(book.apps().rows().front().name == "unnamed");
  CHECK(book.hosts().rows().front().name == "a?b?");
  CHECK(book.relays().rows().front().name.size() == UsageBook::kMaxNameBytes);
}

TEST_CASE("usage book: beyond its rows the one that spent least joins the rest, and sums stay true") {
  UsageBook book;
  Amount all;
  for (std::uint64_t i = 0; i < 2 * UsageTable::kMaxRows; ++i) {
    book.note("app-" + std::to_string(i), "h", "r", btt(1 + i % 300), kMidnight);
    all = all.plus_saturated(Amount::btt(1 + i % 300));
  }
  const auto rows = book.apps().rows();
  CHECK(rows.size() == UsageTable::kMaxRows + 1);
  CHECK(rows.back().name == UsageBook::kRest);
  CHECK(rows.front().usage.spent == Amount::btt(300));
  CHECK(book.apps().of("app-0") == Usage{});
  Amount sum;
  for (const auto& row : rows) sum = sum.plus_saturated(row.usage.spent);
  CHECK(sum == all);
  CHECK(book.apps().of("other").spent == rows.back().usage.spent);
}

TEST_CASE("usage book: comes back from its text as it was") {
  UsageBook book;
  for (int i = 0; i < 300; ++i) book.note("app " + std::to_string(i), "h\"\\" + std::to_string(i), "r", btt(1, 2, 3), kMidnight + i * kMinute);
  const auto text = book.text();
  const auto back = UsageBook::parse(text);
  REQUIRE(back.has_value());
  CHECK(back->text() == text);
  CHECK(back->today() == book.today());
  CHECK(back->this_hour() == book.this_hour());
  CHECK(back->apps().rows() == book.apps().rows());
  CHECK(back->last_hour(kMidnight + 300 * kMinute) == book.last_hour(kMidnight + 300 * kMinute));
  CHECK(UsageBook::parse(UsageBook{}.text()).has_value());
}

TEST_CASE("usage book: the largest text that it writes is one that it reads") {
  UsageBook book;
  for (int i = 0; i < 300; ++i) {
    const auto name = std::to_string(i) + std::string(400, '"');
    book.note(name, name, name, {Amount::max(), UINT64_MAX, UINT64_MAX}, kMidnight + i * kMinute);
  }
  CHECK(UsageBook::parse(book.text()).has_value());
}

TEST_CASE("usage book: a foreign or broken text is refused") {
  UsageBook book;
  book.note("a", "h", "r", btt(1, 2, 3), kMidnight);
  const auto good = nlohmann::json::parse(book.text());
  REQUIRE(UsageBook::parse(good.dump()).has_value());
  for (const char* text : {"", "{", "[]", "null", "{}", "{\"ferry_usage\":1}"}) CHECK(UsageBook::parse(text).error().code == "usage_text");
  CHECK_FALSE(UsageBook::parse(book.text().substr(0, book.text().size() - 1)).has_value());
  CHECK_FALSE(UsageBook::parse(std::string(UsageBook::kMaxTextBytes + 1, ' ')).has_value());
  for (const auto& [member, value] : good.items()) {
    auto without = good;
    without.erase(member);
    CHECK_FALSE(UsageBook::parse(without.dump()).has_value());
  }
  const auto refused = [&](const char* pointer, const char* value) {
    CAPTURE(pointer);
    CAPTURE(value);
    auto changed = good;
    changed[nlohmann::json::json_pointer(pointer)] = nlohmann::json::parse(value);
    CHECK_FALSE(UsageBook::parse(changed.dump()).has_value());
  };
  refused("/ferry_usage", "2");
  refused("/more", "1");
  refused("/hour", "-1");
  refused("/day", "1.5");
  refused("/day", "18446744073709551615");
  refused("/today", "[\"1\",2]");
  refused("/today", "[\"1\",2,3,4]");
  refused("/today/0", "1");
  refused("/today/0", "\"-1\"");
  refused("/today/1", "-1");
  refused("/apps", "{}");
  refused("/apps/0/0", "\"\"");
  refused("/apps/0/0", "\"a\\nb\"");
  refused("/apps/1", "[\"a\",\"1\",2,3]");
  refused("/minutes/0/0", "-1");
}

}  // namespace ferry::client
