#include "channels/recent_deliveries.hpp"

#include <doctest/doctest.h>

#include "tests/unit/channels/parties.hpp"

using namespace ferry;
using namespace ferry::channels;
using namespace ferry::channels::test;
using std::chrono::milliseconds;

namespace {

std::optional<base::Amount> charge_of(const RecentDeliveries::Delivery* delivery) {
  return delivery == nullptr ? std::nullopt : std::optional(delivery->charge);
}

}  // namespace

TEST_CASE("recent deliveries: an unconfirmed one is delivered again at its old charge, three times") {
  RecentDeliveries recent;
  recent.add(chunk(1), units(10), units(100), kNow);
  for (int i = 0; i < RecentDeliveries::kMaxRedeliveries; ++i) CHECK(charge_of(recent.take(chunk(1), units(10), kNow)) == units(10));
  CHECK(recent.take(chunk(1), units(10), kNow) == nullptr);
}

TEST_CASE("recent deliveries: a redelivery that did not happen does not count") {
  RecentDeliveries recent;
  recent.add(chunk(1), units(10), units(100), kNow);
  for (int i = 0; i < 10; ++i) {
    CHECK(recent.take(chunk(1), units(10), kNow) != nullptr);
    recent.give_back(chunk(1));
  }
}

TEST_CASE("recent deliveries: only what the client has not confirmed is delivered again") {
  RecentDeliveries recent;
  recent.add(chunk(1), units(10), units(100), kNow);
  CHECK(recent.take(chunk(1), units(9), kNow) == nullptr);
  CHECK(recent.take(chunk(2), units(10), kNow) == nullptr);
  CHECK(charge_of(recent.take(chunk(1), units(11), kNow)) == units(10));
}

TEST_CASE("recent deliveries: the same index of another request is another delivery") {
  RecentDeliveries recent;
  recent.add(chunk(1), units(10), units(100), kNow);
  DeliveryKey other = chunk(1);
  other.request.data[31] = 0;
  CHECK(recent.take(other, units(10), kNow) == nullptr);
}

TEST_CASE("recent deliveries: they are kept for ten minutes") {
  RecentDeliveries recent;
  recent.add(chunk(1), units(10), units(100), kNow);
  CHECK(recent.take(chunk(1), units(10), kNow + RecentDeliveries::kKept) != nullptr);
  CHECK(recent.take(chunk(1), units(10), kNow + RecentDeliveries::kKept + milliseconds{1}) == nullptr);
}

TEST_CASE("recent deliveries: at most 64 are kept, the newest") {
  RecentDeliveries recent;
  for (std::uint64_t i = 0; i <= RecentDeliveries::kMaxKept; ++i) recent.add(chunk(i), units(10), units(100), kNow);
  CHECK(recent.list().size() == RecentDeliveries::kMaxKept);
  CHECK(recent.take(chunk(0), units(10), kNow) == nullptr);
  CHECK(recent.take(chunk(1), units(10), kNow) != nullptr);
}

TEST_CASE("recent deliveries: a key that was charged again is kept once, at its last charge") {
  RecentDeliveries recent;
  recent.add(chunk(1), units(10), units(100), kNow);
  recent.add(chunk(1), units(7), units(100), kNow);
  CHECK(recent.list().size() == 1);
  CHECK(charge_of(recent.take(chunk(1), units(7), kNow)) == units(7));
}

TEST_CASE("recent deliveries: a tunnel's charge is not kept, since what it carried cannot be delivered again") {
  RecentDeliveries recent;
  const auto head = chunk(DeliveryKey::kHead);
  for (const std::uint64_t index : {DeliveryKey::kTunnel, DeliveryKey::kTunnel + 1, DeliveryKey::kHead - 1}) {
    CHECK_FALSE(chunk(index).is_repeatable());
    recent.add(chunk(index), units(10), units(100), kNow);
    CHECK(recent.take(chunk(index), units(10), kNow) == nullptr);
  }
  CHECK(recent.list().empty());
  CHECK(head.is_repeatable());
  CHECK(chunk(DeliveryKey::kTunnel - 1).is_repeatable());
  recent.add(head, units(10), units(100), kNow);
  CHECK(recent.list().size() == 1);
}
