#include "protocol/base/amount.hpp"

#include <cryptopp/integer.h>
#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "tests/unit/protocol/base/code_of.hpp"

using namespace ferry::base;
using CryptoPP::Integer;

namespace {

using Raw = Amount::Raw;

constexpr Raw kMax = ~Raw{0};

Amount units(Raw value) { return Amount::from_units(value); }

/// The oracle: integers without limits.
Integer wide(Raw value) {
  const auto bytes = Amount::from_units(value).to_bytes();
  return Integer{bytes.data(), bytes.size()};
}

bool same(const std::optional<Amount>& result, const Integer& expected) {
  const bool fits = !expected.IsNegative() && expected <= wide(kMax);
  return result ? fits && wide(result->units()) == expected : !fits;
}

/// Values around every power of two and of ten, and random ones of every length.
std::vector<Raw> interesting_values() {
  std::vector<Raw> values{0, 1, 2, 3, kMax, kMax - 1, kMax / 2, kMax / 3, kMax / 10};
  for (unsigned bit = 8; bit < 128; bit += 7) {
    const Raw power = Raw{1} << bit;
    values.insert(values.end(), {power - 1, power, power + 1});
  }
  Raw ten = 1;
  for (int i = 0; i < 38; i += 6, ten *= 1'000'000) values.insert(values.end(), {ten - 1, ten, ten + 1});
  std::mt19937_64 random{11};
  for (unsigned shift = 0; shift < 128; shift += 5) values.push_back(((Raw{random()} << 64U) | random()) >> shift);
  return values;
}

}  // namespace

