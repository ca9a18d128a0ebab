// What a relay reads of a chain when it starts: what may have changed since the place that its journal holds, or everything.

#include <doctest/doctest.h>

#include "relay/ops/settlement.hpp"
#include "tests/unit/relay/ops/settlement_room.hpp"

using namespace ferry;
using namespace ferry::relay;
using namespace ferry::relay::test;
using chain::test::units;

namespace {

constexpr std::uint8_t kMany = 60;  // of one payer no more than 64 are taken
constexpr std::uint64_t kDust = 60;

/// Sixty channels, all older than the last two places.
struct RestartRoom : SettlementRoom {
  RestartRoom() {
    take_fees();
    for (std::uint8_t salt = 1; salt <= kMany; ++salt) earn(kDust, salt, 1000);
    REQUIRE(tick());
    note_place();
    note_place();
  }
  void note_place() {
    ledger_room.wait_seconds(600);
    REQUIRE(tick());
  }
  /// How many channels a start reads.
  int reads_of_a_start() {
    start();
    const int before = faulty->reads;
    REQUIRE(settlement().catch_up(now()));
    return faulty->reads - before;
  }
};

}  // namespace

TEST_CASE("settlement at a start: what has not changed since the place that the journal holds is not read") {
  RestartRoom room;
  CHECK(room.reads_of_a_start() == 0);
  CHECK(room.book().channels().size() == kMany);
  CHECK_FALSE(room.settlement().is_blind(room.now()));
}

TEST_CASE("settlement at a start: what events have touched meanwhile is read, and a withdrawal is answered") {
  RestartRoom room;
  room.life.reset();
  room.withdraw(940, 7);
  REQUIRE(chain::test::act(*room.real, chain::Deposit{room.config(9), units(500)}, room.people.payer) == "ok");
  CHECK(room.reads_of_a_start() == 2);
  CHECK(room.book().find(room.id(9))->chain.balance == units(1500));
  REQUIRE(room.tick());
  CHECK(room.claimed(7) == units(kDust));
}

TEST_CASE("settlement at a start: what was read after the place is read again, until two more places are noted") {
  RestartRoom room;
  room.faulty->tells_events = false;
  room.earn(kDust, kMany + 1, 1000);
  CHECK(room.reads_of_a_start() == 1);  // which notes a place, and so does the next
  CHECK(room.reads_of_a_start() == 1);
  CHECK(room.reads_of_a_start() == 0);
}

TEST_CASE("settlement at a start: a channel that is being emptied is read again, since a chain can take that back") {
  RestartRoom room;
  room.withdraw(900, 3);
  REQUIRE(room.tick());
  room.note_place();
  room.note_place();
  CHECK(room.reads_of_a_start() == 1);
}

TEST_CASE("settlement at a start: on a chain with another history every channel is read, and then no more") {
  RestartRoom room;
  room.faulty->history = base::sha256(base::bytes_of("another"));
  CHECK(room.reads_of_a_start() == kMany);
  room.note_place();
  CHECK(room.reads_of_a_start() == 0);
}

TEST_CASE("settlement: a chain that takes back what it had confirmed is noticed with the next step, and every channel is read") {
  RestartRoom room;
  room.faulty->history = base::sha256(base::bytes_of("another"));
  room.faulty->tells_events = false;
  REQUIRE(chain::test::act(*room.real, chain::Deposit{room.config(kMany), units(500)}, room.people.payer) == "ok");
  REQUIRE(chain::test::act(*room.real, chain::Deposit{room.config(1), units(500)}, room.people.payer) == "ok");
  REQUIRE(room.tick());
  CHECK(room.book().find(room.id(1))->chain.balance == units(1500));
  CHECK(room.book().find(room.id(kMany))->chain.balance == units(1500));
  CHECK(room.book().place()->mark == *room.faulty->history);
}

TEST_CASE("settlement at a start: many channels are read by several threads, and none is left out") {
  RestartRoom room;
  room.life.reset();
  room.withdraw(940, 1);
  room.withdraw(940, kMany);
  room.faulty->history = base::sha256(base::bytes_of("another"));
  room.start();
  REQUIRE(room.tick());
  CHECK(room.claimed(1) == units(kDust));
  CHECK(room.claimed(kMany) == units(kDust));
  CHECK(room.claimed(2) == units(0));
  room.start();
  room.faulty->unreachable = true;
  CHECK(room.tick().error().code == "ledger_unreachable");
}
