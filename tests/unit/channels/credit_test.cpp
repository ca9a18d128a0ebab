#include "channels/credit.hpp"

#include <doctest/doctest.h>

#include "tests/unit/channels/parties.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;

namespace {

const base::Amount kPrice = units(1000);

/// Rules under which the share of what was paid does not bind.
CreditRules generous() {
  CreditRules rules;
  rules.paid_share_divisor = 1;
  return rules;
}

}  // namespace

TEST_CASE("credit: a new payer has one chunk") {
  CHECK(PayerCredit{}.window({}, kPrice) == kPrice);
  CHECK(PayerCredit{}.window({}, units(0)) == units(0));
}

TEST_CASE("credit: sixteen paid windows double the window, and the next doubling needs sixteen of the new size") {
  PayerCredit credit;
  for (int i = 0; i < 15; ++i) credit.on_paid(generous(), kPrice, kPrice);
  CHECK(credit.window(generous(), kPrice) == kPrice);
  credit.on_paid(generous(), kPrice, kPrice);
  CHECK(credit.window(generous(), kPrice) == units(2000));
  for (int i = 0; i < 31; ++i) credit.on_paid(generous(), kPrice, kPrice);
  CHECK(credit.window(generous(), kPrice) == units(2000));
  credit.on_paid(generous(), kPrice, kPrice);
  CHECK(credit.window(generous(), kPrice) == units(4000));
}

TEST_CASE("credit: it does not matter in which portions the same money comes") {
  PayerCredit at_once;
  at_once.on_paid(generous(), units(77'777), kPrice);
  PayerCredit in_portions;
  for (int i = 0; i < 7'777; ++i) in_portions.on_paid(generous(), units(10), kPrice);
  in_portions.on_paid(generous(), units(7), kPrice);
  CHECK(in_portions == at_once);
}

TEST_CASE("credit: the window stops at its maximum") {
  PayerCredit credit;
  credit.on_paid(generous(), units(1'000'000'000), kPrice);
  CHECK(credit.window(generous(), kPrice) == units(64'000));
  credit.on_paid(generous(), base::Amount::max(), kPrice);
  CHECK(credit.window(generous(), kPrice) == units(64'000));
}

TEST_CASE("credit: beyond the first chunk it is at most half a percent of what was paid") {
  PayerCredit credit;
  credit.on_paid({}, units(16'000), kPrice);
  CHECK(credit.chunks == 2);
  CHECK(credit.window({}, kPrice) == units(1080));
  credit.on_paid({}, units(12'600'000), kPrice);
  CHECK(credit.chunks == 64);
  CHECK(credit.window({}, kPrice) == units(64'000));
}

TEST_CASE("credit: who leaves owing starts with the first window, and what was paid stays known") {
  PayerCredit credit;
  credit.on_paid(generous(), units(100'000), kPrice);
  REQUIRE(credit.window(generous(), kPrice) > kPrice);
  credit.start_anew();
  CHECK(credit.window(generous(), kPrice) == kPrice);
  CHECK(credit.paid == units(100'000));
  credit.on_paid(generous(), units(15'999), kPrice);
  CHECK(credit.window(generous(), kPrice) == kPrice);
  credit.on_paid(generous(), units(1), kPrice);
  CHECK(credit.window(generous(), kPrice) == units(2000));
}

TEST_CASE("credit: rules without credit grant none, however much is paid") {
  CreditRules rules;
  rules.first_chunks = 0;
  PayerCredit credit;
  credit.on_paid(rules, units(1'000'000), kPrice);
  CHECK(credit.window(rules, kPrice) == units(0));
}

TEST_CASE("credit: prices and sums at the edge of the range saturate") {
  PayerCredit credit;
  credit.on_paid({}, base::Amount::max(), base::Amount::max());
  credit.on_paid({}, base::Amount::max(), base::Amount::max());
  CHECK(credit.paid == base::Amount::max());
  CHECK(credit.window({}, base::Amount::max()) == base::Amount::max());
}