TEST_CASE("amount: sums, differences and products equal those of unbounded integers or are refused") {
  const auto values = interesting_values();
  int wrong = 0;
  for (const Raw a : values) {
    for (const Raw b : values) {
      wrong += same(units(a).plus(units(b)), wide(a) + wide(b)) ? 0 : 1;
      wrong += same(units(a).minus(units(b)), wide(a) - wide(b)) ? 0 : 1;
      wrong += same(units(a).times(b), wide(a) * wide(b)) ? 0 : 1;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("amount: scaling equals unbounded integers, rounded as its name says") {
  const auto values = interesting_values();
  int wrong = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < values.size(); ++j) {
      const Raw denominator = values[(i * 31 + j * 17) % values.size()];
      if (denominator == 0) continue;
      const Integer product = wide(values[i]) * wide(values[j]);
      wrong += same(units(values[i]).scaled_down(values[j], denominator), product / wide(denominator)) ? 0 : 1;
      const Integer up = (product + wide(denominator) - Integer::One()) / wide(denominator);
      wrong += same(units(values[i]).scaled_up(values[j], denominator), up) ? 0 : 1;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("amount: scaling at its edges") {
  CHECK_FALSE(units(1).scaled_up(1, 0).has_value());
  CHECK_FALSE(units(0).scaled_down(0, 0).has_value());
  CHECK(units(kMax).scaled_up(kMax, kMax) == units(kMax));
  CHECK(units(kMax).scaled_down(kMax - 1, kMax) == units(kMax - 1));
  CHECK_FALSE(units(kMax).scaled_up(kMax, kMax - 1).has_value());
  CHECK(units(10).scaled_up(1, 3) == units(4));
  CHECK(units(10).scaled_down(1, 3) == units(3));
  CHECK(units(9).scaled_up(1, 3) == units(3));
  CHECK_FALSE(units(kMax).scaled_down((Raw{1} << 127U) + 1, Raw{1} << 127U).has_value());
  CHECK(units(3).scaled_up(kMax, 3) == units(kMax));
  // 7 divides 2^129 - 1, so that seven halves of this value are 2^128 - 1 and a half: down it fits, up it does not.
  const Raw seventh = kMax / 7 * 2 + 1;
  CHECK(units(seventh).scaled_down(7, 2) == units(kMax));
  CHECK(units(seventh).scaled_up(7, 2) == std::nullopt);
}

TEST_CASE("amount: saturating forms stop at the ends") {
  CHECK(units(kMax).plus_saturated(units(1)) == Amount::max());
  CHECK(units(1).plus_saturated(units(2)) == units(3));
  CHECK(units(1).minus_floored(units(2)) == Amount::zero());
  CHECK(units(5).minus_floored(units(2)) == units(3));
}

TEST_CASE("amount: it orders by its units and counts BTT in 10^18") {
  CHECK(units(1) < units(Raw{1} << 100U));
  CHECK(Amount::btt(1).units() == 1'000'000'000'000'000'000U);
  CHECK(Amount::btt(UINT64_MAX).to_btt() == "18446744073709551615");
  CHECK(Amount::zero().is_zero());
  CHECK_FALSE(units(1).is_zero());
}

TEST_CASE("amount: BTT text is exact and short") {
  CHECK(Amount::zero().to_btt() == "0");
  CHECK(units(1).to_btt() == "0.000000000000000001");
  CHECK(units(123'000'000'000'000).to_btt() == "0.000123");
  CHECK(Amount::btt(12).to_btt() == "12");
  CHECK(Amount::btt(100).plus(units(500'000'000'000'000'000))->to_btt() == "100.5");
  CHECK(Amount::max().to_btt() == "340282366920938463463.374607431768211455");
}

TEST_CASE("amount: texts of BTT and of units round-trip") {
  for (const Raw value : interesting_values()) {
    CHECK(Amount::parse_btt(units(value).to_btt()).value() == units(value));
    CHECK(Amount::parse_units(units(value).to_units_text()).value() == units(value));
    CHECK(units(value).to_units_text() == CryptoPP::IntToString(wide(value)));
  }
}

TEST_CASE("amount: BTT text is read strictly") {
  CHECK(Amount::parse_btt("0.000123").value() == units(123'000'000'000'000));
  CHECK(Amount::parse_btt("1.000000000000000000").value() == Amount::btt(1));
  CHECK(Amount::parse_btt("007").value() == Amount::btt(7));
  for (const char* bad : {"", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "0x10", " 1", "1 ", "1.2.3", "1..2", "1_000",
                          "0.0000000000000000001", "NaN", "1.-5", "١"}) {
    CAPTURE(bad);
    CHECK(code_of(Amount::parse_btt(bad)) == "amount_text");
  }
}

TEST_CASE("amount: BTT text above 2^128 - 1 units is refused to the unit") {
  CHECK(Amount::parse_btt("340282366920938463463.374607431768211455").value() == Amount::max());
  CHECK(code_of(Amount::parse_btt("340282366920938463463.374607431768211456")) == "amount_overflow");
  CHECK(code_of(Amount::parse_btt("340282366920938463464")) == "amount_overflow");
  CHECK(code_of(Amount::parse_btt(std::string(1000, '9'))) == "amount_overflow");
}

TEST_CASE("amount: text of units is canonical or refused") {
  CHECK(Amount::parse_units("0").value() == Amount::zero());
  CHECK(Amount::parse_units("340282366920938463463374607431768211455").value() == Amount::max());
  CHECK(code_of(Amount::parse_units("340282366920938463463374607431768211456")) == "amount_overflow");
  CHECK(code_of(Amount::parse_units("1000000000000000000000000000000000000000")) == "amount_overflow");
  for (const char* bad : {"", "00", "01", "-1", "+1", "1.0", "1e3", "0x1", " 1", "1 "}) {
    CAPTURE(bad);
    CHECK(code_of(Amount::parse_units(bad)) == "amount_text");
  }
}

TEST_CASE("amount: 16 big-endian bytes round-trip") {
  CHECK(to_hex(units((Raw{0x0102030405060708U} << 64U) | 0x090a0b0c0d0e0f10U).to_bytes()) == "0102030405060708090a0b0c0d0e0f10");
  for (const Raw value : interesting_values()) CHECK(Amount::from_bytes(units(value).to_bytes()) == units(value));
  CHECK_FALSE(Amount::from_bytes(Bytes(15, 0)).has_value());
  CHECK_FALSE(Amount::from_bytes(Bytes(17, 0)).has_value());
}
