#include "client/pay/purchase.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <random>
#include <vector>

#include "pricing/tunnel_price.hpp"
#include "protocol/content/geometry.hpp"

namespace ferry::client {

using base::Amount;

namespace {

pricing::Quote quote_of(std::uint64_t hit, std::uint64_t miss, std::uint64_t fee) {
  pricing::Quote quote;
  quote.chunk_bytes = content::kChunkBytes;
  quote.hit_per_mib = Amount::btt(hit);
  quote.miss_per_mib = Amount::btt(miss);
  quote.per_request = Amount::btt(fee);
  return quote;
}

pricing::Quote tunnel_quote_of(Amount down, Amount up, Amount fee) {
  pricing::Quote quote;
  quote.chunk_bytes = content::kChunkBytes;
  quote.tunnel_down_per_mib = down;
  quote.tunnel_up_per_mib = up;
  quote.per_request = fee;
  return quote;
}

constexpr std::uint64_t kMeteredMib = std::uint64_t{1} << 20U;

}  // namespace

TEST_CASE("purchase: grants are counted at the dearer price, settled at what was charged") {
  const auto own = std::make_shared<Budget>(Amount::btt(10));
  Budget shared(std::nullopt);
  Purchase purchase(own, shared);
  REQUIRE(purchase.agree(quote_of(4, 8, 1)));  // a chunk costs 1 or 2
  CHECK(purchase.chunk_price() == Amount::btt(2));
  CHECK(purchase.reserved() == Amount::btt(1));
  for (int i = 0; i < 4; ++i) CHECK(purchase.grant(content::kChunkBytes));
  CHECK_FALSE(purchase.grant(content::kChunkBytes));
  CHECK(purchase.grant(content::kChunkBytes / 2));
  CHECK(own->left().is_zero());
  CHECK(shared.reserved() == Amount::btt(10));
  purchase.settle_fee(Amount::btt(1));
  purchase.settle_chunk(Amount::btt(1));
  CHECK(purchase.charged() == Amount::btt(2));
  CHECK(purchase.reserved() == Amount::btt(7));
  CHECK(own->left() == Amount::btt(1));
  purchase.close();
  CHECK(own->left() == Amount::btt(8));
  CHECK(shared.reserved().is_zero());
  CHECK(shared.spent() == Amount::btt(2));
}

TEST_CASE("purchase: a limit is reserved before the quote, and the quote replaces it") {
  const auto own = std::make_shared<Budget>(Amount::btt(100));
  Budget shared(Amount::btt(100));
  Purchase purchase(own, shared);
  REQUIRE(purchase.expect(wire::PriceLimit{Amount::btt(8), Amount::btt(8), Amount::btt(8)}));
  CHECK(purchase.grant(content::kChunkBytes));
  CHECK(purchase.reserved() == Amount::btt(10));
  REQUIRE(purchase.agree(quote_of(2, 4, 1)));
  CHECK(purchase.reserved() == Amount::btt(2));
}

TEST_CASE("purchase: neither budget is touched when one of them says no") {
  const auto own = std::make_shared<Budget>(Amount::btt(100));
  Budget shared(Amount::btt(3));
  Purchase purchase(own, shared);
  REQUIRE(purchase.agree(quote_of(4, 8, 1)));
  CHECK(purchase.grant(content::kChunkBytes));
  CHECK_FALSE(purchase.grant(content::kChunkBytes));
  CHECK(own->reserved() == Amount::btt(3));
  CHECK(shared.reserved() == Amount::btt(3));
  CHECK_FALSE(Purchase(own, shared).expect(wire::PriceLimit{Amount::btt(1), Amount::btt(1), Amount::btt(1)}));
  CHECK(own->reserved() == Amount::btt(3));
}

TEST_CASE("purchase: over random lives the budgets never exceed their limits and always balance") {
  std::mt19937_64 random(7);
  for (int life = 0; life < 300; ++life) {
    const auto own = std::make_shared<Budget>(Amount::btt(random() % 60));
    Budget shared(Amount::btt(random() % 90));
    Amount charged;
    {
      Purchase one(own, shared), two(own, shared);
      for (auto* purchase : {&one, &two}) {
        if (!purchase->agree(quote_of(random() % 8, random() % 8, random() % 4))) continue;
        for (int step = 0; step < 30; ++step) {
          if (random() % 2 == 0) static_cast<void>(purchase->grant(1 + random() % content::kChunkBytes));
          else if (purchase->granted() > 0) purchase->settle_chunk(Amount::from_units(0));
          CHECK(own->spent().plus_saturated(own->reserved()) <= *own->limit());
          CHECK(shared.spent().plus_saturated(shared.reserved()) <= *shared.limit());
        }
        charged = charged.plus_saturated(purchase->charged());
      }
    }
    CHECK(own->reserved().is_zero());
    CHECK(shared.reserved().is_zero());
    CHECK(own->spent() == charged);
  }
}

TEST_CASE("purchase: what is still being counted when its fetch is gone has a budget to be counted in") {
  auto own = std::make_shared<Budget>(Amount::btt(10));
  Budget shared(std::nullopt);
  std::weak_ptr<Budget> seen = own;
  {
    Purchase purchase(own, shared);
    REQUIRE(purchase.agree(quote_of(4, 8, 1)));
    CHECK(purchase.grant(content::kChunkBytes));
    own.reset();
    purchase.settle_chunk(Amount::btt(1));
    CHECK_FALSE(seen.expired());
  }
  CHECK(seen.expired());
  CHECK(shared.spent() == Amount::btt(1));
  CHECK(shared.reserved().is_zero());
}

TEST_CASE("purchase: grants are taken back from the end, with their reservations") {
  const auto own = std::make_shared<Budget>(Amount::btt(100));
  Budget shared(std::nullopt);
  Purchase purchase(own, shared);
  REQUIRE(purchase.agree(quote_of(4, 8, 1)));
  for (const std::uint64_t bytes : {content::kChunkBytes, content::kChunkBytes, content::kChunkBytes / 2}) CHECK(purchase.grant(bytes));
  CHECK(purchase.reserved() == Amount::btt(6));
  CHECK(purchase.take_back(2) == std::vector<std::uint64_t>{content::kChunkBytes, content::kChunkBytes / 2});
  CHECK(purchase.granted() == 1);
  CHECK(own->reserved() == Amount::btt(3));
  CHECK(purchase.take_back(9).size() == 1);
  CHECK(own->reserved() == Amount::btt(1));
}

TEST_CASE("purchase: bytes of a tunnel are reserved at the dearer way's price, with units for rounding, and settled at what was charged") {
  const auto own = std::make_shared<Budget>(Amount::btt(10));
  Budget shared(std::nullopt);
  Purchase purchase(own, shared);
  REQUIRE(purchase.agree_tunnel(tunnel_quote_of(Amount::btt(4), Amount::btt(2), Amount::btt(1))));
  CHECK(purchase.reserved() == Amount::btt(1));
  CHECK(purchase.grant_bytes(kMeteredMib));
  CHECK(purchase.reserved() == Amount::btt(5).plus_saturated(Amount::from_units(16)));
  CHECK(purchase.grant_bytes(kMeteredMib));
  CHECK(purchase.reserved() == Amount::btt(9).plus_saturated(Amount::from_units(16)));
  CHECK_FALSE(purchase.grant_bytes(kMeteredMib));
  CHECK(own->left() == Amount::btt(1).minus_floored(Amount::from_units(16)));
  purchase.settle_fee(Amount::btt(1));
  purchase.settle_bytes(kMeteredMib, Amount::btt(2));  // it all went up
  CHECK(purchase.reserved() == Amount::btt(4).plus_saturated(Amount::from_units(16)));
  CHECK(own->spent() == Amount::btt(3));
  purchase.settle_bytes(kMeteredMib, Amount::btt(4));
  CHECK(purchase.reserved().is_zero());
  CHECK(shared.spent() == Amount::btt(7));
}

TEST_CASE("purchase: the quote of a tunnel replaces what was expected of it, with what was granted") {
  const auto own = std::make_shared<Budget>(Amount::btt(10));
  Budget shared(std::nullopt);
  Purchase purchase(own, shared);
  REQUIRE(purchase.expect(wire::TunnelLimit{Amount::btt(4), Amount::btt(8), Amount::btt(1)}));
  CHECK(purchase.grant_bytes(kMeteredMib));
  CHECK(purchase.reserved() == Amount::btt(9).plus_saturated(Amount::from_units(16)));
  SUBCASE("a cheaper one") {
    CHECK(purchase.agree_tunnel(tunnel_quote_of(Amount::btt(2), Amount::btt(1), Amount::zero())));
    CHECK(purchase.reserved() == Amount::btt(2).plus_saturated(Amount::from_units(16)));
  }
  SUBCASE("one that no budget has room for") {
    CHECK_FALSE(purchase.agree_tunnel(tunnel_quote_of(Amount::btt(10), Amount::btt(1), Amount::zero())));
    CHECK(purchase.reserved().is_zero());
  }
  purchase.close();
  CHECK(own->left() == Amount::btt(10));
}

TEST_CASE("purchase: over random meterings of tunnels, the budgets exceed their limits by no more than their rounding, and always balance") {
  std::mt19937_64 random(11);
  for (int life = 0; life < 300; ++life) {
    const auto own = std::make_shared<Budget>(Amount::from_units(random() % 5'000'000));
    Budget shared(Amount::from_units(random() % 8'000'000));
    Amount charged;
    {
      Purchase purchase(own, shared);
      const auto quote = tunnel_quote_of(Amount::from_units(random() % 3'000'000), Amount::from_units(random() % 3'000'000), Amount::from_units(random() % 50));
      if (!purchase.agree_tunnel(quote)) continue;
      std::uint64_t granted = 0;
      std::uint64_t meters = 0;
      for (int step = 0; step < 60; ++step) {
        if (random() % 2 == 0) {
          const std::uint64_t bytes = 1 + random() % kMeteredMib;
          if (purchase.grant_bytes(bytes)) granted += bytes;
        } else if (granted > 0) {
          const std::uint64_t down = random() % (granted + 1);
          const std::uint64_t up = random() % (granted - down + 1);
          const auto price = pricing::tunnel_charge(quote, down, up);
          purchase.settle_bytes(down + up, price);
          granted -= down + up;
          charged = charged.plus_saturated(price);
          ++meters;
          // Enough for the next step, however many there were.
          CHECK(purchase.reserved() >= pricing::tunnel_charge(quote, granted, 0));
          CHECK(purchase.reserved() >= pricing::tunnel_charge(quote, 0, granted));
        }
        CHECK(own->spent().plus_saturated(own->reserved()) <= own->limit()->plus_saturated(Amount::from_units(meters)));
        CHECK(shared.spent().plus_saturated(shared.reserved()) <= shared.limit()->plus_saturated(Amount::from_units(meters)));
      }
    }
    CHECK(own->reserved().is_zero());
    CHECK(shared.reserved().is_zero());
    CHECK(own->spent() == charged);
  }
}

TEST_CASE("purchase: bytes that are settled after the end are spent, and touch no other purchase's reservation") {
  const auto own = std::make_shared<Budget>(Amount::btt(10));
  Budget shared(std::nullopt);
  Purchase gone(own, shared), other(own, shared);
  const auto quote = tunnel_quote_of(Amount::btt(1), Amount::btt(1), Amount::zero());
  REQUIRE(gone.agree_tunnel(quote));
  REQUIRE(other.agree_tunnel(quote));
  CHECK(gone.grant_bytes(kMeteredMib));
  CHECK(other.grant_bytes(kMeteredMib));
  gone.close();
  gone.settle_bytes(kMeteredMib, Amount::btt(1));
  CHECK(own->spent() == Amount::btt(1));
  CHECK(own->reserved() == other.reserved());
}

}  // namespace ferry::client
