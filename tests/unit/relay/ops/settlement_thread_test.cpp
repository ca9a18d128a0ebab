#include "relay/ops/settlement_thread.hpp"

#include <doctest/doctest.h>

#include "tests/unit/relay/ops/settlement_room.hpp"

using namespace ferry;
using namespace ferry::relay;
using namespace ferry::relay::test;
using namespace std::chrono_literals;
using chain::test::units;

TEST_CASE("settlement thread: a claim that is asked for has been made when the answer comes") {
  SettlementRoom room;
  std::atomic<bool> blind{true};
  SettlementThread thread(room.settlement(), 1h, [&] { return room.now(); }, blind);
  REQUIRE(thread.claim_now(1min));
  CHECK_FALSE(blind);
  room.earn(100);
  REQUIRE(thread.claim_now(1min));
  CHECK(room.beneficiary_has() == units(100));
}

TEST_CASE("settlement thread: what keeps a claim from being made is told, and blindness shows") {
  SettlementRoom room;
  room.faulty->unreachable = true;
  std::atomic<bool> blind{false};
  SettlementThread thread(room.settlement(), 1h, [&] { return room.now(); }, blind);
  CHECK(thread.claim_now(1min).error().code == "ledger_unreachable");
  CHECK(thread.claim_now(1min).error().code == "ledger_unreachable");  // the store of the first step is visible now
  CHECK(blind);
}
