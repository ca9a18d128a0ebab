#include "relay/ops/settlement.hpp"

#include <doctest/doctest.h>

#include "tests/unit/relay/ops/settlement_room.hpp"

using namespace ferry;
using namespace ferry::relay;
using namespace ferry::relay::test;
using chain::test::units;
using Fault = FaultyLedger::Fault;

TEST_CASE("settlement: what was earned reaches the beneficiary") {
  SettlementRoom room;
  room.earn(300);
  REQUIRE(room.tick());
  CHECK(room.claimed() == units(300));
  CHECK(room.beneficiary_has() == units(300));
  CHECK(room.book().find(room.id())->chain.total_claimed == units(300));
  CHECK(room.book().claimable().empty());
  const auto status = room.settlement().status();
  CHECK(status.claims == 1);
  CHECK(status.claimed_now == units(300));
  CHECK(status.unsettled == units(0));
  CHECK(status.trouble.empty());
  CHECK(status.pending == 0);
}

TEST_CASE("settlement: between claims nothing is sent until the interval has passed") {
  SettlementRoom room;
  room.earn(100);
  REQUIRE(room.tick());
  room.deliver(200);
  room.ledger_room.wait_seconds(599);
  REQUIRE(room.tick());
  CHECK(room.claimed() == units(100));
  room.ledger_room.wait_seconds(1);
  REQUIRE(room.tick());
  CHECK(room.claimed() == units(200));
}

TEST_CASE("settlement: an operator's claim does not wait") {
  SettlementRoom room;
  room.earn(100);
  REQUIRE(room.tick());
  room.deliver(150);
  REQUIRE(room.settlement().claim(room.now()));
  CHECK(room.beneficiary_has() == units(150));
}

TEST_CASE("settlement: a client's withdrawal is answered with a claim at once, and the channel sells nothing more") {
  SettlementRoom room;
  room.earn(100);
  REQUIRE(room.tick());
  room.deliver(250);
  room.withdraw(900);
  REQUIRE(room.tick());
  CHECK(room.claimed() == units(250));
  CHECK(room.book().find(room.id())->status == channels::ChannelStatus::draining);
}

TEST_CASE("settlement: a withdrawal that began while the relay was down is seen at the start") {
  SettlementRoom room;
  room.earn(100);
  room.life.reset();
  room.withdraw(1000);
  room.start();
  REQUIRE(room.tick());
  CHECK(room.claimed() == units(100));
  CHECK(room.book().find(room.id())->status == channels::ChannelStatus::draining);
}

TEST_CASE("settlement: a top-up is seen without the client") {
  SettlementRoom room;
  room.earn(100);
  REQUIRE(room.tick());
  REQUIRE(chain::test::act(*room.real, chain::Deposit{room.config(), units(500)}, room.people.payer) == "ok");
  REQUIRE(room.tick());
  CHECK(room.book().find(room.id())->chain.balance == units(1500));
}

TEST_CASE("settlement: many channels are claimed in batches, the most valuable first") {
  SettlementRoom room;
  for (std::uint8_t salt = 1; salt <= 60; ++salt) room.earn(salt, salt, 100);
  REQUIRE(room.tick());
  CHECK(room.faulty->claim_sizes == std::vector<std::size_t>{50, 10});
  CHECK(room.beneficiary_has() == units(60 * 61 / 2));
}

TEST_CASE("settlement: a row that the ledger refuses does not keep the others from being paid") {
  SettlementRoom room;
  for (std::uint8_t salt = 1; salt <= 8; ++salt) room.earn(10, salt);
  room.faulty->poison.insert(room.id(3));
  REQUIRE(room.tick());
  CHECK(room.beneficiary_has() == units(70));
  CHECK(room.claimed(3) == units(0));
  CHECK(room.settlement().status().claims_refused == 4);  // of 8, 4, 2 and 1 rows
  CHECK(room.settlement().status().pending == 0);
  // It is tried again, in the next run.
  room.faulty->poison.clear();
  REQUIRE(room.settlement().claim(room.now()));
  CHECK(room.beneficiary_has() == units(80));
}

