#include "pricing/witness_price.hpp"

#include <doctest/doctest.h>

#include "tests/unit/pricing/quote_samples.hpp"
#include "tests/unit/protocol/base/code_of.hpp"

using namespace ferry;
using base::Amount;
using base::code_of;
using pricing::check_witness_charge;
using pricing::ChunkSource;
using pricing::kMib;
using pricing::witness_charge;

namespace {

Amount wei(Amount::Raw count) { return Amount::from_units(count); }

pricing::Quote priced(Amount hit, Amount miss) {
  auto quote = pricing::vector_quote();
  quote.hit_per_mib = hit;
  quote.miss_per_mib = miss;
  return quote;
}

}  // namespace

TEST_CASE("witness price: a word costs a share of its chunk, and what is held a smaller one") {
  const auto quote = priced(Amount::btt(64), Amount::btt(8));
  CHECK(witness_charge(quote, ChunkSource::hit, kMib) == Amount::btt(1));
  CHECK(witness_charge(quote, ChunkSource::miss, kMib) == Amount::btt(2));
  CHECK(witness_charge(quote, ChunkSource::miss, kMib / 4) == *Amount::parse_btt("0.5"));
  CHECK(witness_charge(quote, ChunkSource::hit, 0).is_zero());
}

TEST_CASE("witness price: it is rounded up once") {
  CHECK(witness_charge(priced(wei(1), wei(1)), ChunkSource::hit, 1) == wei(1));
  CHECK(witness_charge(priced(wei(64), wei(4)), ChunkSource::hit, kMib) == wei(1));
  CHECK(witness_charge(priced(wei(65), wei(5)), ChunkSource::hit, kMib) == wei(2));
  CHECK(witness_charge(priced(wei(65), wei(5)), ChunkSource::miss, kMib) == wei(2));
}

TEST_CASE("witness price: what is reserved covers every word") {
  for (const auto& quote : {priced(wei(1), wei(3)), priced(Amount::btt(100), Amount::btt(200)), priced(Amount::btt(1000), wei(7))}) {
    for (const std::uint64_t bytes : {std::uint64_t{1}, std::uint64_t{100'000}, std::uint64_t{262'144}}) {
      const auto reserved = pricing::price_of(pricing::witness_per_mib(quote), bytes);
      CHECK(reserved >= witness_charge(quote, ChunkSource::hit, bytes));
      CHECK(reserved >= witness_charge(quote, ChunkSource::miss, bytes));
    }
  }
}

TEST_CASE("witness price: one unit above is refused, and more bytes than a chunk has") {
  const auto quote = priced(Amount::btt(100), Amount::btt(200));
  const auto price = witness_charge(quote, ChunkSource::miss, 262'144);
  CHECK(code_of(check_witness_charge(quote, ChunkSource::miss, 262'144, price)) == "ok");
  CHECK(code_of(check_witness_charge(quote, ChunkSource::miss, 262'144, *price.plus(wei(1)))) == "charge_above_quote");
  CHECK(code_of(check_witness_charge(quote, ChunkSource::hit, 262'144, price)) == "charge_above_quote");
  CHECK(code_of(check_witness_charge(quote, ChunkSource::miss, 262'145, price)) == "charge_above_quote");
}
