#include "client/usage/spending_limits.hpp"

#include <doctest/doctest.h>

#include "tests/unit/client/usage/day.hpp"

namespace ferry::client {

using base::Amount;
using base::Time;

namespace {

Limits limits() {
  Limits out;
  out.per_day = Amount::btt(20);
  out.per_hour = Amount::btt(10);
  out.per_app = {{"browser", Amount::btt(6)}};
  out.per_other_app = Amount::btt(3);
  return out;
}

/// As the proxy does: settled in the budget, then noted.
void charge(SpendingLimits& limits, UsageBook& book, const char* app, std::uint64_t btt, Time now) {
  limits.budget_for(app)->spend(Amount::btt(btt));
  book.note(app, "h", "r", {Amount::btt(btt), 1, 1}, now);
}

}  // namespace

TEST_CASE("spending limits: an app's within the hour's within the day's") {
  UsageBook book;
  SpendingLimits trial(limits(), book, kMidnight);
  CHECK(trial.budget_for("browser")->left() == Amount::btt(6));
  CHECK(trial.budget_for("mail")->left() == Amount::btt(3));
  CHECK(trial.budget_for("browser") == trial.budget_for("browser"));
  charge(trial, book, "browser", 5, kMidnight);
  charge(trial, book, "mail", 3, kMidnight);
  CHECK_FALSE(trial.budget_for("mail")->reserve(Amount::btt(1)));
  CHECK(trial.budget_for("mail")->without_room_for(Amount::btt(1))->name() == "this app's");
  CHECK(trial.budget_for("news")->left() == Amount::btt(2));
  CHECK(trial.budget_for("news")->without_room_for(Amount::btt(3))->name() == "this hour's");
}

TEST_CASE("spending limits: an hour gives room within the day, a day gives all back") {
  UsageBook book;
  SpendingLimits trial(limits(), book, kMidnight);
  charge(trial, book, "browser", 6, kMidnight);
  charge(trial, book, "mail", 3, kMidnight);
  trial.advance(kMidnight + kHour - base::Duration{1});
  CHECK(trial.budget_for("news")->left() == Amount::btt(1));
  trial.advance(kMidnight + kHour);
  CHECK(trial.budget_for("news")->left() == Amount::btt(3));
  CHECK(trial.budget_for("browser")->left().is_zero());
  for (const char* app : {"a", "b", "c"}) charge(trial, book, app, 3, kMidnight + kHour);
  trial.advance(kMidnight + 2 * kHour);
  CHECK(trial.budget_for("news")->left() == Amount::btt(2));
  CHECK(trial.budget_for("news")->without_room_for(Amount::btt(3))->name() == "today's");
  trial.advance(kMidnight + kDay);
  CHECK(trial.budget_for("browser")->left() == Amount::btt(6));
  CHECK(trial.budget_for("mail")->left() == Amount::btt(3));
}

TEST_CASE("spending limits: what was noted before the roll is noticed is counted once") {
  UsageBook book;
  SpendingLimits trial(limits(), book, kMidnight);
  charge(trial, book, "mail", 2, kMidnight);
  charge(trial, book, "mail", 1, kMidnight + kDay);  // rolls the book
  trial.advance(kMidnight + kDay);
  CHECK(trial.budget_for("mail")->left() == Amount::btt(2));
  CHECK(trial.states()[0].spent == Amount::btt(1));
  CHECK(trial.states()[1].spent == Amount::btt(1));
}

TEST_CASE("spending limits: what is reserved stays so over midnight, for whoever holds the budget") {
  UsageBook book;
  SpendingLimits trial(limits(), book, kMidnight);
  const auto held = trial.budget_for("mail");
  REQUIRE(held->reserve(Amount::btt(2)));
  trial.advance(kMidnight + kDay);
  CHECK(trial.budget_for("mail") == held);
  CHECK(held->left() == Amount::btt(1));
  CHECK(trial.budget_for("browser")->left() == Amount::btt(6));
  held->settle(Amount::btt(2), Amount::btt(2));
  CHECK(trial.states()[0].spent == Amount::btt(2));
}

TEST_CASE("spending limits: a restart forgets nothing") {
  UsageBook book;
  {
    SpendingLimits trial(limits(), book, kMidnight);
    charge(trial, book, "browser", 6, kMidnight);
    charge(trial, book, "mail", 2, kMidnight);
  }
  auto kept = UsageBook::parse(book.text()).value();
  SpendingLimits next(limits(), kept, kMidnight + base::Duration{5});
  CHECK(next.budget_for("browser")->left().is_zero());
  CHECK(next.budget_for("mail")->left() == Amount::btt(1));
  CHECK(next.budget_for("news")->left() == Amount::btt(2));
  SpendingLimits tomorrow(limits(), kept, kMidnight + kDay);
  CHECK(tomorrow.budget_for("browser")->left() == Amount::btt(6));
}

TEST_CASE("spending limits: no limits, no stop") {
  UsageBook book;
  SpendingLimits trial({}, book, kMidnight);
  CHECK(trial.budget_for("any")->reserve(Amount::btt(1'000'000)));
  CHECK(trial.states().size() == 2);
  CHECK(trial.states()[0].left == Amount::max());
}

TEST_CASE("spending limits: apps beyond the bound share one budget, until the next day") {
  UsageBook book;
  SpendingLimits trial(limits(), book, kMidnight);
  for (std::size_t i = 0; i < SpendingLimits::kMaxApps; ++i) trial.budget_for("app-" + std::to_string(i));
  CHECK(trial.budget_for("one more") == trial.budget_for("another"));
  CHECK(trial.budget_for("one more") == trial.budget_for("other"));
  CHECK(trial.budget_for("app-0") != trial.budget_for("another"));
  CHECK(trial.budget_for("browser")->left() == Amount::btt(6));
  trial.advance(kMidnight + kDay);
  CHECK(trial.budget_for("one more") != trial.budget_for("another"));
}

TEST_CASE("spending limits: a limit's name is looked up as it is kept") {
  UsageBook book;
  Limits odd;
  odd.per_app = {{"caf\xc3\xa9", Amount::btt(1)}};
  SpendingLimits trial(odd, book, kMidnight);
  CHECK(trial.budget_for("caf\xc3\xa9")->left() == Amount::btt(1));
}

TEST_CASE("spending limits: states, the day's, the hour's, then apps by what they spent") {
  UsageBook book;
  SpendingLimits trial(limits(), book, kMidnight);
  charge(trial, book, "mail", 2, kMidnight);
  charge(trial, book, "news", 3, kMidnight);
  trial.budget_for("quiet");
  REQUIRE(trial.budget_for("news")->without_room_for(Amount::btt(1)) != nullptr);
  const auto states = trial.states();
  REQUIRE(states.size() == 5);
  CHECK(states[0].name == "today");
  CHECK(states[0].left == Amount::btt(15));
  CHECK(states[1].name == "this hour");
  CHECK(states[1].left == Amount::btt(5));
  CHECK(states[2].name == "news");
  CHECK(states[2].left.is_zero());
  CHECK(states[2].reached);
  CHECK_FALSE(states[0].reached);
  CHECK(states[3].name == "mail");
  CHECK(states[4].name == "browser");
}

}  // namespace ferry::client
