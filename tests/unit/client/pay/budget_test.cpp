#include "client/pay/budget.hpp"

#include <doctest/doctest.h>

namespace ferry::client {

using base::Amount;

TEST_CASE("budget: what is reserved and spent together never exceeds the limit") {
  Budget budget(Amount::btt(10));
  CHECK(budget.reserve(Amount::btt(6)));
  CHECK_FALSE(budget.reserve(Amount::btt(5)));
  CHECK(budget.reserve(Amount::btt(4)));
  CHECK(budget.left().is_zero());
  budget.settle(Amount::btt(6), Amount::btt(2));
  CHECK(budget.left() == Amount::btt(4));
  budget.spend(Amount::btt(3));
  budget.release(Amount::btt(4));
  CHECK(budget.left() == Amount::btt(5));
  budget.set_limit(Amount::btt(1));
  CHECK(budget.left().is_zero());
  CHECK_FALSE(budget.reserve(Amount::from_units(1)));
  budget.set_limit(std::nullopt);
  CHECK(budget.reserve(Amount::btt(1'000'000)));
}

TEST_CASE("budget: one within another counts in both, all or nothing") {
  const auto day = std::make_shared<Budget>(Amount::btt(10), nullptr, "today's");
  const auto hour = std::make_shared<Budget>(std::nullopt, day, "this hour's");
  Budget mail(Amount::btt(6), hour, "this app's");
  Budget browser(Amount::btt(6), hour, "this app's");

  CHECK(mail.left() == Amount::btt(6));
  CHECK(hour->left() == Amount::btt(10));
  CHECK(mail.reserve(Amount::btt(6)));
  CHECK(hour->reserved() == Amount::btt(6));
  CHECK(day->reserved() == Amount::btt(6));
  CHECK(browser.left() == Amount::btt(4));
  CHECK_FALSE(browser.reserve(Amount::btt(5)));
  CHECK(browser.reserved().is_zero());
  CHECK(hour->reserved() == Amount::btt(6));
  CHECK(day->reserved() == Amount::btt(6));

  mail.settle(Amount::btt(6), Amount::btt(2));
  CHECK(day->spent() == Amount::btt(2));
  CHECK(day->reserved().is_zero());
  browser.spend(Amount::btt(1));
  CHECK(hour->spent() == Amount::btt(3));
  CHECK(mail.spent() == Amount::btt(2));
  CHECK(browser.reserve(Amount::btt(5)));
  browser.release(Amount::btt(5));
  CHECK(day->left() == Amount::btt(7));
}

TEST_CASE("budget: says which one is reached, the innermost first") {
  const auto day = std::make_shared<Budget>(Amount::btt(10), nullptr, "today's");
  Budget app(Amount::btt(4), day, "this app's");
  CHECK(app.without_room_for(Amount::btt(4)) == nullptr);
  CHECK(app.without_room_for(Amount::btt(11))->name() == "this app's");
  day->spend(Amount::btt(8));
  CHECK(app.without_room_for(Amount::btt(3))->name() == "today's");
  CHECK(Budget(Amount::btt(1)).name() == "the");
}

TEST_CASE("budget: is reached when something had no room in it, until something comes back or a new period begins") {
  const auto day = std::make_shared<Budget>(Amount::btt(10));
  Budget app(Amount::btt(20), day);
  REQUIRE(app.reserve(Amount::btt(7)));
  CHECK_FALSE(day->is_reached());
  CHECK_FALSE(app.reserve(Amount::btt(4)));
  CHECK(day->is_reached());
  CHECK_FALSE(app.is_reached());
  app.settle(Amount::btt(4), Amount::btt(4));
  CHECK(day->is_reached());
  app.settle(Amount::btt(1), Amount::zero());
  CHECK_FALSE(day->is_reached());
  CHECK_FALSE(app.reserve(Amount::btt(5)));
  CHECK(day->is_reached());
  CHECK(app.reserve(Amount::btt(3)));
  CHECK_FALSE(day->is_reached());
  day->spend(Amount::btt(50));
  CHECK(day->is_reached());
  day->start_anew();
  CHECK_FALSE(day->is_reached());
  CHECK_FALSE(app.reserve(Amount::btt(11)));
  day->set_limit(Amount::btt(30));
  CHECK_FALSE(day->is_reached());
  CHECK_FALSE(Budget(std::nullopt).is_reached());
}

TEST_CASE("budget: a new period forgets what was spent, not what is reserved, and nothing of what it lies within") {
  const auto day = std::make_shared<Budget>(Amount::btt(20));
  Budget hour(Amount::btt(10), day);
  hour.spend(Amount::btt(7));
  REQUIRE(hour.reserve(Amount::btt(3)));
  hour.start_anew();
  CHECK(hour.left() == Amount::btt(7));
  CHECK(day->spent() == Amount::btt(7));
  hour.settle(Amount::btt(3), Amount::btt(3));
  CHECK(hour.spent() == Amount::btt(3));
  CHECK(day->spent() == Amount::btt(10));
  hour.start_anew(Amount::btt(9));
  CHECK(hour.left() == Amount::btt(1));
}

}  // namespace ferry::client
