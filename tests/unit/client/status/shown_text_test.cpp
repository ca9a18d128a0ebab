#include "client/status/shown_text.hpp"

#include <doctest/doctest.h>

namespace ferry::client {

using base::Amount;

namespace {

std::string shown(const char* btt) { return short_btt(Amount::parse_btt(btt).value()); }

}  // namespace

TEST_CASE("shown text: amounts are short, cut and never nothing when they are something") {
  CHECK(shown("0") == "0");
  CHECK(shown("0.00009") == "<0.0001");
  CHECK(shown("0.000000000000000001") == "<0.0001");
  CHECK(shown("0.0001") == "0.0001");
  CHECK(shown("0.123456") == "0.1234");
  CHECK(shown("12") == "12");
  CHECK(shown("12.5") == "12.5");
  CHECK(shown("99.99999") == "99.9999");
  CHECK(shown("100.009") == "100");
  CHECK(shown("123.456") == "123.45");
  CHECK(shown("1234567.8") == "1\u202f234\u202f567.8");
}

TEST_CASE("shown text: bytes and ages") {
  CHECK(short_bytes(0) == "0 B");
  CHECK(short_bytes(1023) == "1023 B");
  CHECK(short_bytes(1024) == "1.0 KiB");
  CHECK(short_bytes(3'300'000) == "3.1 MiB");
  CHECK(short_bytes(std::uint64_t{150} << 20U) == "150 MiB");
  CHECK(short_bytes(UINT64_MAX) == "1677721 TiB");
  CHECK(short_age(base::Duration{-5}) == "0 s");
  CHECK(short_age(std::chrono::seconds(59)) == "59 s");
  CHECK(short_age(std::chrono::seconds(60)) == "1 min");
  CHECK(short_age(std::chrono::minutes(185)) == "3 h 5 min");
  CHECK(short_age(std::chrono::hours(52)) == "2 d 4 h");
  CHECK(clock_text(base::Time{0}) == "00:00");
  CHECK(clock_text(base::Time::from_seconds(86'400 + 14 * 3600 + 5 * 60 + 59)) == "14:05");
}

}  // namespace ferry::client
