#include "pricing/tunnel_price.hpp"

#include <doctest/doctest.h>

#include "tests/unit/protocol/base/code_of.hpp"

using namespace ferry;
using base::Amount;
using base::code_of;
using pricing::check_tunnel_charge;
using pricing::kMib;
using pricing::tunnel_charge;

namespace {

Amount units(Amount::Raw count) { return Amount::from_units(count); }

pricing::Quote quote_of(Amount down, Amount up, Amount fee) {
  pricing::Quote quote;
  quote.tunnel_down_per_mib = down;
  quote.tunnel_up_per_mib = up;
  quote.per_request = fee;
  return quote;
}

}  // namespace

TEST_CASE("tunnel price: each way has its own, and the dearer one is what is reserved") {
  const auto quote = quote_of(Amount::btt(100), Amount::btt(40), Amount::btt(1));
  CHECK(tunnel_charge(quote, 0, 0).is_zero());
  CHECK(tunnel_charge(quote, kMib, 0) == Amount::btt(100));
  CHECK(tunnel_charge(quote, 0, kMib) == Amount::btt(40));
  CHECK(tunnel_charge(quote, kMib / 2, kMib / 4) == Amount::btt(60));
  CHECK(tunnel_charge(quote, 1, 0) == units(95'367'431'640'625));  // 100 * 10^18 / 2^20, exactly
  CHECK(pricing::tunnel_per_mib(quote) == Amount::btt(100));
  CHECK(pricing::tunnel_per_mib(quote_of(Amount::btt(1), Amount::btt(3), {})) == Amount::btt(3));
}

TEST_CASE("tunnel price: it is rounded up once, after both ways are added") {
  const auto quote = quote_of(units(1), units(1), {});
  CHECK(tunnel_charge(quote, 1, 0) == units(1));
  CHECK(tunnel_charge(quote, 1, 1) == units(1));
  CHECK(tunnel_charge(quote, kMib / 2, kMib / 2) == units(1));
  CHECK(tunnel_charge(quote, kMib / 2, kMib / 2 + 1) == units(2));
}

TEST_CASE("tunnel price: the largest sums are exact, and what is beyond any price saturates") {
  const auto dearest = quote_of(pricing::kMaxPrice, pricing::kMaxPrice, {});
  const std::uint64_t most = std::uint64_t{1} << 43U;
  CHECK(tunnel_charge(dearest, most, most) == *pricing::kMaxPrice.times(most / kMib * 2));
  const auto absurd = quote_of(Amount::max(), Amount::max(), {});
  CHECK(tunnel_charge(absurd, 2, 0) == Amount::max());
  CHECK(tunnel_charge(absurd, 0, 2) == Amount::max());
  CHECK(tunnel_charge(absurd, 1, 1) == Amount::max());
}

TEST_CASE("tunnel price: a metering may cost this much and not a unit more, with the fee only in the first") {
  const auto quote = quote_of(units(3), units(5), units(7));
  const auto price = tunnel_charge(quote, 700'000, 300'001);  // ceil(3600005 / 2^20) = 4
  CHECK(price == units(4));
  CHECK(check_tunnel_charge(quote, 700'000, 300'001, false, units(4)));
  CHECK(code_of(check_tunnel_charge(quote, 700'000, 300'001, false, units(5))) == "charge_above_quote");
  CHECK(check_tunnel_charge(quote, 700'000, 300'001, true, units(11)));
  CHECK(code_of(check_tunnel_charge(quote, 700'000, 300'001, true, units(12))) == "charge_above_quote");
  CHECK(check_tunnel_charge(quote, 700'000, 300'001, true, units(0)));
  CHECK(check_tunnel_charge(quote, 0, 0, true, units(7)));
  CHECK(code_of(check_tunnel_charge(quote, 0, 0, false, units(1))) == "charge_above_quote");
  CHECK(check_tunnel_charge(quote, 0, 0, false, units(1)).error().kind == base::ErrorKind::peer_fault);
}
