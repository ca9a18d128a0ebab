#include "channels/credit.hpp"

#include <doctest/doctest.h>

#include "tests/unit/channels/parties.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;

namespace {

const base::Amount kChunkPrice = units(1000);

/// Rules under which the share of what was paid does not bind.
CreditRules generous() {
  CreditRules rules;
  rules.paid_share_divisor = 1;
  return rules;
}

}  // namespace

TEST_CASE("credit: a new payer has one chunk") {
  CHECK(PayerCredit{}.window({}, kChunkPrice) == kChunkPrice);
  CHECK(PayerCredit{}.window({}, units(0)) == units(0));
}

TEST_CASE("credit: sixteen paid windows double the window, and the next doubling needs sixteen of the new size") {
  PayerCredit credit;
  for (int i = 0; i < 15; ++i) credit.on_paid(generous(), kChunkPrice, kChunkPrice);
  CHECK(credit.window(generous(), kChunkPrice) == kChunkPrice);
  credit.on_paid(generous(), kChunkPrice, kChunkPrice);
  CHECK(credit.window(generous(), kChunkPrice) == units(2000));
  for (int i = 0; i < 31; ++i) credit.on_paid(generous(), kChunkPrice, kChunkPrice);
  CHECK(credit.window(generous(), kChunkPrice) == units(2000));
  credit.on_paid(generous(), kChunkPrice, kChunkPrice);
  CHECK(credit.window(generous(), kChunkPrice) == units(4000));
}

TEST_CASE("credit: it does not matter in which portions the same money comes") {
  PayerCredit at_once;
  at_once.on_paid(generous(), units(77'777), kChunkPrice);
  PayerCredit in_portions;
  for (int i = 0; i < 7'777; ++i) in_portions.on_paid(generous(), units(10), kChunkPrice);
  in_portions.on_paid(generous(), units(7), kChunkPrice);
  CHECK(in_portions == at_once);
}

TEST_CASE("credit: the window stops at its maximum") {
  PayerCredit credit;
  credit.on_paid(generous(), units(1'000'000'000), kChunkPrice);
  CHECK(credit.window(generous(), kChunkPrice) == units(64'000));
  credit.on_paid(generous(), base::Amount::max(), kChunkPrice);
  CHECK(credit.window(generous(), kChunkPrice) == units(64'000));
}

TEST_CASE("credit: beyond the first chunk it is at most half a percent of what was paid") {
  PayerCredit credit;
  credit.on_paid({}, units(16'000), kChunkPrice);
  CHECK(credit.chunks == 2);
  CHECK(credit.window({}, kChunkPrice) == units(1080));
  credit.on_paid({}, units(12'600'000), kChunkPrice);
  CHECK(credit.chunks == 64);
  CHECK(credit.window({}, kChunkPrice) == units(64'000));
}

TEST_CASE("credit: who leaves owing starts with the first window, and what was paid stays known") {
  PayerCredit credit;
  credit.on_paid(generous(), units(100'000), kChunkPrice);
  REQUIRE(credit.window(generous(), kChunkPrice) > kChunkPrice);
  credit.start_anew();
  CHECK(credit.window(generous(), kChunkPrice) == kChunkPrice);
  CHECK(credit.paid == units(100'000));
  credit.on_paid(generous(), units(15'999), kChunkPrice);
  CHECK(credit.window(generous(), kChunkPrice) == kChunkPrice);
  credit.on_paid(generous(), units(1), kChunkPrice);
  CHECK(credit.window(generous(), kChunkPrice) == units(2000));
}

TEST_CASE("credit: rules without credit grant none, however much is paid") {
  CreditRules rules;
  rules.first_chunks = 0;
  PayerCredit credit;
  credit.on_paid(rules, units(1'000'000), kChunkPrice);
  CHECK(credit.window(rules, kChunkPrice) == units(0));
}

TEST_CASE("credit: prices and sums at the edge of the range saturate") {
  PayerCredit credit;
  credit.on_paid({}, base::Amount::max(), base::Amount::max());
  credit.on_paid({}, base::Amount::max(), base::Amount::max());
  CHECK(credit.paid == base::Amount::max());
  CHECK(credit.window({}, base::Amount::max()) == base::Amount::max());
}
