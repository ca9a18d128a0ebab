#include "client/fetch/price_check.hpp"

#include <doctest/doctest.h>

#include "protocol/content/geometry.hpp"

namespace ferry::client {

using base::Amount;

namespace {

const Amount kUnit = Amount::from_units(1);

pricing::Quote sample_quote() {
  pricing::Quote quote;
  quote.chunk_bytes = content::kChunkBytes;
  quote.hit_per_mib = Amount::btt(4);
  quote.miss_per_mib = Amount::btt(8);
  quote.per_request = Amount::btt(1);
  return quote;
}

wire::ChunkMessage chunk(Amount charge, pricing::ChunkSource source, bool redelivered = false) {
  static const base::Bytes bytes(content::kChunkBytes);
  wire::ChunkMessage message;
  message.charge = charge;
  message.source = static_cast<std::uint8_t>(source);
  message.redelivered = redelivered;
  message.payload.bytes = base::ByteView{bytes};
  return message;
}

std::string code(const base::Result<void>& result) { return result ? std::string() : result.error().code; }

}  // namespace

TEST_CASE("price: a limit is kept by every price, or the message tells both") {
  const auto quote = sample_quote();
  CHECK(check_limit(quote, limit_of(Amount::btt(8))).has_value());
  const auto refused = check_limit(quote, limit_of(*Amount::btt(8).minus(kUnit)));
  CHECK(code(refused) == "price_too_high");
  CHECK(refused.error().message.find("8 BTT") != std::string::npos);
  CHECK_FALSE(keeps(quote, {Amount::btt(8), Amount::btt(8), *Amount::btt(1).minus(kUnit)}));
  CHECK_FALSE(keeps(quote, {*Amount::btt(4).minus(kUnit), Amount::btt(8), Amount::btt(8)}));
}

TEST_CASE("price: one unit above the quote is a lie, for a hit as for a miss") {
  const auto quote = sample_quote();
  CHECK(code(check_chunk_charge(quote, {}, chunk(Amount::btt(1), pricing::ChunkSource::hit))) == "");
  CHECK(code(check_chunk_charge(quote, {}, chunk(*Amount::btt(1).plus(kUnit), pricing::ChunkSource::hit))) == "charge_above_quote");
  CHECK(code(check_chunk_charge(quote, {}, chunk(Amount::btt(2), pricing::ChunkSource::miss))) == "");
  CHECK(code(check_chunk_charge(quote, {}, chunk(*Amount::btt(2).plus(kUnit), pricing::ChunkSource::miss))) == "charge_above_quote");
  CHECK(code(check_chunk_charge(quote, {}, chunk(Amount::zero(), static_cast<pricing::ChunkSource>(2)))) == "chunk_source");
}

TEST_CASE("price: a repeated chunk may bear an earlier price that was agreed, and not a unit more") {
  const auto quote = sample_quote();
  const wire::PriceLimit earlier{Amount::btt(40), Amount::btt(20), Amount::btt(3)};
  const auto hit = pricing::ChunkSource::hit;
  CHECK(code(check_chunk_charge(quote, {}, chunk(Amount::btt(2), hit, true))) == "");
  CHECK(code(check_chunk_charge(quote, {}, chunk(*Amount::btt(2).plus(kUnit), hit, true))) == "charge_above_quote");
  CHECK(code(check_chunk_charge(quote, earlier, chunk(Amount::btt(10), hit, true))) == "");
  CHECK(code(check_chunk_charge(quote, earlier, chunk(*Amount::btt(10).plus(kUnit), hit, true))) == "charge_above_quote");
}

TEST_CASE("price: the fee comes once, with the first manifest") {
  const auto quote = sample_quote();
  wire::ManifestMessage manifest;
  manifest.charge = Amount::btt(1);
  CHECK(code(check_fee(quote, {}, manifest)) == "");
  manifest.final = true;
  CHECK(code(check_fee(quote, {}, manifest)) == "charge_above_quote");
  manifest.final = false;
  manifest.charge = *Amount::btt(1).plus(kUnit);
  CHECK(code(check_fee(quote, {}, manifest)) == "charge_above_quote");
  manifest.redelivered = true;
  CHECK(code(check_fee(quote, {}, manifest)) == "charge_above_quote");
  CHECK(code(check_fee(quote, {{}, {}, Amount::btt(2)}, manifest)) == "");
}

}  // namespace ferry::client
