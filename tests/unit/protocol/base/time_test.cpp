#include "protocol/base/time.hpp"

#include <doctest/doctest.h>

using namespace ferry::base;
using namespace std::chrono_literals;

TEST_CASE("time: it adds, subtracts and orders in milliseconds") {
  constexpr Time start{1'700'000'000'500};
  static_assert(start + 250ms == Time{1'700'000'000'750});
  static_assert(start - 1s == Time{1'699'999'999'500});
  static_assert((start + 2min) - start == Duration{120'000});
  static_assert(start < start + 1ms);
  CHECK(start.unix_seconds() == 1'700'000'000);
}

TEST_CASE("time: whole seconds round-trip") {
  CHECK(Time::from_seconds(1'700'000'000).unix_ms == 1'700'000'000'000);
  CHECK(Time::from_seconds(42).unix_seconds() == 42);
  CHECK(Time{} == Time::from_seconds(0));
}
