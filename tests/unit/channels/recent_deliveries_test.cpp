#include "channels/recent_deliveries.hpp"

#include <doctest/doctest.h>

#include "tests/unit/channels/parties.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;
using std::chrono::milliseconds;

TEST_CASE("recent deliveries: an unconfirmed one is delivered again at its old charge, three times") {
  RecentDeliveries recent;
  recent.add(chunk(1), units(10), kNow);
  for (int i = 0; i < RecentDeliveries::kMaxRedeliveries; ++i) CHECK(recent.take(chunk(1), units(10), kNow) == units(10));
  CHECK_FALSE(recent.take(chunk(1), units(10), kNow).has_value());
}

TEST_CASE("recent deliveries: a redelivery that did not happen does not count") {
  RecentDeliveries recent;
  recent.add(chunk(1), units(10), kNow);
  for (int i = 0; i < 10; ++i) {
    CHECK(recent.take(chunk(1), units(10), kNow).has_value());
    recent.give_back(chunk(1));
  }
}

TEST_CASE("recent deliveries: only what the client has not confirmed is delivered again") {
  RecentDeliveries recent;
  recent.add(chunk(1), units(10), kNow);
  CHECK_FALSE(recent.take(chunk(1), units(9), kNow).has_value());
  CHECK_FALSE(recent.take(chunk(2), units(10), kNow).has_value());
  CHECK(recent.take(chunk(1), units(11), kNow) == units(10));
}

TEST_CASE("recent deliveries: the same index of another request is another delivery") {
  RecentDeliveries recent;
  recent.add(chunk(1), units(10), kNow);
  DeliveryKey other = chunk(1);
  other.request.data[31] = 0;
  CHECK_FALSE(recent.take(other, units(10), kNow).has_value());
}

TEST_CASE("recent deliveries: they are kept for ten minutes") {
  RecentDeliveries recent;
  recent.add(chunk(1), units(10), kNow);
  CHECK(recent.take(chunk(1), units(10), kNow + RecentDeliveries::kKept).has_value());
  CHECK_FALSE(recent.take(chunk(1), units(10), kNow + RecentDeliveries::kKept + milliseconds{1}).has_value());
}

TEST_CASE("recent deliveries: at most 64 are kept, the newest") {
  RecentDeliveries recent;
  for (std::uint64_t i = 0; i <= RecentDeliveries::kMaxKept; ++i) recent.add(chunk(i), units(10), kNow);
  CHECK(recent.list().size() == RecentDeliveries::kMaxKept);
  CHECK_FALSE(recent.take(chunk(0), units(10), kNow).has_value());
  CHECK(recent.take(chunk(1), units(10), kNow).has_value());
}

TEST_CASE("recent deliveries: a key that was charged again is kept once, at its last charge") {
  RecentDeliveries recent;
  recent.add(chunk(1), units(10), kNow);
  recent.add(chunk(1), units(7), kNow);
  CHECK(recent.list().size() == 1);
  CHECK(recent.take(chunk(1), units(7), kNow) == units(7));
}
