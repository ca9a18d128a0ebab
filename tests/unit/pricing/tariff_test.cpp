#include "pricing/tariff.hpp"

#include "tests/unit/protocol/base/code_of.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace ferry;
using base::Amount;
using base::code_of;
using pricing::price_of;
using pricing::Tariff;

namespace {

constexpr std::uint64_t kChunk = 256 * 1024;

/// Prices from zero to far above the standard one, most of them not divisible by 2^20.
Amount any_price(std::mt19937_64& random) {
    return Amount::from_units(Amount::Raw{random()} * (random() % 1'000));
}

Tariff with(Amount Tariff::*price, Amount value) {
    Tariff tariff = Tariff::standard();
    tariff.*price = value;
    return tariff;
}

}  // namespace

TEST_CASE("tariff: the standard one is valid and charges half for what is cached") {
    const Tariff tariff = Tariff::standard();
    CHECK(code_of(pricing::check(tariff)) == "ok");
    CHECK(tariff.miss == Amount::btt(200));
    CHECK(tariff.hit == Amount::btt(100));
    CHECK(tariff.per_request == Amount::btt(1));
    CHECK(price_of(tariff.miss, kChunk) == Amount::btt(50));
}

TEST_CASE("tariff: a price is kept within min and max") {
    Tariff tariff = with(&Tariff::min, Amount::btt(10));
    tariff.max = Amount::btt(20);
    CHECK(tariff.clamped(Amount::btt(9)) == Amount::btt(10));
    CHECK(tariff.clamped(Amount::btt(10)) == Amount::btt(10));
    CHECK(tariff.clamped(Amount::btt(15)) == Amount::btt(15));
    CHECK(tariff.clamped(Amount::btt(20)) == Amount::btt(20));
    CHECK(tariff.clamped(Amount::btt(21)) == Amount::btt(20));
}

TEST_CASE("tariff: min above max is refused, min equal to max is not") {
    CHECK(code_of(pricing::check(with(&Tariff::min, Amount::btt(1'000'001)))) == "tariff_bounds");
    CHECK(code_of(pricing::check(with(&Tariff::min, Amount::btt(1'000'000)))) == "ok");
    CHECK(code_of(pricing::check(with(&Tariff::max, Amount::zero()))) == "ok");
}

TEST_CASE("tariff: no price may be one unit above the limit") {
    const Amount above = Amount::from_units(pricing::kMaxPrice.units() + 1);
    for (const auto price : {&Tariff::hit, &Tariff::miss, &Tariff::tunnel_down, &Tariff::tunnel_up,
                             &Tariff::per_request, &Tariff::min, &Tariff::max}) {
        CHECK(code_of(pricing::check(with(price, above))) == "tariff_too_high");
    }
    CHECK(code_of(pricing::check(with(&Tariff::max, pricing::kMaxPrice))) == "ok");
    const auto refused = pricing::check(with(&Tariff::hit, above));
    CHECK(refused.error().kind == base::ErrorKind::refusal);
    CHECK(refused.error().message ==
          "a price of 1000000000.000000000000000001 BTT is above the limit of 1000000000");
}

TEST_CASE("price: a MiB costs the price, no bytes cost nothing, one byte of a tiny price costs one unit") {
    CHECK(price_of(Amount::btt(200), pricing::kMib) == Amount::btt(200));
    CHECK(price_of(Amount::btt(200), 0) == Amount::zero());
    CHECK(price_of(Amount::zero(), 1'000) == Amount::zero());
    CHECK(price_of(Amount::from_units(1), 1) == Amount::from_units(1));
    CHECK(price_of(Amount::from_units(1), pricing::kMib) == Amount::from_units(1));
    CHECK(price_of(Amount::from_units(1), pricing::kMib + 1) == Amount::from_units(2));
}

TEST_CASE("price: it is the exact quotient, rounded up once") {
    std::mt19937_64 random(1);
    for (int i = 0; i < 2'000; ++i) {
        const Amount per_mib = any_price(random);
        const std::uint64_t bytes = random() % (std::uint64_t{1} << 40U);
        const Amount::Raw exact = per_mib.units() * bytes;  // below 2^74 * 2^40
        const Amount::Raw price = price_of(per_mib, bytes).units();
        CHECK(price * pricing::kMib >= exact);
        CHECK(price * pricing::kMib < exact + pricing::kMib);
    }
}

TEST_CASE("price: more bytes never cost less, nor does a higher price") {
    std::mt19937_64 random(2);
    for (int i = 0; i < 2'000; ++i) {
        const Amount per_mib = any_price(random);
        const std::uint64_t bytes = random() % (std::uint64_t{1} << 44U);
        CHECK(price_of(per_mib, bytes + random() % 1'000) >= price_of(per_mib, bytes));
        CHECK(price_of(Amount::from_units(per_mib.units() + random() % 1'000), bytes) >=
              price_of(per_mib, bytes));
    }
}

TEST_CASE("price: chunks cost at least their sum in one piece, and less than a unit per chunk more") {
    std::mt19937_64 random(3);
    for (int i = 0; i < 500; ++i) {
        const Amount per_mib = any_price(random);
        const std::uint64_t bytes = 1 + random() % (100 * kChunk);
        Amount::Raw sum = 0;
        std::uint64_t chunks = 0;
        for (std::uint64_t offset = 0; offset < bytes; offset += kChunk, ++chunks) {
            sum += price_of(per_mib, std::min(kChunk, bytes - offset)).units();
        }
        const Amount::Raw whole = price_of(per_mib, bytes).units();
        CHECK(sum >= whole);
        CHECK(sum - whole < chunks);
    }
}

TEST_CASE("price: the highest price of the longest body is exact, beyond that it saturates") {
    const std::uint64_t longest = std::uint64_t{1} << 44U;
    const Amount::Raw expected = pricing::kMaxPrice.units() << 24U;
    CHECK(price_of(pricing::kMaxPrice, longest) == Amount::from_units(expected));
    CHECK(price_of(Amount::max(), longest) == Amount::max());
}