TEST_CASE("settlement: while the fate of a transaction is unknown the same bytes are sent again, and nothing else") {
  for (const auto fault : {Fault::request_lost, Fault::answer_lost}) {
    SettlementRoom room;
    room.earn(300);
    room.faulty->submit_fault = fault;
    CHECK(room.tick().error().code == "settlement_pending");
    CHECK(room.settlement().status().pending == 1);
    room.deliver(400);
    CHECK(room.tick().error().code == "settlement_pending");
    CHECK(room.settlement().status().trouble.starts_with("settlement_pending"));
    REQUIRE(room.faulty->submitted.size() == 2);
    CHECK(room.faulty->submitted[0].bytes == room.faulty->submitted[1].bytes);
    CHECK(room.faulty->claim_sizes.size() == 1);
    room.faulty->submit_fault = Fault::none;
    REQUIRE(room.tick());
    CHECK(room.faulty->submitted[2].bytes == room.faulty->submitted[0].bytes);
    CHECK(room.beneficiary_has() == units(400));
    CHECK(room.settlement().status().pending == 0);
    CHECK(room.settlement().status().trouble.empty());
  }
}

TEST_CASE("settlement: a transaction of unknown fate survives a restart") {
  for (const auto fault : {Fault::request_lost, Fault::answer_lost}) {
    SettlementRoom room;
    room.earn(300);
    room.faulty->submit_fault = fault;
    CHECK_FALSE(room.tick());
    room.start();
    CHECK(room.book().prepared_transactions().size() == 1);
    room.faulty->submit_fault = Fault::none;
    REQUIRE(room.tick());
    CHECK(room.faulty->submitted[1].bytes == room.faulty->submitted[0].bytes);
    CHECK(room.beneficiary_has() == units(300));
    CHECK(room.book().prepared_transactions().empty());
  }
}

TEST_CASE("settlement: a ledger that cannot be read makes the relay blind in time, and seeing heals it") {
  SettlementRoom room;
  CHECK(room.settlement().is_blind(room.now()));  // nothing was read yet
  room.earn(100);
  REQUIRE(room.tick());
  CHECK_FALSE(room.settlement().is_blind(room.now()));
  room.faulty->unreachable = true;
  room.ledger_room.wait_seconds(120);
  CHECK(room.tick().error().code == "ledger_unreachable");
  CHECK_FALSE(room.settlement().is_blind(room.now()));
  room.ledger_room.wait_seconds(1);
  CHECK(room.settlement().is_blind(room.now()));
  room.faulty->unreachable = false;
  REQUIRE(room.tick());
  CHECK_FALSE(room.settlement().is_blind(room.now()));
}

TEST_CASE("settlement: a ledger that is down at the start is caught up with later") {
  SettlementRoom room;
  room.earn(100);
  room.start();
  room.faulty->unreachable = true;
  CHECK_FALSE(room.tick());
  CHECK(room.settlement().is_blind(room.now()));
  room.withdraw(500);
  room.faulty->unreachable = false;
  REQUIRE(room.tick());
  CHECK(room.claimed() == units(100));
}

TEST_CASE("settlement: a crash before or after any call to the ledger loses nothing and doubles nothing") {
  const auto earn = [](SettlementRoom& room) {
    room.earn(300, 1);
    room.earn(70, 2);
  };
  const auto check = [](SettlementRoom& room) {
    CHECK(room.beneficiary_has() == units(370));
    CHECK(room.claimed(1) == units(300));
    CHECK(room.claimed(2) == units(70));
    CHECK(room.book().totals().claimed == units(370));
  };
  CHECK(SettlementRoom::crash_at_every_call<SettlementRoom>(earn, check) > 20);
}
